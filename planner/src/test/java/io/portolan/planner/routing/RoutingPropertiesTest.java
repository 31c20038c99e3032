package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Monitor;
import io.portolan.model.document.Profile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What holds of every profile over every world, with seeded generators. */
final class RoutingPropertiesTest {
    private static final long SEED = 20261127;
    private static final String[] NAMES = {"a", "b", "c", "d", "e", "f"};
    private static final String[] GEO = {"US-CA", "US", "GEO-NA", "DE", "GEO-EU", "WORLD"};
    private static final String[] SUBNETS = {
        "10.0.0.0/8", "11.0.0.0-11.0.0.77", "2001:db8::/32", "192.0.2.0/24", "198.51.100.9", "::1-::ff"
    };
    private static final String[] CLIENTS = {"10.1.2.3", "11.0.0.80", "192.0.2.1", "2001:db8::1", "::9", "8.8.8.8"};

    private static Profile random(Random random, int depth) {
        var endpoints = new ArrayList<Endpoint>();
        int count = random.nextInt(1, 6);
        int method = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            var endpoint = method != 4 && depth > 1 && random.nextInt(3) == 0
                    ? Endpoint.of("n" + i, new Endpoint.Nested(random(random, depth - 1), random.nextInt(1, 4)))
                    : random.nextInt(4) == 0
                            ? Endpoint.of(
                                    "x" + i,
                                    new Endpoint.Address(random.nextBoolean() ? "192.0.2.2" + i : "2001:db8::" + i + 1))
                            : Endpoint.of(
                                    "r" + i, new Endpoint.InRegion(Worlds.region(NAMES[random.nextInt(NAMES.length)])));
            if (method == 0) {
                endpoint = endpoint.withLocation(
                        endpoint.target() instanceof Endpoint.InRegion ? "" : NAMES[random.nextInt(NAMES.length)]);
            } else if (method == 3) {
                endpoint = endpoint.withGeo(GEO[i]);
            } else if (method == 5 && (i > 0 || random.nextBoolean())) {
                endpoint = endpoint.withSubnets(SUBNETS[i]);
            }
            endpoint = endpoint.withWeight(random.nextInt(1, 1001));
            int mode = random.nextInt(8);
            boolean nested = endpoint.target() instanceof Endpoint.Nested;
            endpoints.add(
                    mode == 0
                            ? endpoint.withMode(Endpoint.Mode.DISABLED)
                            : mode == 1 && !nested ? endpoint.withMode(Endpoint.Mode.ALWAYS_SERVE) : endpoint);
        }
        var settings = new Profile.Settings(random.nextInt(12) != 0, -1, random.nextBoolean(), Monitor.STANDARD);
        return switch (method) {
            case 0 -> new Profile.Performance(settings, endpoints, random.nextBoolean() ? 0 : 15);
            case 1 -> new Profile.Priority(settings, endpoints);
            case 2 -> new Profile.Weighted(settings, endpoints);
            case 3 -> new Profile.Geographic(settings, endpoints);
            case 4 -> new Profile.MultiValue(settings, distinct(endpoints), random.nextInt(1, 11));
            default -> new Profile.Subnet(settings, endpoints);
        };
    }

    private static List<Endpoint> distinct(List<Endpoint> endpoints) {
        var seen = new HashSet<Endpoint.Target>();
        return endpoints.stream()
                .filter(endpoint -> seen.add(endpoint.target()))
                .toList();
    }

    private static HealthView health(Random random) {
        var regions = new HashMap<io.portolan.model.RegionName, EndpointHealth>();
        var externals = new HashMap<String, EndpointHealth>();
        var admitted = new HashMap<io.portolan.model.RegionName, Integer>();
        var values = EndpointHealth.values();
        for (var name : NAMES) {
            if (random.nextBoolean()) {
                regions.put(Worlds.region(name), values[random.nextInt(values.length)]);
            }
            if (random.nextInt(5) == 0) {
                admitted.put(Worlds.region(name), random.nextInt(1001));
            }
        }
        for (int i = 0; i < 6; i++) {
            externals.put("192.0.2.2" + i, values[random.nextInt(values.length)]);
        }
        return new HealthView(regions, externals, admitted, Map.of());
    }

    /** Whether some rule of the tree may say NODATA although an endpoint could be served. */
    private static boolean mayBeEmpty(Profile profile) {
        boolean own = profile instanceof Profile.Geographic || profile instanceof Profile.Subnet;
        return own
                || profile.endpoints().stream()
                        .anyMatch(endpoint ->
                                endpoint.target() instanceof Endpoint.Nested nested && mayBeEmpty(nested.profile()));
    }

    @Test
    void answersLieWithinTheSubsetAreNeverEmptyWithoutARuleAndSayWhatTheExplanationSays() {
        var random = new Random(SEED);
        var table = Worlds.table("a b c d e f");
        int answered = 0;
        for (int round = 0; round < 4_000; round++) {
            var hint = "seed " + SEED + " round " + round;
            var profile = random(random, 3);
            assertThat(ProfileRules.violations(profile)).as(hint).isEmpty();
            var served = new StringBuilder();
            for (var name : NAMES) {
                served.append(random.nextInt(4) == 0 ? "" : name + " ");
            }
            var health = health(random);
            var extension = Worlds.extension(served.toString());
            var compiled = CompiledProfile.compile(profile, extension, table, health);
            var network = random.nextInt(5) == 0
                    ? OrderedNetwork.unknown(table, 0)
                    : Worlds.near(table, "NA", "US", random.nextBoolean() ? "CA" : "");
            var client = Worlds.bits(CLIENTS[random.nextInt(CLIENTS.length)]);
            long draw = random.nextLong();
            int family = random.nextInt(3) * 2;
            var choice = new Choice();

            compiled.choose(network, client.high(), client.low(), family, draw, choice);

            var seen = new HashSet<Integer>();
            for (int i = 0; i < choice.count(); i++) {
                var endpoint = compiled.endpoints().get(choice.endpoint(i));
                assertThat(endpoint.state().eligible()).as(hint).isTrue();
                assertThat(seen.add(choice.endpoint(i)))
                        .as(hint + ": no endpoint twice")
                        .isTrue();
                if (endpoint.target() instanceof Endpoint.InRegion in) {
                    assertThat(extension.pointer(in.region())).as(hint).isPresent();
                }
            }
            if (!profile.settings().enabled()) {
                assertThat(choice.outcome()).as(hint).isEqualTo(Choice.Outcome.NO_NAME);
            } else if (!mayBeEmpty(profile)) {
                assertThat(choice.count() > 0).as(hint).isEqualTo(compiled.state() != EndpointState.STOPPED);
            }
            answered += choice.count() > 0 ? 1 : 0;
            var again = new Choice();
            compiled.choose(network, client.high(), client.low(), family, draw, again);
            var explained = compiled.explain(network, client, family, draw);
            assertThat(again.count()).as(hint).isEqualTo(choice.count());
            assertThat(explained.outcome()).as(hint).isEqualTo(choice.outcome());
            assertThat(explained.chosenEndpoints()).as(hint).hasSize(choice.count());
            for (int i = 0; i < choice.count(); i++) {
                assertThat(again.endpoint(i)).as(hint).isEqualTo(choice.endpoint(i));
                assertThat(explained.chosenEndpoints().get(i).label())
                        .as(hint)
                        .isEqualTo(compiled.endpoints().get(choice.endpoint(i)).label());
            }
            assertThat(explained.reason()).as(hint).isNotBlank();
            assertNumbersDoNotDependOnHealth(compiled, profile, extension, table, hint);
        }
        assertThat(answered).as("the generator reaches answers").isGreaterThan(1_500);
    }

    private static void assertNumbersDoNotDependOnHealth(
            CompiledProfile compiled,
            Profile profile,
            io.portolan.model.document.ExtensionDocument extension,
            RegionTable table,
            String hint) {
        assertThat(CompiledProfile.compile(profile, extension, table, HealthView.UNKNOWN)
                        .endpoints())
                .as(hint)
                .extracting(CompiledEndpoint::path)
                .isEqualTo(compiled.endpoints().stream()
                        .map(CompiledEndpoint::path)
                        .toList());
    }

    @Test
    void allDegradedIsAllOnline() {
        var random = new Random(SEED + 1);
        var table = Worlds.table("a b c d e f");
        var all = "a b c d e f";
        var down = Worlds.health("a=down b=down c=down d=down e=down f=down");
        var up = Worlds.health("a=up b=up c=up d=up e=up f=up");
        for (int round = 0; round < 1_000; round++) {
            var endpoints = new ArrayList<Endpoint>();
            for (var name : NAMES) {
                if (random.nextBoolean()) {
                    endpoints.add(Endpoint.of(Worlds.region(name)).withWeight(random.nextInt(1, 9)));
                }
            }
            var profile =
                    switch (random.nextInt(4)) {
                        case 0 -> new Profile.Performance(Profile.Settings.STANDARD, endpoints, 15);
                        case 1 -> new Profile.Priority(Profile.Settings.STANDARD, endpoints);
                        case 2 -> new Profile.Weighted(Profile.Settings.STANDARD, endpoints);
                        default -> new Profile.MultiValue(Profile.Settings.STANDARD, endpoints, 3);
                    };
            long draw = random.nextLong();
            var network = Worlds.near(table);

            assertThat(Worlds.answer(
                            CompiledProfile.compile(profile, Worlds.extension(all), table, down),
                            network,
                            "192.0.2.9",
                            0,
                            draw))
                    .as("seed " + SEED + " round " + round)
                    .isEqualTo(Worlds.answer(
                            CompiledProfile.compile(profile, Worlds.extension(all), table, up),
                            network,
                            "192.0.2.9",
                            0,
                            draw));
        }
    }

    @Test
    void weightsHoldWithinThreeSigmaAlsoInNestedProfiles() {
        var inner = new Profile.Weighted(
                Profile.Settings.STANDARD,
                List.of(
                        Endpoint.of(Worlds.region("c")).withWeight(3),
                        Endpoint.of(Worlds.region("d")).withWeight(1)));
        var profile = new Profile.Weighted(
                Profile.Settings.STANDARD,
                List.of(
                        Endpoint.of(Worlds.region("a")).withWeight(50),
                        Endpoint.of(Worlds.region("b")).withWeight(10),
                        Endpoint.of("inner", new Endpoint.Nested(inner, 1)).withWeight(40)));
        var table = Worlds.table("a b c d");
        var random = new Random(SEED);
        var expected = new TreeMap<>(Map.of("a", 0.5, "b", 0.1, "c", 0.3, "d", 0.1));

        assertShares(profile, table, HealthView.UNKNOWN, random, expected);
        // b down: the others share in proportion.
        assertShares(
                profile,
                table,
                Worlds.health("b=down"),
                random,
                new TreeMap<>(Map.of("a", 5 / 9.0, "c", 3 / 9.0, "d", 1 / 9.0)));
    }

    private static void assertShares(
            Profile profile, RegionTable table, HealthView health, Random random, Map<String, Double> expected) {
        int draws = 40_000;
        var compiled = CompiledProfile.compile(profile, Worlds.extension("a b c d"), table, health);
        var counts = new HashMap<String, Integer>();
        for (int i = 0; i < draws; i++) {
            counts.merge(
                    Worlds.answer(compiled, Worlds.near(table), "192.0.2.1", 0, random.nextLong()), 1, Integer::sum);
        }
        assertThat(counts.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, share) -> {
            double sigma = Math.sqrt(draws * share * (1 - share));
            assertThat((double) counts.getOrDefault(name, 0)).as(name).isCloseTo(draws * share, within(3 * sigma));
        });
    }

    @Test
    void severalValuesAreDrawnEvenly() {
        var profile = new Profile.MultiValue(Profile.Settings.STANDARD, List.of(), 2);
        var table = Worlds.table("a b c d e");
        var compiled = CompiledProfile.compile(profile, Worlds.extension("a b c d e"), table, Worlds.health("e=down"));
        var random = new Random(SEED);
        var counts = new HashMap<String, Integer>();
        int draws = 20_000;
        for (int i = 0; i < draws; i++) {
            for (var name : Worlds.answer(compiled, Worlds.near(table), "192.0.2.1", 0, random.nextLong())
                    .split(" ")) {
                counts.merge(name, 1, Integer::sum);
            }
        }
        assertThat(counts.keySet()).isEqualTo(Set.of("a", "b", "c", "d"));
        counts.forEach((name, count) ->
                assertThat((double) count).as(name).isCloseTo(draws / 2.0, within(3 * Math.sqrt(draws * 0.25))));
    }
}
