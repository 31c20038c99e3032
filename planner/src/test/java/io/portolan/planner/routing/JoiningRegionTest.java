package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.Profile;
import io.portolan.model.document.RegionDocument;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What directors answer while a region gets its first users: {@code a} joins, {@code b} and {@code c} are live. */
class JoiningRegionTest {
    private static final RegionName A = Worlds.region("a");
    private static final RegionName B = Worlds.region("b");
    private static final RegionName C = Worlds.region("c");

    private static RegionTable table(String order, RegionState state, int share) {
        var plain = Worlds.document(A, "10.0.0.1", state);
        var joining = new RegionDocument(
                plain.schema(),
                plain.name(),
                plain.environment(),
                plain.displayName(),
                plain.location(),
                plain.pairs(),
                plain.addresses(),
                plain.probeUrls(),
                state,
                1,
                "",
                RegionDocument.Ramp.of(Instant.EPOCH, share),
                "",
                "");
        return RegionTable.of(
                Worlds.environment(Worlds.regions(order)),
                List.of(
                        joining,
                        Worlds.document(B, "10.0.0.2", RegionState.LIVE),
                        Worlds.document(C, "10.0.0.3", RegionState.LIVE)));
    }

    private static HealthView health(int share, Set<RegionName> down) {
        var seen = HealthView.down(down);
        return new HealthView(seen.regions(), seen.externals(), Map.of(A, share), Map.of());
    }

    /** How many of 4,000 networks are answered with the region. */
    private static int answered(RegionTable table, Profile profile, HealthView health, String region) {
        var compiled = CompiledProfile.compile(profile, Worlds.extension("a b c"), table, health);
        var choice = new Choice();
        int count = 0;
        for (int client = 0; client < 4_000; client++) {
            long low = 0xffff_0a00_0000L + client * 256L;
            compiled.choose(Worlds.near(table), 0, low + 3, 0, client, choice);
            assertThat(choice.count()).isPositive();
            count += compiled.endpoints().get(choice.endpoint(0)).label().equals(region) ? 1 : 0;
        }
        return count;
    }

    @Test
    void rg18_it_takes_its_share_of_the_clients_nearest_to_it() {
        for (int share : List.of(10, 50, 250, 500)) {
            var state = share == 10 ? RegionState.CANARY : RegionState.RAMPING;
            int count = answered(table("a b c", state, share), Profile.standard(), health(share, Set.of()), "a");

            assertThat(count).isBetween(share * 4 / 2, share * 4 * 3 / 2);
        }
    }

    @Test
    void rg18_it_is_no_failover_target_of_a_region_that_is_down() {
        var table = table("b a c", RegionState.RAMPING, 500);

        assertThat(answered(table, Profile.standard(), health(500, Set.of(B)), "a"))
                .isZero();
        assertThat(answered(table, Profile.standard(), health(500, Set.of(B)), "c"))
                .isEqualTo(4_000);
    }

    @Test
    void rg18_an_operator_may_let_it_stand_in_for_a_region_that_is_down() {
        var table = table("b a c", RegionState.CANARY, 10);
        var consented = health(10, Set.of(B)).standingIn(Set.of(A));

        assertThat(answered(table, Profile.standard(), consented, "a")).isEqualTo(4_000);
        assertThat(answered(table, Profile.standard(), health(10, Set.of()).standingIn(Set.of(A)), "a"))
                .as("while nothing is down")
                .isZero();
        // Of its own clients it takes its share, as before.
        assertThat(answered(
                        table("a b c", RegionState.CANARY, 10),
                        Profile.standard(),
                        health(10, Set.of()).standingIn(Set.of(A)),
                        "a"))
                .isBetween(20, 60);
    }

    @Test
    void it_takes_no_more_than_its_share_when_all_others_are_down() {
        var table = table("a b c", RegionState.RAMPING, 250);
        int count = answered(table, Profile.standard(), health(250, Set.of(B, C)), "a");

        assertThat(count).isBetween(500, 1_500);
    }

    @Test
    void it_takes_nobody_before_its_first_users_and_where_the_method_knows_no_nearest() {
        for (var state : List.of(RegionState.SEEDING, RegionState.DARK, RegionState.HELD, RegionState.RETIRING)) {
            assertThat(answered(table("a b c", state, 0), Profile.standard(), health(1000, Set.of()), "a"))
                    .isZero();
        }
        var priority = new Profile.MultiValue(Profile.Settings.STANDARD, List.of(), 1);
        assertThat(answered(table("a b c", RegionState.CANARY, 10), priority, health(10, Set.of()), "a"))
                .isZero();
    }
}
