package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.document.Monitor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Observers, their probes and their quorum in virtual time, with the decisions that run in production. */
final class FailoverSimulationTest {
    private static final long SEED = 20261127;
    private static final int STEP_MILLIS = 100;
    private static final List<String> REGIONS = List.of("a", "b", "c", "d", "e", "f");

    /** How observers probe. */
    private record Pace(int intervalMillis, int timeoutMillis, int tolerated, int recovery, int exchangeMillis) {
        static final Pace FAST = new Pace(3_000, 2_000, 4, 2, 2_000);
        static final Pace STANDARD = new Pace(10_000, 5_000, 3, 1, 2_000);

        static Pace of(Monitor monitor) {
            return new Pace(
                    (int) monitor.interval().toMillis(),
                    (int) monitor.timeout().toMillis(),
                    monitor.toleratedFailures(),
                    monitor.recoverySuccesses(),
                    STEP_MILLIS);
        }
    }

    /** Whether a region answers a probe at a time. */
    private interface World {
        boolean answers(String observer, String region, long atMillis);
    }

    /** One observer: probes each region at its own phase; a failure is known at its timeout. */
    private static final class Observer {
        private final String name;
        private final Pace pace;
        private final Map<String, ProbeState> states = new TreeMap<>();
        private final Map<String, Long> next = new HashMap<>();
        private final Map<String, Long> pending = new HashMap<>();
        private Map<String, EndpointHealth> told = Map.of();
        private boolean sick;
        private int tried;
        private int bad;

        Observer(String name, Pace pace, Random random) {
            this.name = name;
            this.pace = pace;
            for (var region : REGIONS) {
                states.put(region, ProbeState.UNPROBED);
                next.put(region, (long) random.nextInt(pace.intervalMillis()));
            }
        }

        void step(long now, World world) {
            for (var region : REGIONS) {
                Long due = pending.get(region);
                if (due != null && now >= due) {
                    pending.remove(region);
                    result(region, ProbeState.Result.FAILURE);
                }
                if (now >= next.getOrDefault(region, 0L)) {
                    next.merge(region, (long) pace.intervalMillis(), Long::sum);
                    if (world.answers(name, region, now)) {
                        result(region, ProbeState.Result.SUCCESS);
                    } else {
                        pending.put(region, now + pace.timeoutMillis());
                    }
                }
            }
            if (now % pace.exchangeMillis() == 0) {
                var seen = new TreeMap<String, EndpointHealth>();
                states.forEach((region, state) -> seen.put(region, state.health()));
                told = seen;
                tried = (int)
                        states.values().stream().filter(ProbeState::isTried).count();
                bad = (int) states.values().stream().filter(ProbeState::isBad).count();
            }
        }

        private void result(String region, ProbeState.Result result) {
            states.computeIfPresent(region, (name, state) -> state.after(result, pace.tolerated(), pace.recovery()));
            doubt();
        }

        /** As the prober does when it is back from being sick. */
        private void doubt() {
            boolean isSick = Quorum.isSick(
                    (int) states.values().stream().filter(ProbeState::isTried).count(),
                    (int) states.values().stream().filter(ProbeState::isBad).count());
            if (sick && !isSick) {
                states.replaceAll((region, state) -> state.doubted());
            }
            sick = isSick;
        }

        ObserverReport report() {
            return new ObserverReport(name, name, Duration.ZERO, false, told, tried, bad);
        }
    }

    /** A change of what is judged. */
    private record Change(long atMillis, String region, EndpointHealth to) {}

    private static List<Change> run(int observers, Pace pace, long millis, long seed, World world) {
        var random = new Random(seed);
        var all = new ArrayList<Observer>();
        for (int i = 0; i < observers; i++) {
            all.add(new Observer("observer" + i, pace, random));
        }
        var changes = new ArrayList<Change>();
        Map<String, EndpointHealth> health = Map.of();
        for (long now = 0; now <= millis; now += STEP_MILLIS) {
            for (var observer : all) {
                observer.step(now, world);
            }
            var judged = Quorum.judge(
                            all.stream().map(Observer::report).toList(), Set.of(), Duration.ofSeconds(30), health)
                    .health();
            for (var entry : judged.entrySet()) {
                var before = health.getOrDefault(entry.getKey(), EndpointHealth.CHECKING);
                if (before != entry.getValue()) {
                    changes.add(new Change(now, entry.getKey(), entry.getValue()));
                }
            }
            health = judged;
        }
        return changes;
    }

