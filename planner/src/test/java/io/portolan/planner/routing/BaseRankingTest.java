package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionState;
import io.portolan.model.document.RegionDocument;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Second chances: own region, those up, the same version, the nearest. */
final class BaseRankingTest {
    /** Regions on the equator, one degree of longitude (111 km, 1.8 ms) apart. */
    private static RegionDocument at(String name, int longitude, RegionState state) {
        return new RegionDocument(
                RegionDocument.SCHEMA,
                Worlds.region(name),
                new EnvironmentName("prod"),
                name,
                new GeoPoint(0, longitude),
                List.of(),
                List.of("10.0.0.1"),
                List.of("http://" + name + ".example:7080"),
                state,
                1,
                "");
    }

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource({
        "a=1 b=1 c=1 d=1, '',                     b a c d",
        "a=1 b=1 c=1 d=1, a=down,                 b c d a",
        "a=1 b=1 c=1 d=1, a=down c=down d=down,   b a c d",
        "a=2 b=1 c=1 d=1, '',                     b c a d",
        "a=1 c=1 d=1,     '',                     a c d",
        "a=1 b=1 c=1 e=1, '',                     b a c",
    })
    void ranks(String versions, String health, String expected) {
        var byRegion = new TreeMap<String, String>();
        for (var part : versions.split(" ")) {
            byRegion.put(part.split("=")[0], part.split("=")[1]);
        }
        var regions = List.of(
                at("a", 0, RegionState.LIVE),
                at("b", 2, RegionState.LIVE),
                at("c", 6, RegionState.LIVE),
                at("d", 60, RegionState.LIVE),
                at("e", 3, RegionState.DRAINING));

        var ranked = BaseRanking.rank(
                Worlds.region("b"),
                Worlds.extension(byRegion, Set.of()),
                regions,
                Map.copyOf(Worlds.health(health).externals()));

        assertThat(ranked.stream().map(base -> base.region().value())).containsExactly(expected.split(" "));
        assertThat(ranked.getFirst().url()).endsWith(".example:7080");
    }
}
