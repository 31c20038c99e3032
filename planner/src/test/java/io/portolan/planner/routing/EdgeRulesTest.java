package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionState;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Endpoint.Mode;
import io.portolan.model.document.Monitor;
import io.portolan.model.document.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Experiment 49 and the edge rules of the reference's routing methods, one table a rule, by its number in the list of semantics.
 */
final class EdgeRulesTest {
    private static final Profile.Settings SETTINGS = Profile.Settings.STANDARD;
    private static final Profile.Settings SWITCHED_OFF = new Profile.Settings(false, -1, false, Monitor.STANDARD);
    private static final Profile.Settings RIGHT_FAMILY = new Profile.Settings(true, -1, true, Monitor.STANDARD);
    private static final String CLIENT = "192.0.2.7";

    /** {@code a}: region a; {@code -a}: switched off; {@code !a}: always served. */
    private static List<Endpoint> endpoints(String text) {
        var endpoints = new ArrayList<Endpoint>();
        for (var part : text.strip().split(" +")) {
            var name = part.replaceAll("[-!]", "");
            var mode = part.startsWith("-") ? Mode.DISABLED : part.startsWith("!") ? Mode.ALWAYS_SERVE : Mode.ENABLED;
            endpoints.add(Endpoint.of(Worlds.region(name)).withMode(mode));
        }
        return endpoints;
    }

    private static Profile profile(String method, Profile.Settings settings, List<Endpoint> endpoints) {
        return switch (method) {
            case "performance" -> new Profile.Performance(settings, endpoints, 0);
            case "priority" -> new Profile.Priority(settings, endpoints);
            case "weighted" -> new Profile.Weighted(settings, endpoints);
            case "multivalue" -> new Profile.MultiValue(settings, endpoints, 10);
            default -> throw new IllegalArgumentException(method);
        };
    }

    private static String answer(Profile profile, String served, String health) {
        return answer(profile, served, health, CLIENT, 0, "", "", "");
    }

    private static String answer(
            Profile profile,
            String served,
            String health,
            String client,
            int family,
            String continent,
            String country,
            String subdivision) {
        var table = Worlds.table("a b c d");
        var compiled = CompiledProfile.compile(profile, Worlds.extension(served), table, Worlds.health(health));
        return Worlds.answer(compiled, Worlds.near(table, continent, country, subdivision), client, family, 42);
    }

