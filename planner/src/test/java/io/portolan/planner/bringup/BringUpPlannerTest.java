package io.portolan.planner.bringup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUpStep.Kind;
import io.portolan.planner.bringup.Sight.Health;
import io.portolan.planner.bringup.Sight.Health.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BringUpPlannerTest {
    private static final Health WORSE = new Health(Verdict.WORSE, "burns 3 times what its neighbours burn");

    private final Journey journey = new Journey("norwayeast");

    @Test
    void rg01_every_matching_extension_is_served_without_a_step_of_its_own() {
        journey.until(RegionState.LIVE);

        assertThat(journey.region.cells()).isEqualTo(40);
        assertThat(journey.changes.stream().map(BringUpStep.Change::cause)).anyMatch(cause -> cause.contains("40"));
    }

    @Test
    void rg26_all_states_are_entered_in_order_each_with_its_evidence_in_virtual_time() {
        journey.until(RegionState.LIVE);

        assertThat(journey.entered())
                .containsExactly(
                        RegionState.DECLARED,
                        RegionState.PREFLIGHT,
                        RegionState.ENROLLING,
                        RegionState.SEEDING,
                        RegionState.WIRING,
                        RegionState.VERIFYING,
                        RegionState.DARK,
                        RegionState.CANARY,
                        RegionState.RAMPING,
                        RegionState.LIVE);
        assertThat(journey.changes.stream()
                        .filter(change -> change.kind() == Kind.ENTERED)
                        .map(BringUpStep.Change::cause))
                .noneMatch(String::isEmpty);
        // 30 min dark, 30 min of first users, four steps of 30 min.
        assertThat(Duration.between(Journey.MONDAY, journey.now)).isBetween(Duration.ofHours(3), Duration.ofHours(4));
    }

    @Test
    void nothing_goes_on_without_evidence() {
        journey.node = Sight.Node.NONE;
        assertThat(journey.settle().text()).contains("no node");
        journey.node = Sight.Node.ASKED;
        journey.preflight = List.of();
        assertThat(journey.settle().text()).contains("preflight");
        journey.preflight = List.of(Check.pass("clock", "0 s off"), Check.pending("reachability", "not asked yet"));
        assertThat(journey.settle().text()).contains("reachability");
        journey.preflight = List.of(Check.pass("clock", "0 s off"));
        assertThat(journey.settle().text()).contains("identity");
        journey.node = Sight.Node.ENROLLED;
        journey.wiring = List.of();
        assertThat(journey.settle().text()).contains("wiring");
        journey.wiring = List.of(Check.skipped("alert path", "there is none yet"));
        journey.verification = List.of();
        assertThat(journey.settle().text()).contains("verifying");
        assertThat(journey.region.state()).isEqualTo(RegionState.VERIFYING);
    }

    @Test
    void rg02_an_extension_added_while_seeding_is_waited_for() {
        journey.cells.set(0, Journey.cell(1, false, Cell.State.FETCHING, ""));
        journey.settle();
        journey.cells.set(0, Journey.cell(1, false, Cell.State.SERVING, ""));
        journey.cells.add(Journey.cell(41, false, Cell.State.FETCHING, "3 files to come"));

        assertThat(journey.settle().text()).contains("Extension_41");
        assertThat(journey.region.state()).isEqualTo(RegionState.SEEDING);
        assertThat(journey.region.cells()).isEqualTo(41);
    }

    @Test
    void rg03_an_extension_deleted_while_seeding_is_not_waited_for() {
        journey.cells.add(Journey.cell(41, false, Cell.State.FETCHING, ""));
        journey.settle();
        journey.cells.removeLast();
        journey.until(RegionState.DARK);

        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        assertThat(journey.region.losesTooMany(journey.cells.size())).isFalse();
    }

    @Test
    void rg08_an_extension_whose_stage_has_no_version_and_no_default_holds_the_region_by_name() {
        journey.cells.set(7, Journey.cell(8, false, Cell.State.UNDECIDED, "stage6 has no version of it"));
        journey.settle();

        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        assertThat(journey.region.reason()).isEqualTo("extension Extension_8: stage6 has no version of it");
    }

    @Test
    void rg09_one_faulty_extension_of_40_is_quarantined_and_the_others_go_on() {
        journey.cells.set(7, Journey.cell(8, false, Cell.State.QUARANTINED, "wrong digest"));
        journey.until(RegionState.LIVE);

        assertThat(journey.changes.stream()
                        .flatMap(change -> change.evidence().stream())
                        .anyMatch(line -> line.contains("QUARANTINED: wrong digest")))
                .isTrue();
    }

    @Test
    void rg09_a_faulty_critical_extension_holds_the_region() {
        journey.cells.set(7, Journey.cell(8, true, Cell.State.QUARANTINED, "wrong digest"));
        journey.settle();

        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        assertThat(journey.region.reason()).contains("Extension_8").contains("wrong digest");
    }

    @Test
    void a_region_that_can_serve_nothing_at_all_is_held() {
        journey.serving(1);
        journey.cells.set(0, Journey.cell(1, false, Cell.State.QUARANTINED, "wrong digest"));
        journey.settle();

        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        assertThat(journey.region.reason()).contains("none of its extensions").contains("wrong digest");
    }

    @Test
    void more_faulty_extensions_than_one_in_a_hundred_hold_the_region() {
        journey.cells.set(7, Journey.cell(8, false, Cell.State.QUARANTINED, "wrong digest"));
        journey.cells.set(8, Journey.cell(9, false, Cell.State.QUARANTINED, "wrong digest"));
        journey.settle();

        assertThat(journey.region.reason()).startsWith("2 of 40 extensions are quarantined");
    }

    @Test
    void rg10_an_inventory_that_cannot_be_read_changes_nothing_and_is_told_after_three() {
        journey.until(RegionState.DARK);
        int before = journey.region.cells();
        journey.unreadable = "the query timed out";
        journey.pass(Duration.ofMinutes(5));

        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        assertThat(journey.region.cells()).isEqualTo(before);
        assertThat(journey.changes.stream().filter(change -> change.kind() == Kind.BLIND))
                .hasSize(1);
        journey.unreadable = "";
        journey.settle();
        assertThat(journey.changes.stream().filter(change -> change.kind() == Kind.SIGHTED))
                .hasSize(1);
        journey.until(RegionState.LIVE);
    }

    @Test
    void rg11_extensions_that_are_taken_away_one_after_another_hold_it_too() {
        journey.until(RegionState.DARK);
        for (int i = 0; i < 19; i++) {
            journey.cells.removeLast();
            journey.settle();
        }
        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        journey.cells.removeLast();
        journey.settle();

        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        assertThat(journey.region.reason()).isEqualTo("would remove 20 of 40 extensions");
    }

    @Test
    void a_dark_region_that_nobody_sees_good_for_the_plans_timeout_is_held() {
        journey.until(RegionState.DARK);
        var wrong = new Sight.Vantage(0, 3, "westus sees it: no answer");
        journey.vantage = wrong.wrongSince(journey.now);
        journey.pass(journey.plan.timeout().minusSeconds(2));
        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        // Whoever looks was started again: nothing is known of the time before.
        journey.vantage = wrong.wrongSince(journey.now);
        journey.pass(journey.plan.timeout().minusSeconds(2));
        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        journey.pass(Duration.ofSeconds(4));

        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        assertThat(journey.region.reason())
                .startsWith("probes: good from 0 of 3 places")
                .contains("no answer");
    }

    @Test
    void rg11_a_label_that_takes_every_extension_away_holds_with_the_number_and_removes_nothing() {
        journey.until(RegionState.DARK);
        journey.cells = new ArrayList<>();
        journey.settle();

        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        assertThat(journey.region.reason()).isEqualTo("would remove 40 of 40 extensions");
        assertThat(journey.region.cells()).isEqualTo(40);
    }

    @Test
    void rg13_an_alert_path_that_is_not_proved_keeps_it_wiring() {
        journey.wiring = List.of(Check.fail("alert path", "the test alert was not acknowledged in 5 min"));
        journey.until(RegionState.WIRING);
        journey.pass(Duration.ofHours(2));

        assertThat(journey.region.state()).isEqualTo(RegionState.WIRING);
        assertThat(journey.settle().text()).contains("not acknowledged");
    }

    @Test
    void rg14_a_warning_is_recorded_and_holds_nothing() {
        journey.wiring = List.of(Check.warn("on-call schedules", "team orders has nobody on Sunday"));
        journey.until(RegionState.LIVE);

        assertThat(journey.changes.stream().flatMap(change -> change.evidence().stream()))
                .contains("on-call schedules: WARN, team orders has nobody on Sunday");
    }

    @Test
    void rg15_one_bad_minute_after_29_good_ones_begins_the_count_again() {
        journey.until(RegionState.DARK);
        journey.pass(Duration.ofMinutes(29));
        assertThat(journey.region.good()).isGreaterThan(Duration.ofMinutes(28));
        journey.vantage = new Sight.Vantage(2, 3, "westeurope: 503");
        journey.pass(Duration.ofMinutes(1));
        assertThat(journey.region.good()).isZero();
        journey.vantage = new Sight.Vantage(3, 3, "");
        journey.pass(Duration.ofMinutes(29));

        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        journey.pass(Duration.ofMinutes(2));
        assertThat(journey.region.state()).isEqualTo(RegionState.CANARY);
    }

    @Test
    void a_version_on_its_way_stops_the_count_and_loses_nothing_of_it() {
        journey.until(RegionState.DARK);
        journey.pass(Duration.ofMinutes(20));
        journey.cells.set(3, Journey.cell(4, false, Cell.State.FETCHING, "at revision 8 of 9"));
        journey.pass(Duration.ofMinutes(20));
        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        assertThat(journey.region.good()).isBetween(Duration.ofMinutes(19), Duration.ofMinutes(21));
        assertThat(journey.settle().text()).contains("not counting: Extension_4 is FETCHING: at revision 8 of 9");
        journey.cells.set(3, Journey.cell(4, false, Cell.State.SERVING, ""));
        journey.pass(Duration.ofMinutes(11));

        assertThat(journey.region.state()).isEqualTo(RegionState.CANARY);
    }

    @Test
    void rg16_good_from_two_of_three_places_is_not_ready() {
        journey.vantage = new Sight.Vantage(2, 3, "");
        journey.until(RegionState.DARK);
        journey.pass(Duration.ofHours(2));

        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        assertThat(journey.settle().text()).contains("2 of 3 places, 3 are needed");
    }

    @Test
    void one_place_is_not_enough_where_there_are_two_whatever_the_plan_says() {
        journey.plan = new BringUpPlan(
                Duration.ofMinutes(1),
                1,
                Duration.ZERO,
                List.of(10, 1000),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(2),
                Duration.ofMinutes(30),
                false,
                List.of());
        journey.vantage = new Sight.Vantage(1, 2, "");
        journey.until(RegionState.DARK);
        journey.pass(Duration.ofMinutes(5));
        assertThat(journey.settle().text()).contains("1 of 2 places, 2 are needed");

        // The only place there is: the control plane of an environment without another region.
        journey.vantage = new Sight.Vantage(1, 1, "");
        journey.until(RegionState.LIVE);
    }

    @Test
    void rg17_worse_than_its_neighbours_at_25_percent_goes_back_to_5_and_the_second_time_to_dark() {
        journey.untilShare(250);
        journey.health = WORSE;
        journey.look();
        assertThat(journey.region.share(journey.plan)).isEqualTo(50);
        journey.health = new Health(Verdict.GOOD, "as its neighbours");
        journey.untilShare(250);
        journey.health = WORSE;
        journey.look();

        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        assertThat(journey.region.share(journey.plan)).isZero();
        assertThat(journey.changes.stream().filter(change -> change.kind() == Kind.SET_BACK))
                .hasSize(2);
        journey.health = new Health(Verdict.GOOD, "as its neighbours");
        journey.until(RegionState.LIVE);
    }

    @Test
    void rg19_an_outage_of_two_hours_in_the_ramp_freezes_the_share_and_completes_nothing() {
        journey.untilShare(250);
        journey.pass(Duration.ofMinutes(2));
        var before = journey.region;
        journey.now = journey.now.plus(Duration.ofHours(2));
        journey.look();

        assertThat(journey.region.share(journey.plan)).isEqualTo(250);
        assertThat(journey.region.good().minus(before.good())).isLessThanOrEqualTo(BringUpPlanner.LONGEST_TICK);
        journey.until(RegionState.LIVE);
    }

    @Test
    void rg18_the_share_is_nothing_before_the_first_users_and_never_more_than_its_step() {
        for (var state : RegionState.values()) {
            var at = state == RegionState.HELD
                    ? journey.region.held("looked at", journey.now)
                    : journey.region.enter(state, "", journey.now);
            assertThat(at.share(journey.plan))
                    .isEqualTo(
                            switch (state) {
                                case CANARY, RAMPING -> 10;
                                case LIVE -> 1000;
                                default -> 0;
                            });
        }
    }

    @Test
    void rg22_a_leaving_region_is_drained_until_it_has_no_users_then_dark_then_retired_by_a_second_order() {
        journey.until(RegionState.LIVE);
        journey.region =
                Steering.leave(journey.region, "moving out", journey.now).bringUp();
        assertThat(journey.region.state()).isEqualTo(RegionState.DRAINING);
        journey.traffic = new Sight.Traffic(true, 0.04);
        journey.pass(Duration.ofHours(1));
        assertThat(journey.settle().text()).contains("4.0 %");
        journey.traffic = new Sight.Traffic(false, 0);
        journey.pass(Duration.ofHours(1));
        assertThat(journey.region.state()).isEqualTo(RegionState.DRAINING);
        journey.traffic = new Sight.Traffic(true, 0.009);
        journey.pass(Duration.ofHours(1));
        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        assertThatThrownBy(() -> Steering.retire(journey.region, journey.plan, "", journey.now))
                .isInstanceOf(Steering.Refused.class)
                .hasMessageContaining("dark until");
        journey.pass(Duration.ofHours(24));
        assertThat(journey.region.state()).isEqualTo(RegionState.DARK);
        journey.region =
                Steering.retire(journey.region, journey.plan, "", journey.now).bringUp();
        assertThat(journey.settle().text()).contains("it still has Extension_1");
        journey.cells = new ArrayList<>();
        journey.settle();

        assertThat(journey.region.state()).isEqualTo(RegionState.RETIRED);
    }

    @Test
    void rg23_two_declared_together_get_dark_both_and_their_users_one_after_the_other() {
        var pair = new Journey("norwaywest");
        journey.until(RegionState.DARK);
        pair.until(RegionState.DARK);
        boolean both = false;
        for (int second = 0; second < 100_000; second++) {
            for (var one : List.of(journey, pair)) {
                var other = one == journey ? pair : journey;
                one.now = Journey.MONDAY.plusSeconds(second);
                var state = other.region.state();
                one.ramping = state == RegionState.CANARY || state == RegionState.RAMPING
                        ? List.of(other.region.region())
                        : List.of();
                one.look();
            }
            both |= journey.region.share(journey.plan) % 1000 > 0 && pair.region.share(pair.plan) % 1000 > 0;
        }

        assertThat(both).isFalse();
        assertThat(journey.region.state()).isEqualTo(RegionState.LIVE);
        assertThat(pair.region.state()).isEqualTo(RegionState.LIVE);
    }

    @Test
    void rg25_a_clock_that_is_5_seconds_off_holds_it_with_the_number() {
        journey.preflight = List.of(Check.fail("clock", "5.0 s off (at most 2 s)"));
        journey.settle();

        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        assertThat(journey.region.reason()).contains("5.0 s off");
        assertThat(journey.settle().actors()).anyMatch(actor -> actor.contains("region resume norwayeast"));
        journey.preflight = List.of(Check.pass("clock", "0.1 s off"));
        journey.pass(Duration.ofHours(1));
        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        journey.region =
                Steering.resume(journey.region, "clock set", journey.now).bringUp();
        journey.until(RegionState.LIVE);
    }

    @Test
    void no_users_from_friday_to_sunday_nor_in_a_freeze() {
        journey.now = Instant.parse("2026-11-27T09:00:00Z");
        journey.until(RegionState.DARK);
        journey.pass(Duration.ofHours(2));
        assertThat(journey.settle().text()).contains("FRIDAY");
        journey.now = Instant.parse("2026-11-30T09:00:00Z");
        journey.closed = "closed by freeze w-1";
        journey.pass(Duration.ofMinutes(1));
        assertThat(journey.settle().text()).contains("freeze");
        journey.closed = "";
        journey.pass(Duration.ofMinutes(1));

        assertThat(journey.region.state()).isEqualTo(RegionState.CANARY);
    }

    @Test
    void seeding_that_stands_still_is_held_and_one_that_moves_is_not() {
        journey.cells.set(0, Journey.cell(1, false, Cell.State.FETCHING, "unreachable"));
        journey.pass(Duration.ofMinutes(29));
        assertThat(journey.region.state()).isEqualTo(RegionState.SEEDING);
        journey.pass(Duration.ofMinutes(2));

        assertThat(journey.region.state()).isEqualTo(RegionState.HELD);
        assertThat(journey.region.heldIn()).isEqualTo(RegionState.SEEDING);
    }

    /** Whatever is seen, in whatever order: users only after every state before them, and never beside another region's ramp. */
    @Test
    void under_random_sights_no_state_is_skipped_and_no_user_comes_early() {
        for (long seed = 1; seed <= 300; seed++) {
            var random = new Random(seed);
            var one = new Journey("norwayeast");
            one.plan = BringUpPlan.DEVELOPMENT;
            for (int look = 0; look < 400; look++) {
                one.now = one.now.plusMillis(random.nextInt(8000));
                one.node = Sight.Node.values()[random.nextInt(3)];
                one.preflight = checks(random);
                one.wiring = checks(random);
                one.verification = checks(random);
                one.vantage = new Sight.Vantage(random.nextInt(4), 3, random.nextInt(5) == 0 ? "503" : "");
                one.health = new Health(Verdict.values()[random.nextInt(10) == 0 ? 1 : 0], "random");
                one.ramping = random.nextInt(4) == 0 ? List.of(new RegionName("other")) : List.of();
                var before = one.region;
                if (before.state() == RegionState.HELD && random.nextInt(3) == 0) {
                    one.region = Steering.resume(before, "", one.now).bringUp();
                    continue;
                }
                one.look();
                var after = one.region;
                if (after.state() != before.state() && after.state() != RegionState.HELD) {
                    boolean forward = after.state().ordinal() == before.state().ordinal() + 1;
                    boolean back = after.state() == RegionState.DARK
                            && before.state().ordinal() > after.state().ordinal();
                    assertThat(forward || back)
                            .as("seed %d: %s to %s", seed, before.state(), after.state())
                            .isTrue();
                }
                if (after.share(one.plan) > before.share(one.plan)) {
                    assertThat(one.vantage.good()).as("seed %d", seed).isGreaterThanOrEqualTo(2);
                    assertThat(one.vantage.fault()).as("seed %d", seed).isEmpty();
                    assertThat(before.share(one.plan) == 0 && !one.ramping.isEmpty())
                            .as("seed %d: beside another's ramp", seed)
                            .isFalse();
                }
            }
        }
    }

    private static List<Check> checks(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> List.of();
            case 1 -> List.of(Check.pending("a", "later"));
            case 2 -> List.of(Check.pass("a", ""), Check.fail("b", "no"));
            default -> List.of(Check.pass("a", ""), Check.skipped("b", "none here"));
        };
    }
}
