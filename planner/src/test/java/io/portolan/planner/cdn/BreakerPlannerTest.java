package io.portolan.planner.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.planner.cdn.Breaker.State;
import io.portolan.planner.cdn.BreakerStep.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a CDN is taken away by itself and how it comes back, in virtual time. */
class BreakerPlannerTest {
    private static final BreakerPlan PLAN = BreakerPlan.STANDARD;

    private static BreakerWorld world(int observers) {
        return new BreakerWorld(PLAN, observers, 7).pass(Duration.ofMinutes(5));
    }

    @Test
    void row43ADeadCdnIsAwayWithinTenSecondsOfSixPlacesNoticing() {
        var world = world(6);
        world.lose(1);
        var died = world.now;

        world.pass(Duration.ofSeconds(10));

        assertThat(world.kinds()).containsExactly(Kind.TRIPPED);
        assertThat(Duration.between(died, world.at.getFirst())).isLessThan(Duration.ofSeconds(8));
        assertThat(world.breaker.share(PLAN)).isZero();
        assertThat(world.changes.getFirst().cause()).contains("probes from 6 places failed");
        assertThat(world.changes.getFirst().evidence()).anyMatch(fact -> fact.contains("refused"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6, 30})
    void aDeadCdnIsAwayHoweverFewPlacesThereAre(int observers) {
        var world = world(observers);
        world.lose(1);

        world.pass(Duration.ofSeconds(30));

        assertThat(world.kinds()).containsExactly(Kind.TRIPPED);
    }

    @Test
    void experiment42ComesBackByAGrowingShareAndClosesAtAll() {
        var world = world(6);
        world.lose(1);
        world.pass(Duration.ofMinutes(2));
        world.lose(0);

        world.pass(Duration.ofMinutes(6));

        assertThat(world.kinds()).containsExactly(Kind.TRIPPED, Kind.RAMPED, Kind.RAMPED, Kind.RAMPED, Kind.CLOSED);
        assertThat(world.changes)
                .extracting(change -> change.breaker().share(PLAN))
                .containsExactly(0, 5, 25, 50, 100);
        for (int i = 2; i < world.at.size(); i++) {
            assertThat(Duration.between(world.at.get(i - 1), world.at.get(i))).isGreaterThanOrEqualTo(PLAN.step());
        }
        assertThat(world.breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void staysAwayWhileItFailsAndAtLeastItsHold() {
        var world = world(6);
        world.lose(1);
        world.pass(Duration.ofHours(1));
        assertThat(world.kinds()).containsExactly(Kind.TRIPPED);
        assertThat(world.waiting()).contains("comes back when at most 30 %");

        var short_ = world(6);
        short_.lose(1);
        short_.pass(Duration.ofSeconds(10));
        short_.lose(0);
        short_.pass(Duration.ofMinutes(2));
        assertThat(Duration.between(short_.at.get(0), short_.at.get(1))).isGreaterThanOrEqualTo(PLAN.hold());
    }

    @Test
    void tripsAgainAtOnceOnItsWayBackAndStaysAwayTwiceAsLong() {
        var world = world(6);
        world.lose(1);
        world.pass(Duration.ofSeconds(20));
        world.lose(0);
        while (world.breaker.state() != State.RAMPING) {
            world.pass(Duration.ofSeconds(1));
        }
        world.pass(Duration.ofSeconds(30));
        world.lose(1);
        var died = world.now;

        world.pass(Duration.ofSeconds(8));

        assertThat(world.kinds()).containsExactly(Kind.TRIPPED, Kind.RAMPED, Kind.TRIPPED);
        assertThat(Duration.between(died, world.at.getLast())).isLessThan(Duration.ofSeconds(8));
        assertThat(BreakerPlanner.hold(world.breaker, PLAN))
                .isEqualTo(PLAN.hold().multipliedBy(2));
    }

    @Test
    void holdsNeverGrowBeyondABound() {
        var breaker = new Breaker(State.OPEN, 100, true, BreakerWorld.START, 0, 1_000, BreakerWorld.START);

        assertThat(BreakerPlanner.hold(breaker, PLAN)).isEqualTo(PLAN.hold().multipliedBy(32));
    }

    /** Experiment 50 in spirit: a steady loss is no reason to flap. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 6, 12})
    void neverFlapsAtAFifthOfAllProbesLost(int observers) {
        for (long seed = 1; seed <= 3; seed++) {
            var world = new BreakerWorld(PLAN, observers, seed);
            world.lose(0.2);

            world.pass(Duration.ofHours(12));

            assertThat(world.kinds()).as("seed %s", seed).isEmpty();
        }
    }

    @Test
    void comesBackThoughAFifthOfAllProbesIsLost() {
        var world = new BreakerWorld(PLAN, 6, 3);
        world.lose(1);
        world.pass(Duration.ofMinutes(1));
        world.lose(0.2);

        world.pass(Duration.ofMinutes(15));

        assertThat(world.breaker.state()).isEqualTo(State.CLOSED);
        assertThat(world.kinds()).containsOnlyOnce(Kind.TRIPPED);
    }

    @Test
    void oneOrTwoPlacesThatSeeItDeadDoNotTakeItFromEverybody() {
        var world = world(6);
        world.loss[0] = 1;
        world.loss[1] = 1;

        world.pass(Duration.ofHours(1));

        assertThat(world.kinds()).isEmpty();
    }

    @Test
    void halfOfTheLastMinutesFailingTripsToo() {
        var world = world(6);
        world.lose(0.7);

        world.pass(Duration.ofMinutes(10));

        assertThat(world.kinds()).startsWith(Kind.TRIPPED);
    }

    @Test
    void nothingChangesWithoutAQuorumOrResults() {
        var world = world(6);
        world.lose(1);
        world.quorate = false;
        world.pass(Duration.ofMinutes(10));
        assertThat(world.kinds()).isEmpty();

        assertThat(BreakerPlanner.next(
                        Breaker.NEW, PLAN, new CdnSight(true, List.of(), CdnSight.Fallbacks.NONE), world.now))
                .isInstanceOf(BreakerStep.Wait.class);
        // Observers that could say nothing are no failures.
        var silent = new CdnSight(
                true,
                List.of(new CdnSight.Voice("a", "a", PLAN.probeEvery(), "????????????????????", "")),
                CdnSight.Fallbacks.NONE);
        assertThat(BreakerPlanner.next(Breaker.NEW, PLAN, silent, world.now)).isInstanceOf(BreakerStep.Wait.class);
    }

    @Test
    void whatBrowsersTellTripsWhereProbesSeeNothing() {
        var world = world(6);
        world.fallbacks = new CdnSight.Fallbacks(PLAN.leastFallbacks() - 1, PLAN.leastFallbacks() - 1, 4);
        world.pass(Duration.ofSeconds(5));
        assertThat(world.kinds()).as("too few").isEmpty();

        world.fallbacks = new CdnSight.Fallbacks(500, 300, 1);
        world.pass(Duration.ofSeconds(5));
        assertThat(world.kinds()).as("from one place alone").isEmpty();

        world.fallbacks = new CdnSight.Fallbacks(500, 100, 4);
        world.pass(Duration.ofSeconds(5));
        assertThat(world.kinds()).as("a fifth of them").isEmpty();

        world.fallbacks = new CdnSight.Fallbacks(500, 300, 4);
        world.pass(Duration.ofSeconds(5));
        assertThat(world.kinds()).containsExactly(Kind.TRIPPED);
        assertThat(world.changes.getFirst().cause()).contains("300 of 500");
    }

    /** Row 4.11 for the other direction: automation undoes nobody's word. */
    @Test
    void aPersonsTripIsNeverUndone() {
        var world = world(6);
        world.breaker = Breaker.said(0, world.now);

        world.pass(Duration.ofHours(2));

        assertThat(world.kinds()).isEmpty();
        assertThat(world.waiting()).contains("a person took it away");
    }

    @Test
    void aPersonsResetStandsUntilTheCdnWasSeenWellOnce() {
        var world = world(6);
        world.lose(1);
        world.pass(Duration.ofSeconds(20));
        world.breaker = Breaker.said(100, world.now);

        world.pass(Duration.ofMinutes(10));
        assertThat(world.breaker.share(PLAN)).isEqualTo(100);
        assertThat(world.waiting()).contains("a person gave it back while it fails");

        world.lose(0);
        world.pass(Duration.ofMinutes(5));
        assertThat(world.kinds()).containsExactly(Kind.TRIPPED, Kind.ARMED);
        world.lose(1);
        world.pass(Duration.ofSeconds(20));
        assertThat(world.kinds()).containsExactly(Kind.TRIPPED, Kind.ARMED, Kind.TRIPPED);
    }

    @Test
    void neverGivesMoreThanAPersonLeft() {
        var world = world(6);
        world.breaker = Breaker.said(10, world.now);
        world.pass(Duration.ofMinutes(1));
        world.lose(1);
        world.pass(Duration.ofMinutes(1));
        world.lose(0);

        world.pass(Duration.ofMinutes(10));

        assertThat(world.kinds()).containsExactly(Kind.ARMED, Kind.TRIPPED, Kind.RAMPED, Kind.CLOSED);
        assertThat(world.changes)
                .extracting(change -> change.breaker().share(PLAN))
                .containsExactly(10, 0, 5, 10);
    }

    @Test
    void aSlowCloseForgetsOldTrips() {
        var world = world(6);
        world.breaker = new Breaker(State.CLOSED, 100, true, world.now, 0, 5, world.now);
        world.pass(BreakerPlanner.CALM.plusMinutes(1));
        world.lose(1);
        world.pass(Duration.ofSeconds(10));

        assertThat(world.breaker.trips()).isEqualTo(1);
    }

    @Test
    void someBrowsersAreAlwaysWithoutAnyCdn() {
        assertThat(PLAN.dark()).isEqualTo(1);
        assertThat(PLAN.beside(100)).isEqualTo(99);
        assertThat(PLAN.beside(25)).isEqualTo(25);
        assertThat(PLAN.beside(0)).isZero();
    }

    /** Whatever is seen: shares rise only by steps, fall only to nothing, and nothing moves without a quorum. */
    @Test
    void anyHistoryKeepsTheRules() {
        for (long seed = 1; seed <= 200; seed++) {
            var random = new Random(seed);
            var world = new BreakerWorld(BreakerPlan.DEVELOPMENT, 1 + random.nextInt(8), seed);
            int before = 100;
            for (int i = 0; i < 40; i++) {
                world.lose(random.nextInt(4) == 0 ? 1 : random.nextDouble());
                world.quorate = random.nextInt(8) > 0;
                int known = world.changes.size();
                world.pass(Duration.ofSeconds(1 + random.nextInt(20)));
                for (var change : world.changes.subList(known, world.changes.size())) {
                    int share = change.breaker().share(world.plan);
                    assertThat(change.evidence()).as("seed %s", seed).isNotEmpty();
                    assertThat(world.quorate).as("seed %s", seed).isTrue();
                    if (change.kind() == Kind.TRIPPED) {
                        assertThat(share).as("seed %s", seed).isZero();
                    } else {
                        var shares = world.plan.shares();
                        int from = shares.indexOf(before);
                        assertThat(shares.indexOf(share))
                                .as("seed %s: %s after %s", seed, share, before)
                                .isEqualTo(from + 1);
                    }
                    before = share;
                }
            }
        }
    }

    @Test
    void clocksThatJumpBreakNothing() {
        var world = world(3);
        for (var jump : List.of(Duration.ofDays(-30), Duration.ofDays(30), Duration.ZERO)) {
            world.now = world.now.plus(jump);
            world.pass(Duration.ofMinutes(1));
        }
        assertThat(world.kinds()).isEmpty();
        assertThat(Instant.EPOCH).isBefore(world.now);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 51, 100})
    void refusesADarkShareThatIsNoSmallOne(int dark) {
        assertThatThrownBy(() -> new BreakerPlan(
                        PLAN.probeEvery(), dark, 12, 50, PLAN.hold(), PLAN.step(), PLAN.shares(), PLAN.warming()))
                .hasMessageContaining("dark: " + dark);
    }
}
