package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Monitor;
import io.portolan.model.document.Profile;
import io.portolan.model.document.Profile.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class RouteLintTest {
    private static final RegionName EAST = new RegionName("eastus");
    private static final RegionName WEST = new RegionName("westus");
    private static final RegionName EUROPE = new RegionName("westeurope");
    private static final Duration TTL = Duration.ofSeconds(60);
    private static final RouteLint.Facts FACTS = facts(Set.of(EAST, WEST, EUROPE), 0);
    private static final Endpoint NESTED = nested(1, Endpoint.of(EAST), Endpoint.of(WEST));

    private static RouteLint.Facts facts(Set<RegionName> placed, int resolvers) {
        // Said of one side only: a pair counts in both directions.
        return new RouteLint.Facts(TTL, Duration.ofSeconds(45), placed, Map.of(EAST, Set.of(WEST)), resolvers);
    }

    private static Endpoint nested(int least, Endpoint... children) {
        return Endpoint.of(
                "nested", new Endpoint.Nested(new Profile.Priority(Settings.STANDARD, List.of(children)), least));
    }

    private static Profile performance(Endpoint... endpoints) {
        return new Profile.Performance(Settings.STANDARD, List.of(endpoints), 0);
    }

    private static Profile geographic(Endpoint... endpoints) {
        return new Profile.Geographic(Settings.STANDARD, List.of(endpoints));
    }

    private static Profile weighted(Endpoint... endpoints) {
        return new Profile.Weighted(Settings.STANDARD, List.of(endpoints));
    }

    private static Profile subnet(Endpoint... endpoints) {
        return new Profile.Subnet(Settings.STANDARD, List.of(endpoints));
    }

    private static Profile withTtl(long seconds) {
        return new Profile.Performance(new Settings(true, seconds, false, Monitor.STANDARD), List.of(), 0);
    }

    static Stream<Arguments> cases() {
        var cdn = Endpoint.of("cdn", new Endpoint.Host("cdn.example.org")).withLocation("westus");
        return Stream.of(
                Arguments.of("the default is good", Profile.standard(), FACTS, List.of()),
                Arguments.of("TTL 0", withTtl(0), FACTS, List.of("ttl-zero")),
                Arguments.of("short TTL", withTtl(30), FACTS, List.of("ttl-below-floor")),
                Arguments.of("TTL of the floor", withTtl(60), FACTS, List.of()),
                Arguments.of("longest good TTL", withTtl(300), FACTS, List.of()),
                Arguments.of("long TTL", withTtl(301), FACTS, List.of("ttl-long")),
                Arguments.of("placed in one", Profile.standard(), facts(Set.of(EAST), 0), List.of("one-region")),
                Arguments.of("placed in a pair", Profile.standard(), facts(Set.of(EAST, WEST), 0), List.of("one-pair")),
                Arguments.of(
                        "endpoints of a pair",
                        performance(Endpoint.of(WEST), Endpoint.of(EAST)),
                        FACTS,
                        List.of("one-pair")),
                Arguments.of(
                        "two that are no pair", performance(Endpoint.of(WEST), Endpoint.of(EUROPE)), FACTS, List.of()),
                Arguments.of("one and a CDN", performance(Endpoint.of(WEST), cdn), FACTS, List.of()),
                Arguments.of(
                        "where no version is",
                        performance(Endpoint.of(WEST), Endpoint.of(EUROPE), Endpoint.of(EAST)),
                        facts(Set.of(WEST, EUROPE), 0),
                        List.of("not-placed")),
                Arguments.of(
                        "a fence with one endpoint",
                        geographic(Endpoint.of(EUROPE).withGeo("GEO-EU"), NESTED.withGeo("WORLD")),
                        FACTS,
                        List.of("geo-one-endpoint")),
                Arguments.of(
                        "a fence without World",
                        geographic(nested(1, Endpoint.of(EAST), Endpoint.of(EUROPE))
                                .withGeo("GEO-EU")),
                        FACTS,
                        List.of("geo-no-world")),
                Arguments.of(
                        "a good fence",
                        geographic(nested(1, Endpoint.of(EAST), Endpoint.of(EUROPE))
                                .withGeo("GEO-EU", "WORLD")),
                        FACTS,
                        List.of()),
                Arguments.of(
                        "too many children wanted",
                        performance(nested(3, Endpoint.of(EAST), Endpoint.of(EUROPE))
                                .withLocation("eastus")),
                        FACTS,
                        List.of("min-children")),
                Arguments.of(
                        "disabled children do not count",
                        performance(
                                Endpoint.of(EUROPE),
                                nested(2, Endpoint.of(EAST), Endpoint.of(WEST).withMode(Endpoint.Mode.DISABLED))
                                        .withLocation("eastus")),
                        FACTS,
                        List.of("min-children", "priority-alone")),
                Arguments.of(
                        "all children wanted",
                        performance(nested(2, Endpoint.of(EAST), Endpoint.of(EUROPE))
                                .withLocation("eastus")),
                        FACTS,
                        List.of("min-children-all")),
                Arguments.of(
                        "weights, resolvers unknown",
                        weighted(Endpoint.of(EAST).withWeight(9), Endpoint.of(EUROPE)),
                        FACTS,
                        List.of("weights-by-resolver")),
                Arguments.of(
                        "weights, few resolvers",
                        weighted(Endpoint.of(EAST).withWeight(9), Endpoint.of(EUROPE)),
                        facts(Set.of(EAST, WEST, EUROPE), 20),
                        List.of("weights-few-resolvers")),
                Arguments.of(
                        "a small weight needs many resolvers",
                        weighted(Endpoint.of(EAST).withWeight(999), Endpoint.of(EUROPE)),
                        facts(Set.of(EAST, WEST, EUROPE), 1_000),
                        List.of("weights-few-resolvers")),
                Arguments.of(
                        "weights, many resolvers",
                        weighted(Endpoint.of(EAST).withWeight(9), Endpoint.of(EUROPE)),
                        facts(Set.of(EAST, WEST, EUROPE), 5_000),
                        List.of()),
                Arguments.of(
                        "ranges without a fallback",
                        subnet(
                                Endpoint.of(EAST).withSubnets("10.0.0.0/8"),
                                Endpoint.of(EUROPE).withSubnets("11.0.0.0/8")),
                        FACTS,
                        List.of("subnet-no-fallback")),
                Arguments.of(
                        "ranges with a fallback",
                        subnet(Endpoint.of(EAST).withSubnets("10.0.0.0/8"), Endpoint.of(EUROPE)),
                        FACTS,
                        List.of()),
                Arguments.of(
                        "nobody is on",
                        performance(
                                Endpoint.of(EAST).withMode(Endpoint.Mode.DISABLED),
                                Endpoint.of(EUROPE).withMode(Endpoint.Mode.DISABLED)),
                        FACTS,
                        List.of("none-enabled")),
                Arguments.of(
                        "one is always on",
                        performance(Endpoint.of(EAST).withMode(Endpoint.Mode.ALWAYS_SERVE), Endpoint.of(EUROPE)),
                        FACTS,
                        List.of("always-served")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void namesBadCombinations(String what, Profile profile, RouteLint.Facts facts, List<String> codes) {
        assertThat(RouteLint.lint(profile, facts).findings())
                .as(what)
                .extracting(RouteLint.Finding::code)
                .containsExactlyElementsOf(codes);
    }

    @Test
    void theBudgetIsASum() {
        var budget = RouteLint.lint(withTtl(30), FACTS).budget();

        assertThat(budget).hasToString("45 s detection + 5 s publication + 30 s TTL + 60 s client cache = 140 s");
        assertThat(budget.total()).isEqualTo(Duration.ofSeconds(140));
    }

    /** The reference's defaults take 130 s to see it: 30 s four times, the last of them at its timeout of 10 s. */
    @Test
    void theSlowestProbeOfTheTreeCounts() {
        var cdn = Endpoint.of("cdn", new Endpoint.Host("cdn.example.org"));
        var fast = new Settings(true, Settings.TTL_OF_ENVIRONMENT, false, Monitor.FAST);
        var slowInside = new Profile.Priority(
                fast,
                List.of(
                        Endpoint.of(EAST),
                        Endpoint.of(
                                "inner",
                                new Endpoint.Nested(new Profile.Priority(Settings.STANDARD, List.of(cdn)), 1))));

        assertThat(RouteLint.lint(slowInside, FACTS).budget().detection()).isEqualTo(Duration.ofSeconds(130));
        assertThat(RouteLint.lint(new Profile.Priority(fast, List.of(cdn)), FACTS)
                        .budget()
                        .detection())
                .isEqualTo(Duration.ofSeconds(19));
    }

    @Test
    void saysWhereAndWhatToExpect() {
        var findings = RouteLint.lint(
                        weighted(Endpoint.of(EAST).withWeight(9), Endpoint.of(EUROPE)),
                        facts(Set.of(EAST, WEST, EUROPE), 20))
                .findings();

        assertThat(findings)
                .containsExactly(new RouteLint.Finding(
                        "weights-few-resolvers",
                        RouteLint.Severity.WARNING,
                        "/endpoints",
                        "20 resolvers ask: the smallest share, 10.0 %, will be between 0.0 % and 23.4 % (2 standard"
                                + " deviations)"));
    }
}
