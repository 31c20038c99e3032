package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one observer makes of its probes, and what several agree on. */
final class QuorumTest {
    private static final Duration LIFE = Duration.ofSeconds(30);
    private static final List<String> TARGETS = List.of("a", "b", "c", "d", "e", "f");

    /** {@code U} up, {@code D} down, {@code ?} being checked, for a to f. */
    private static ObserverReport report(String observer, String seen) {
        return report(observer, seen, Duration.ZERO, false);
    }

    private static ObserverReport report(String observer, String seen, Duration age, boolean stalled) {
        return new ObserverReport(observer, observer, age, stalled, health(seen));
    }

    private static Map<String, EndpointHealth> health(String seen) {
        var health = new HashMap<String, EndpointHealth>();
        for (int i = 0; i < seen.length(); i++) {
            health.put(
                    TARGETS.get(i),
                    switch (seen.charAt(i)) {
                        case 'U' -> EndpointHealth.ONLINE;
                        case 'D' -> EndpointHealth.DEGRADED;
                        default -> EndpointHealth.CHECKING;
                    });
        }
        return health;
    }

    private static String judged(Quorum.Judgement judgement) {
        var text = new StringBuilder();
        for (var target : TARGETS) {
            text.append(
                    switch (judgement.health().getOrDefault(target, EndpointHealth.CHECKING)) {
                        case ONLINE -> 'U';
                        case DEGRADED -> 'D';
                        case CHECKING -> '?';
                    });
        }
        return text.toString();
    }

    @ParameterizedTest(name = "{0}; known {1}, before {2}: {3}")
    @CsvSource({
        // One observer alone: its word counts, unless it sees all but few down.
        "x UUUUUD,                    x,       UUUUUU, UUUUUD, true",
        "x UUUDDD,                    x,       UUUUUU, UUUDDD, true",
        "x UDDDDD,                    x,       UUUUUU, UUUUUU, false",
        "x DDDDDD,                    x,       ??????, ??????, false",
        "x ??????,                    x,       ??????, ??????, true",
        // The majority of those with an opinion.
        "x UUUUUD|y UUUUUD|z UUUUUU,  x y z,   UUUUUU, UUUUUD, true",
        "x UUUUUD|y UUUUUU|z UUUUUU,  x y z,   UUUUUU, UUUUUU, true",
        "x UUUUUD|y UUUUUU,           x y,     UUUUUD, UUUUUD, true",
        "x UUUUUD|y UUUUUU,           x y,     UUUUUU, UUUUUU, true",
        "x UUUUUD|y UUUUU?|z UUUUU?,  x y z,   UUUUUU, UUUUUD, true",
        // One of three is sick: it does not count.
        "x DDDDDD|y UUUUUU|z UUUUUU,  x y z,   UUUUUU, UUUUUU, true",
        "x DDDDDD|y DDDDDU|z UUUUUU,  x y z,   UUUUUU, UUUUUU, false",
        // All see the same from several places: it is the world.
        "x DDDDDU|y DDDDDU|z DDDDDU,  x y z,   UUUUUU, DDDDDU, true",
        "x DDDDDD|y DDDDDD|z DDDDDD,  x y z,   UUUUUU, DDDDDD, true",
        // A majority takes away half at most, beyond that all must agree, from two places.
        "x UUDDDD,                    x,       UUUUUU, UUDDDU, true",
        "x UUDDDD,                    x,       UUUDDD, UUUDDD, true",
        "x UUDDDD|y UUDDDD,           x y,     UUUUUU, UUDDDD, true",
        "x UUDDDD|y UUDDDD|z UUDDDU,  x y z,   UUUUUU, UUDDDU, true",
        "x UUDDDD|y UUDDDD|z UUUDDD,  x y z,   UUUUUU, UUUDDD, true",
        "x UUUDDD|y UUUDDD|z UUDUDU,  x y z,   UUDDUU, UUUDDD, true",
        // A partitioned minority keeps what was.
        "x UUUDDD,                    x y z,   UUUUUU, UUUUUU, false",
        "x UUUDDD|y UUUDDD,           x y z w, UUUUUU, UUUDDD, true",
    })
    void judges(String reports, String places, String before, String expected, boolean quorate) {
        var said = new ArrayList<ObserverReport>();
        for (var part : reports.split("\\|")) {
            said.add(report(part.split(" ")[0], part.split(" ")[1]));
        }

        var judgement = Quorum.judge(said, Set.of(places.strip().split(" ")), LIFE, health(before));

        assertThat(judged(judgement)).isEqualTo(expected);
        assertThat(judgement.quorate()).isEqualTo(quorate);
    }

