package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.portolan.model.RegionName;
import io.portolan.model.document.Profile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Failover that minds versions, shares and load. */
final class ContinuityTest {
    private static CompiledProfile compiled(String versions, String withdrawn, HealthView health, int millis) {
        var byRegion = new TreeMap<String, String>();
        for (var part : versions.split(" ")) {
            byRegion.put(part.split("=")[0], part.split("=")[1]);
        }
        return CompiledProfile.compile(
                new Profile.Performance(Profile.Settings.STANDARD, List.of(), millis),
                Worlds.extension(byRegion, withdrawn.isEmpty() ? Set.of() : Set.of(withdrawn)),
                Worlds.table("a b c d"),
                health);
    }

    private static String answer(CompiledProfile profile) {
        return Worlds.answer(profile, Worlds.near(Worlds.table("a b c d")), "192.0.2.1", 0, 1);
    }

    /** Row 8.14: regions 10 ms apart; users of a lost region stay on its version where that costs next to nothing. */
    @ParameterizedTest(name = "{0}, {1}, within {3} ms: {4}")
    @CsvSource({
        "a=2 b=1 c=2 d=1, a=down,        '', 15, c",
        "a=2 b=1 c=2 d=1, a=down,        '', 0,  b",
        "a=2 b=1 c=2 d=1, a=down,        '', 5,  b",
        "a=2 b=2 c=1 d=1, a=down,        '', 15, b",
        "a=2 b=1 c=1 d=2, a=down,        '', 15, b",
        "a=2 b=1 c=1 d=2, a=down,        '', 25, d",
        "a=2 b=1 c=2 d=1, a=down,        2,  15, b",
        "a=2 b=1 c=2 d=1, a=up,          '', 15, a",
        "a=2 b=1 c=2 d=1, a=down c=down, '', 15, b",
        "a=2 b=1 c=2 d=1, a=down b=down c=down d=down, '', 15, a",
    })
    void row_8_14_failoverPrefersTheSameVersionAmongNearlyEqualRegions(
            String versions, String health, String withdrawn, int millis, String expected) {
        assertThat(answer(compiled(versions, withdrawn, Worlds.health(health), millis)))
                .isEqualTo(expected);
    }

    @Test
    void row_8_14_alsoWhenTheRegionIsDrained() {
        var drained = new HealthView(Map.of(), Map.of(), Map.of(), Map.of(Worlds.region("a"), "is drained"));

        assertThat(answer(compiled("a=2 b=1 c=2 d=1", "", drained, 15))).isEqualTo("c");
    }

    @Test
    void aShareOfTheClientsGoesOnToTheNextRegionAndEachStays() {
        var table = Worlds.table("a b c d");
        var health = new HealthView(Map.of(), Map.of(), Map.of(Worlds.region("a"), 250), Map.of());
        var profile = CompiledProfile.compile(Profile.standard(), Worlds.extension("a b c d"), table, health);
        var counts = new HashMap<String, Integer>();
        int clients = 4_000;
        for (int i = 0; i < clients; i++) {
            var client = "10." + (i >> 8) + "." + (i & 255) + ".";
            var first = Worlds.answer(profile, Worlds.near(table), client + "1", 0, i);
            assertThat(Worlds.answer(profile, Worlds.near(table), client + "200", 0, -i))
                    .isEqualTo(first);
            counts.merge(first, 1, Integer::sum);
        }

        assertThat(counts.keySet()).containsExactlyInAnyOrder("a", "b");
        assertThat((double) counts.getOrDefault("a", 0))
                .isCloseTo(clients * 0.25, within(3 * Math.sqrt(clients * 0.25 * 0.75)));
    }

    @Test
    void aShareRaisedNeverSendsAClientAway() {
        var table = Worlds.table("a b");
        for (int client = 0; client < 300; client++) {
            boolean taken = false;
            for (int share = 0; share <= 1000; share += 100) {
                var health = new HealthView(Map.of(), Map.of(), Map.of(Worlds.region("a"), share), Map.of());
                var profile = CompiledProfile.compile(Profile.standard(), Worlds.extension("a b"), table, health);
                boolean now = Worlds.answer(profile, Worlds.near(table), "10.0." + (client & 255) + ".1", 0, 1)
                        .equals("a");
                assertThat(now || !taken).isTrue();
                taken = now;
            }
            assertThat(taken).isTrue();
        }
    }

    private static Spill.Load load(String region, double load) {
        return new Spill.Load(Worlds.region(region), load, 100);
    }

    private static Map<RegionName, Integer> spill(Map<RegionName, Integer> before, Spill.Load... loads) {
        return Spill.shares(List.of(loads), before, Spill.Policy.STANDARD);
    }

    /** Row 8.13: twice the load in one region. */
    @Test
    void row_8_13_spillsByDeclaredCapacityInOrderOfLatency() {
        var shares = spill(Map.of(), load("a", 150), load("b", 30), load("c", 30), load("d", 30));

        // 60 of 150 are too many: 40 % go on, to the next region by latency, which is b for them.
        assertThat(shares).containsExactly(Map.entry(Worlds.region("a"), 600));
        var table = Worlds.table("a b c d");
        var health = new HealthView(Map.of(), Map.of(), shares, Map.of());
        var profile = CompiledProfile.compile(Profile.standard(), Worlds.extension("a b c d"), table, health);
        var seen = new java.util.TreeSet<String>();
        for (int i = 0; i < 200; i++) {
            seen.add(Worlds.answer(profile, Worlds.near(table), "10.0." + i + ".1", 0, 1));
        }
        assertThat(seen).containsExactly("a", "b");
    }

    @Test
    void row_8_13_theCapAndTheLossOfOneMoreRegionAreMinded() {
        assertThat(spill(Map.of(), load("a", 400), load("b", 0), load("c", 0), load("d", 0)))
                .as("at most half")
                .containsExactly(Map.entry(Worlds.region("a"), 550));
        assertThat(spill(Map.of(), load("a", 200), load("b", 85)))
                .as("with one other region there is no room once it is lost")
                .isEmpty();
        assertThat(spill(Map.of(), load("a", 80), load("b", 10), load("c", 10))).isEmpty();
        assertThat(spill(Map.of(), load("a", Double.NaN), load("b", 10), load("c", 10)))
                .as("an unknown load spills nothing")
                .isEmpty();
    }

    @Test
    void row_8_13_sharesComeToRestAndGoAwayWithTheLoad() {
        var shares = spill(Map.of(), load("a", 150), load("b", 30), load("c", 30), load("d", 30));
        var history = new ArrayList<Map<RegionName, Integer>>();
        for (int i = 0; i < 20; i++) {
            double kept = 150 * shares.getOrDefault(Worlds.region("a"), 1000) / 1000.0;
            shares = spill(shares, load("a", kept), load("b", 30 + 150 - kept), load("c", 30), load("d", 30));
            history.add(shares);
        }
        assertThat(history.subList(1, 20)).as("no swinging").containsOnly(history.getFirst());

        double kept = 70 * shares.getOrDefault(Worlds.region("a"), 1000) / 1000.0;
        assertThat(spill(shares, load("a", kept), load("b", 100 - kept), load("c", 30), load("d", 30)))
                .isEmpty();
    }
}
