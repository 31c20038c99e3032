package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.document.Endpoint;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.model.document.RegionDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A profile that replaces another step by step. */
final class TurningProfileTest {
    private static final int CLIENTS = 4_000;
    private static final RegionTable TABLE = Worlds.table("a b c");
    private static final Profile OLD = Profile.standard();
    private static final Profile NEW = priority("b");

    private static Profile priority(String first) {
        return new Profile.Priority(Profile.Settings.STANDARD, List.of(Endpoint.of(Worlds.region(first))));
    }

    private static ExtensionDocument changing(Profile profile, Profile replaced) {
        var plain = Worlds.extension("a b c");
        return new ExtensionDocument(
                plain.schema(),
                plain.name(),
                plain.route(),
                profile,
                plain.regions(),
                plain.stages(),
                plain.names(),
                plain.slots(),
                plain.versions(),
                plain.running(),
                List.of(new ExtensionDocument.Replaced(
                        replaced, new RegionDocument.Ramp(Instant.EPOCH, Duration.ofMinutes(10)))));
    }

    private static CompiledProfile compiled(Profile profile, Profile replaced, HealthView health, int share) {
        var extension = changing(profile, replaced);
        return CompiledProfile.compile(profile, extension, TABLE, health.turned(Map.of(extension.name(), share)));
    }

    /** Numbers of the clients that are answered with a region. */
    private static Set<Integer> answered(CompiledProfile compiled, String region) {
        var those = new HashSet<Integer>();
        for (int client = 0; client < CLIENTS; client++) {
            var address = "10." + client / 256 + "." + client % 256 + ".9";
            if (Worlds.answer(compiled, Worlds.near(TABLE), address, 4, client).equals(region)) {
                those.add(client);
            }
        }
        return those;
    }

    @Test
    void aGrowingShareOfTheClientsGetsTheNewOneAndKeepsIt() {
        var before = Set.<Integer>of();
        for (int share : List.of(100, 300, 600, 900)) {
            var turned = answered(compiled(NEW, OLD, HealthView.UNKNOWN, share), "b");

            assertThat(turned.size()).isBetween(share * 4 * 8 / 10, share * 4 * 12 / 10);
            assertThat(turned).containsAll(before);
            before = turned;
        }
        assertThat(answered(compiled(NEW, OLD, HealthView.UNKNOWN, HealthView.ALL), "b"))
                .hasSize(CLIENTS);
    }

    @Test
    void answersOfAChangeAreValidForOneNetwork() {
        var compiled = compiled(NEW, OLD, HealthView.UNKNOWN, 500);
        var through = compiled(NEW, OLD, HealthView.UNKNOWN, HealthView.ALL);

        assertThat(scope(compiled)).isEqualTo(24);
        // Priority does not look at the client.
        assertThat(scope(through)).isZero();
    }

    private static int scope(CompiledProfile compiled) {
        var choice = new Choice();
        var bits = Worlds.bits("10.1.2.3");
        compiled.choose(Worlds.near(TABLE), bits.high(), bits.low(), 4, 0, choice);
        return choice.scopePrefix();
    }

    @Test
    void bothDecideWithTheHealthTheyKnow() {
        var compiled = compiled(
                new Profile.Priority(
                        Profile.Settings.STANDARD,
                        List.of(Endpoint.of(Worlds.region("b")), Endpoint.of(Worlds.region("c")))),
                priority("a"),
                Worlds.health("b=down a=up c=up"),
                500);

        assertThat(answered(compiled, "b")).isEmpty();
        assertThat(answered(compiled, "c").size() + answered(compiled, "a").size())
                .isEqualTo(CLIENTS);
    }

    @Test
    void saysWhichOfTheTwoDecided() {
        var compiled = compiled(NEW, OLD, HealthView.UNKNOWN, 500);
        int turned = answered(compiled, "b").iterator().next();
        int still = answered(compiled, "a").iterator().next();

        var given = compiled.explain(
                Worlds.near(TABLE), Worlds.bits("10." + turned / 256 + "." + turned % 256 + ".9"), 4, turned);
        var kept = compiled.explain(
                Worlds.near(TABLE), Worlds.bits("10." + still / 256 + "." + still % 256 + ".9"), 4, still);

        assertThat(given.path().getFirst()).isEqualTo("change: new profile is in force for this client already");
        assertThat(kept.path().getFirst()).isEqualTo("change: replaced profile is still in force for this client");
        assertThat(kept.reason()).contains("a has the lowest latency", "by way of change");
        // Each region once, whichever of the two names it.
        assertThat(kept.candidates())
                .extracting(RoutingDecision.Candidate::label)
                .doesNotHaveDuplicates();
        assertThat(given.candidates())
                .extracting(RoutingDecision.Candidate::label)
                .doesNotHaveDuplicates();
    }

    @Test
    void endpointsAreNumberedAlikeHoweverFarTheChangeIs() {
        var early = compiled(NEW, OLD, HealthView.UNKNOWN, 100);
        var through = compiled(NEW, OLD, HealthView.UNKNOWN, HealthView.ALL);

        assertThat(early.endpoints()).isEqualTo(through.endpoints());
    }

    @Test
    void aChangeThatIsThroughExplainsItselfAsIfThereHadBeenNone() {
        var through = compiled(NEW, OLD, HealthView.UNKNOWN, HealthView.ALL);
        var plain = CompiledProfile.compile(NEW, Worlds.extension("a b c"), TABLE, HealthView.UNKNOWN);
        var client = Worlds.bits("10.1.2.3");

        assertThat(through.explain(Worlds.near(TABLE), client, 4, 0))
                .isEqualTo(plain.explain(Worlds.near(TABLE), client, 4, 0));
    }

    @Test
    void theWayToASwitchedOffProfileIsARampToo() {
        var settings = new Profile.Settings(
                false, Profile.Settings.TTL_OF_ENVIRONMENT, false, Profile.Settings.STANDARD.monitor());
        var off = new Profile.Priority(settings, List.of(Endpoint.of(Worlds.region("b"))));
        var compiled = compiled(off, OLD, HealthView.UNKNOWN, 500);

        int gone = answered(compiled, "NXDOMAIN").size();
        assertThat(gone).isBetween(CLIENTS * 4 / 10, CLIENTS * 6 / 10);
        assertThat(answered(compiled, "a").size()).isEqualTo(CLIENTS - gone);
    }
}