    @Test
    void oldReportsAndThoseOfAStalledObserverDoNotCount() {
        var judgement = Quorum.judge(
                List.of(
                        report("x", "UUUUUD", LIFE.plusMillis(1), false),
                        report("y", "UUUUUD", Duration.ZERO, true),
                        report("z", "UUUUUU")),
                Set.of("y", "z"),
                LIFE,
                health("UUUUUU"));

        assertThat(judged(judgement)).isEqualTo("UUUUUU");
        assertThat(judgement.counted()).containsExactly("z");
        assertThat(judgement.excluded()).containsKeys("x", "y");
    }

    @Test
    void anObserverHasNoSayOnItsOwnPlace() {
        var judgement = Quorum.judge(
                List.of(report("a", "UUUUUU"), report("x", "DUUUUU")), Set.of("a", "x"), LIFE, health("UUUUUU"));

        assertThat(judged(judgement)).isEqualTo("DUUUUU");
    }

    @ParameterizedTest(name = "{0} (3 tolerated, {1} to recover): {2}")
    @CsvSource({
        "'',          1, CHECKING",
        "S,           1, ONLINE",
        "SFFF,        1, ONLINE",
        "SFFFF,       1, DEGRADED",
        "SFFFSFFF,    1, ONLINE",
        "SFFFFS,      1, ONLINE",
        "SFFFFSFF,    1, ONLINE",
        "SFFFFS,      2, DEGRADED",
        "SFFFFSS,     2, ONLINE",
        "SFFFFSFS,    2, DEGRADED",
        // Never seen up: twice the failures.
        "FFFFFFF,     1, CHECKING",
        "FFFFFFFF,    1, DEGRADED",
        // Inconclusive probes neither count nor reset.
        "SFFFIIIIIII, 1, ONLINE",
        "SFFFIF,      1, DEGRADED",
        "IIIIIIIIII,  1, CHECKING",
    })
    void rule11HysteresisIsAnOption(String results, int recovery, EndpointHealth expected) {
        var state = ProbeState.UNPROBED;
        for (char result : results.toCharArray()) {
            state = state.after(
                    switch (result) {
                        case 'S' -> ProbeState.Result.SUCCESS;
                        case 'F' -> ProbeState.Result.FAILURE;
                        default -> ProbeState.Result.INCONCLUSIVE;
                    },
                    3,
                    recovery);
        }

        assertThat(state.health()).isEqualTo(expected);
    }

    /** A machine that stood still for 4 s between two ticks. */
    @Test
    void aStallIsNoticedAlsoBeforeItsFirstTickComes() {
        var start = Instant.parse("2026-11-27T06:00:00Z");
        var stalls = new StallRecord(Duration.ofMillis(50), Duration.ofMillis(100), start);
        var now = start;
        for (int i = 0; i < 20; i++) {
            now = now.plusMillis(60);
            stalls.tick(now);
        }
        assertThat(stalls.stalled(start, now)).isZero();

        var resumed = now.plusSeconds(4);
        assertThat(stalls.stalled(now, resumed)).isBetween(Duration.ofMillis(3_900), Duration.ofSeconds(4));
        stalls.tick(resumed);
        assertThat(stalls.stalled(now, resumed)).isBetween(Duration.ofMillis(3_900), Duration.ofSeconds(4));
        assertThat(stalls.stalled(now.plusSeconds(3), resumed)).isEqualTo(Duration.ofSeconds(1));
        assertThat(stalls.stalled(start, now)).isZero();
        assertThat(stalls.stalled(resumed, resumed.plusMillis(60))).isZero();
    }

    @Test
    void saysWhichTargetsAreSparedBecauseTooManyAreDownAlready() {
        var judgement = Quorum.judge(List.of(report("x", "UUDDDD")), Set.of("x"), LIFE, health("UUUUUU"));

        assertThat(judgement.spared()).containsExactly(TARGETS.get(5));
    }
}