    private static List<Change> downs(List<Change> changes) {
        return changes.stream()
                .filter(change -> change.to() == EndpointHealth.DEGRADED)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3"})
    void noFlappingAtTwentyPercentProbeLoss(int round) {
        var random = new Random(SEED + round);
        long hours = Duration.ofHours(3).toMillis();

        for (var pace : List.of(Pace.FAST, Pace.STANDARD)) {
            var changes = run(3, pace, hours, SEED + round, (observer, region, at) -> random.nextInt(5) != 0);

            // Fast never; the standard pace, with fewer probes to a verdict, at most one region once in three hours.
            assertThat(downs(changes))
                    .as("seed %d, %s", SEED + round, pace)
                    .hasSizeLessThanOrEqualTo(pace.equals(Pace.FAST) ? 0 : 1);
        }
    }

    /** Row 8.3, with the limit of the issue (20 s) in place of the proposed 15 s. */
    @Test
    void row_8_3_aLostRegionIsDetectedWithinTwentySecondsByThreeFastObservers() {
        for (int round = 0; round < 40; round++) {
            long lost = 60_000 + 731L * round;
            var changes = run(
                    3,
                    Pace.FAST,
                    lost + 30_000,
                    SEED + round,
                    (observer, region, at) -> at < lost || !region.equals("c"));

            assertThat(downs(changes)).as("round %d", round).singleElement().satisfies(change -> {
                assertThat(change.region()).isEqualTo("c");
                assertThat(change.atMillis() - lost).isBetween(0L, 20_000L);
            });
        }
    }

    @Test
    void atTheReferencesSettingsItsOwnTimes() {
        assertThat(Monitor.STANDARD.worstDetection()).isEqualTo(Duration.ofSeconds(130));
        assertThat(Monitor.FAST.worstDetection()).isEqualTo(Duration.ofSeconds(19));
        for (var monitor : List.of(Monitor.STANDARD, Monitor.FAST)) {
            long worst = 0;
            for (int round = 0; round < 60; round++) {
                long lost = 120_000 + 523L * round;
                var changes = run(
                        1,
                        Pace.of(monitor),
                        lost + 140_000,
                        SEED + round,
                        (observer, region, at) -> at < lost || !region.equals("c"));
                worst = Math.max(worst, downs(changes).getFirst().atMillis() - lost);
            }
            long limit = monitor.worstDetection().toMillis();
            assertThat(worst).isBetween(limit - monitor.interval().toMillis(), limit + 2 * STEP_MILLIS);
        }
    }

    /** Experiment 50: an endpoint that is up and down with every probe. */
    @Test
    void experiment50AFlappingEndpointChangesAtMostOncePerDetectionTime() {
        var pace = Pace.of(Monitor.STANDARD);
        long window = (long) pace.intervalMillis() * (pace.tolerated() + 1);
        var probes = new HashMap<String, Integer>();
        var changes = run(
                1,
                pace,
                Duration.ofHours(2).toMillis(),
                SEED,
                (observer, region, at) -> !region.equals("c") || probes.merge(region, 1, Integer::sum) % 2 == 0);
        assertThat(downs(changes))
                .as("alternating probes never reach the tolerated number")
                .isEmpty();

        // The worst an endpoint can do: fail exactly often enough, then answer once.
        var slow = new HashMap<String, Integer>();
        var worst = run(
                1,
                pace,
                Duration.ofHours(2).toMillis(),
                SEED,
                (observer, region, at) -> !region.equals("c") || slow.merge(region, 1, Integer::sum) % 5 == 0);
        var ofC = worst.stream().filter(change -> change.region().equals("c")).toList();
        assertThat(downs(ofC)).isNotEmpty();
        for (int i = 2; i < ofC.size(); i += 2) {
            assertThat(ofC.get(i).atMillis() - ofC.get(i - 2).atMillis()).isGreaterThanOrEqualTo(window);
        }
    }

    /** The flake of a start on a starved machine: five of six regions did not answer in time at first. */
    @Test
    void aStartThatSeesAllButOneDownTakesNobodyAway() {
        var changes = run(1, Pace.FAST, 120_000, SEED, (observer, region, at) -> region.equals("f") || at > 100_000);

        assertThat(downs(changes)).isEmpty();
        assertThat(changes.stream().filter(change -> change.region().equals("a")))
                .last()
                .satisfies(change -> assertThat(change.to()).isEqualTo(EndpointHealth.ONLINE));
    }

    /** A lone observer that loses its network doubts itself before its first verdict, and is right again when it is back. */
    @Test
    void anObserverThatLosesItsNetworkTakesNobodyAway() {
        var changes = run(1, Pace.FAST, 240_000, SEED, (observer, region, at) -> at < 60_000 || at > 180_000);

        assertThat(downs(changes)).isEmpty();
    }

    @Test
    void aPartitionedObserverIsOutvoted() {
        var changes = run(
                3,
                Pace.FAST,
                Duration.ofMinutes(10).toMillis(),
                SEED,
                (observer, region, at) ->
                        !observer.equals("observer0") || Set.of("a", "b").contains(region) || at < 60_000);

        assertThat(downs(changes)).isEmpty();
    }

    /** Users of a lost region times the seconds until their next answer leads elsewhere; caches of 30 s on top. */
    @Test
    void printsUserSecondsOfError() {
        int users = 1_000;
        var ttl = Duration.ofSeconds(30);
        for (var pace : Map.of("fast", Pace.FAST, "standard", Pace.STANDARD, "reference", Pace.of(Monitor.STANDARD))
                .entrySet()) {
            double sum = 0;
            int rounds = 20;
            for (int round = 0; round < rounds; round++) {
                long lost = 120_000 + 977L * round;
                var changes = run(
                        3,
                        pace.getValue(),
                        lost + 200_000,
                        SEED + round,
                        (observer, region, at) -> at < lost || !region.equals("c"));
                long detected = downs(changes).getFirst().atMillis() - lost;
                // Each user's cached answer ends at a moment evenly spread over the TTL, counted from the detection.
                sum += users * (detected + ttl.toMillis() / 2.0) / 1_000;
            }
            double mean = sum / rounds;
            System.out.printf("user-seconds of error for %,d users, %s settings: %,.0f%n", users, pace.getKey(), mean);
            assertThat(mean).isBetween(users * 15.0, users * (130 + 30.0));
        }
    }
}