    @ParameterizedTest(name = "{0} of {1}, served at {2}, {3}: {4}")
    @CsvSource({
        "performance, a b c,   a b c, a=up b=up c=up,       a",
        "performance, a b c,   a b c, a=down b=up c=up,     b",
        "performance, a b c,   a b c, a=down b=down c=down, a",
        "performance, -a b c,  a b c, a=up b=down c=down,   b",
        "performance, a b c,   b c,   a=up b=down c=down,   b",
        "priority,    c b a,   a b c, a=down b=down c=down, c",
        "priority,    -c b a,  a b c, a=down b=down c=up,   b",
        "weighted,    a -b,    a b,   a=down b=up,          a",
        "multivalue,  a b c,   a b c, a=down b=down c=down, a b c",
        "multivalue,  a -b c,  a b c, a=down b=up c=down,   a c",
    })
    void rule01AllDegradedIsAnsweredAsIfAllWereOnline(
            String method, String endpoints, String served, String health, String expected) {
        assertThat(answer(profile(method, SETTINGS, endpoints(endpoints)), served, health))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"performance", "priority", "weighted", "multivalue"})
    void rule02AllDisabledIsNoDataAndADisabledProfileIsNoName(String method) {
        assertThat(answer(profile(method, SETTINGS, endpoints("-a -b")), "a b", "a=up b=up"))
                .isEqualTo("NODATA");
        assertThat(answer(profile(method, SETTINGS, endpoints("a b")), "c", "a=up b=up"))
                .as("stopped is never served")
                .isEqualTo("NODATA");
        assertThat(answer(profile(method, SWITCHED_OFF, endpoints("a b")), "a b", "a=up b=up"))
                .isEqualTo("NXDOMAIN");
    }

    @ParameterizedTest
    @CsvSource({"performance, a", "priority, a", "weighted, a", "multivalue, a"})
    void rule03CheckingIsServed(String method, String expected) {
        assertThat(answer(profile(method, SETTINGS, endpoints("a b")), "a b", "a=checking b=down"))
                .isEqualTo(expected);
        assertThat(answer(profile(method, SETTINGS, endpoints("!a b")), "a b", "a=down b=down"))
                .as("always served")
                .isEqualTo(expected);
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> minimums() {
        return Stream.of(
                arguments(1, "a b", "a=up b=down", EndpointState.ONLINE),
                arguments(2, "a b", "a=up b=up", EndpointState.ONLINE),
                arguments(2, "a b", "a=up b=down", EndpointState.DEGRADED),
                arguments(2, "a b", "a=up b=checking", EndpointState.CHECKING),
                arguments(1, "a b", "a=checking b=down", EndpointState.CHECKING),
                arguments(1, "a b", "a=down b=down", EndpointState.DEGRADED),
                arguments(3, "a b", "a=up b=up", EndpointState.DEGRADED),
                arguments(2, "!a b", "a=down b=up", EndpointState.ONLINE),
                arguments(1, "-a -b", "a=up b=up", EndpointState.STOPPED));
    }

    private static org.junit.jupiter.params.provider.Arguments arguments(Object... values) {
        return org.junit.jupiter.params.provider.Arguments.of(values);
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.MethodSource("minimums")
    void rule04And05HealthRisesThroughTheTree(int minimum, String children, String health, EndpointState expected) {
        var child = profile("priority", SETTINGS, endpoints(children));
        var nested = Endpoint.of("child", new Endpoint.Nested(child, minimum));
        var parent = new Profile.Priority(SETTINGS, List.of(nested, Endpoint.of(Worlds.region("d"))));

        var answer = answer(parent, "a b d", health + " d=up");

        assertThat(answer).isEqualTo(expected.servable() ? answer(child, "a b", health) : "d");
    }

    @Test
    void rule04ADisabledChildProfileIsStoppedAndNeverServed() {
        var child = profile("priority", SWITCHED_OFF, endpoints("a"));
        var nested = Endpoint.of("child", new Endpoint.Nested(child, 1));

        assertThat(answer(new Profile.Priority(SETTINGS, List.of(nested)), "a", "a=up"))
                .isEqualTo("NODATA");
        assertThat(answer(
                        new Profile.Priority(SETTINGS, List.of(nested, Endpoint.of(Worlds.region("b")))),
                        "a b",
                        "a=up b=down"))
                .as("the other one is all that is eligible")
                .isEqualTo("b");
    }

    @Test
    void rule05AParentWhoseChildrenAreAllDownAnswersByTheSameRules() {
        var first = Endpoint.of("first", new Endpoint.Nested(profile("priority", SETTINGS, endpoints("b a")), 1));
        var second = Endpoint.of("second", new Endpoint.Nested(profile("priority", SETTINGS, endpoints("c")), 1));

        assertThat(answer(new Profile.Priority(SETTINGS, List.of(first, second)), "a b c", "a=down b=down c=down"))
                .isEqualTo("b");
    }

    @ParameterizedTest(name = "{0}/{1}/{2}, {3}: {4}")
    @CsvSource({
        "NA, US, CA, '',      a",
        "NA, US, NV, '',      b",
        "NA, CA, QC, '',      c",
        "EU, DE, BY, '',      d",
        "'', '', '', '',      d",
        "NA, US, CA, a=down,  a",
        "EU, DE, '', d=down,  d",
    })
    void rule06GeographicTakesTheMostSpecificWhateverItsHealth(
            String continent, String country, String subdivision, String health, String expected) {
        var profile = new Profile.Geographic(
                SETTINGS,
                List.of(
                        Endpoint.of(Worlds.region("a")).withGeo("US-CA"),
                        Endpoint.of(Worlds.region("b")).withGeo("US"),
                        Endpoint.of(Worlds.region("c")).withGeo("GEO-NA"),
                        Endpoint.of(Worlds.region("d")).withGeo("WORLD")));

        assertThat(answer(profile, "a b c d", health, CLIENT, 0, continent, country, subdivision))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "a b,  served at both,        b c,  NODATA", // a has no version: stopped, and no climb to the country
        "-a b, switched off is unmapped, a b c, b",
    })
    void rule06GeographicDoesNotClimbFromAStoppedEndpoint(
            String endpoints, String why, String served, String expected) {
        var parsed = endpoints(endpoints);
        var profile = new Profile.Geographic(
                SETTINGS, List.of(parsed.get(0).withGeo("US-CA"), parsed.get(1).withGeo("US")));

        assertThat(answer(profile, served, "", CLIENT, 0, "NA", "US", "CA"))
                .as(why)
                .isEqualTo(expected);
    }

    @Test
    void rule06GeographicWithoutAMappingIsNoData() {
        var profile = new Profile.Geographic(
                SETTINGS, List.of(Endpoint.of(Worlds.region("a")).withGeo("US")));

        assertThat(answer(profile, "a", "a=up", CLIENT, 0, "EU", "DE", "")).isEqualTo("NODATA");
        assertThat(answer(profile, "a", "a=up", CLIENT, 0, "", "", "")).isEqualTo("NODATA");
    }

    @ParameterizedTest(name = "{0} with {1}, fallback {2}: {3}")
    @CsvSource({
        "10.1.2.3,      a=up b=up c=up,    true,  a",
        "10.0.0.20,     a=up b=up c=up,    true,  b",
        "10.0.0.21,     a=up b=up c=up,    true,  c",
        "192.0.2.1,     a=up b=up c=up,    true,  c",
        "2001:db8::9,   a=up b=up c=up,    true,  b",
        "2001:db9::9,   a=up b=up c=up,    false, NODATA",
        "192.0.2.1,     a=up b=up c=up,    false, NODATA",
        "10.1.2.3,      a=down b=up c=up,  true,  c",
        "10.1.2.3,      a=down b=up c=up,  false, NODATA",
        "10.1.2.3,      a=down b=down c=down, false, a",
    })
    void rule07SubnetGoesToTheRangeThenToTheFallback(String client, String health, boolean fallback, String expected) {
        var endpoints = new ArrayList<>(List.of(
                Endpoint.of(Worlds.region("a")).withSubnets("10.1.0.0/16"),
                Endpoint.of(Worlds.region("b")).withSubnets("10.0.0.10-10.0.0.20", "2001:db8::/32")));
        if (fallback) {
            endpoints.add(Endpoint.of(Worlds.region("c")));
        }

        assertThat(answer(new Profile.Subnet(SETTINGS, endpoints), "a b c", health, client, 0, "", "", ""))
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "family {0}, right family {1}: {2}")
    @CsvSource({"4, false, v6", "6, false, v6", "4, true, v4", "6, true, v6", "0, true, v6"})
    void rule09TheDecisionIsMadeBeforeLookingAtTheTypeUnlessWanted(int family, boolean wanted, String expected) {
        var six = Endpoint.of("v6", new Endpoint.Address("2001:db8::1"));
        var four = Endpoint.of("v4", new Endpoint.Address("192.0.2.1"));
        var profile = new Profile.Priority(wanted ? RIGHT_FAMILY : SETTINGS, List.of(six, four));
        var table = Worlds.table("a");
        var compiled = CompiledProfile.compile(profile, Worlds.extension("a"), table, HealthView.UNKNOWN);
        var choice = new Choice();
        var bits = Worlds.bits(CLIENT);

        compiled.choose(Worlds.near(table), bits.high(), bits.low(), family, 1, choice);

        assertThat(compiled.endpoints().get(choice.endpoint(0)).path()).isEqualTo(expected);
    }

    @Test
    void rule09ANestedProfileFindsTheRightFamilyTooAndHostsHaveBoth() {
        var inner = new Profile.Priority(
                SETTINGS,
                List.of(
                        Endpoint.of("six", new Endpoint.Address("2001:db8::1")),
                        Endpoint.of("four", new Endpoint.Address("192.0.2.1"))));
        var outer = new Profile.Priority(
                RIGHT_FAMILY,
                List.of(
                        Endpoint.of("inner", new Endpoint.Nested(inner, 1)),
                        Endpoint.of("cdn", new Endpoint.Host("cdn.example.net"))));

        assertThat(answer(outer, "a", "", CLIENT, 4, "", "", "")).isEqualTo("192.0.2.1");
        assertThat(answer(outer, "a", "192.0.2.1=down", CLIENT, 4, "", "", ""))
                .as("what is left of the nested profile has no such address")
                .isEqualTo("cdn.example.net");
        assertThat(answer(outer, "a", "192.0.2.1=down cdn.example.net=down", CLIENT, 4, "", "", ""))
                .as("of two that are down the first that has the family")
                .isEqualTo("cdn.example.net");
    }

    @ParameterizedTest(name = "{0} for {1}: /{2}")
    @CsvSource({
        "performance, 192.0.2.7,   24",
        "priority,    192.0.2.7,   0",
        "weighted,    192.0.2.7,   0",
        "multivalue,  192.0.2.7,   0",
        "geographic,  192.0.2.7,   24",
        "subnet,      10.1.2.3,    16",
        "subnet,      10.0.2.3,    16",
        "subnet,      192.0.2.7,   1",
        "subnet,      2001:db8::1, 32",
        "subnet,      ::1,         81",
    })
    void rule10TheScopeIsWhatTheMethodLookedAt(String method, String client, int expected) {
        Profile profile =
                switch (method) {
                    case "geographic" ->
                        new Profile.Geographic(
                                SETTINGS,
                                List.of(Endpoint.of(Worlds.region("a")).withGeo("WORLD")));
                    case "subnet" ->
                        new Profile.Subnet(
                                SETTINGS,
                                List.of(
                                        Endpoint.of(Worlds.region("a")).withSubnets("10.1.0.0/16", "2001:db8::/32"),
                                        Endpoint.of(Worlds.region("b"))));
                    default -> profile(method, SETTINGS, endpoints("a b"));
                };
        var table = Worlds.table("a b");
        var compiled = CompiledProfile.compile(profile, Worlds.extension("a b"), table, HealthView.UNKNOWN);
        var choice = new Choice();
        var bits = Worlds.bits(client);

        compiled.choose(Worlds.near(table), bits.high(), bits.low(), 0, 7, choice);

        assertThat(choice.scopePrefix()).isEqualTo(expected);
    }

    @Test
    void regionsThatAreNotLiveOrDrainedAreStopped() {
        var table = RegionTable.of(
                Worlds.environment(Worlds.regions("a b c")),
                List.of(
                        Worlds.document(Worlds.region("a"), "10.0.0.1", RegionState.DRAINING),
                        Worlds.document(Worlds.region("b"), "10.0.0.2", RegionState.LIVE),
                        Worlds.document(Worlds.region("c"), "10.0.0.3", RegionState.RAMPING)));
        var health = new HealthView(
                Map.of(), Map.of(), Map.of(), Map.of(Worlds.region("b"), "is drained by override 7 of ops@contoso"));
        var compiled = CompiledProfile.compile(Profile.standard(), Worlds.extension("a b c"), table, health);

        assertThat(Worlds.answer(compiled, Worlds.near(table), CLIENT, 0, 1)).isEqualTo("c");
        assertThat(compiled.endpoints())
                .extracting(CompiledEndpoint::note)
                .containsExactly("is draining", "is drained by override 7 of ops@contoso", "");
    }

    @Test
    void severalEndpointsAtOnePlaceShareItsClientsAndEachClientStays() {
        var endpoints = Arrays.asList("192.0.2.1", "192.0.2.2").stream()
                .map(address ->
                        Endpoint.of(address, new Endpoint.Address(address)).withLocation("b"))
                .toList();
        var table = Worlds.table("a b c");
        var compiled = CompiledProfile.compile(
                new Profile.Performance(SETTINGS, endpoints, 0), Worlds.extension("a"), table, HealthView.UNKNOWN);
        var choice = new Choice();
        int first = 0;
        for (int client = 0; client < 1_000; client++) {
            long low = 0xffff_0a00_0000L + client * 256L;
            compiled.choose(Worlds.near(table), 0, low + 3, 0, client, choice);
            int taken = choice.endpoint(0);
            first += taken == 0 ? 1 : 0;
            compiled.choose(Worlds.near(table), 0, low + 200, 0, -client, choice);
            assertThat(choice.endpoint(0)).isEqualTo(taken);
        }

        assertThat(first).isBetween(452, 548);
        assertThat(choice.scopePrefix()).isEqualTo(24);
        // Both down: the next closest place, none here, so both again.
        assertThat(answer(
                        new Profile.Performance(
                                SETTINGS, List.of(endpoints.getFirst(), Endpoint.of(Worlds.region("c"))), 0),
                        "c",
                        "192.0.2.1=down c=up"))
                .isEqualTo("c");
    }
}
