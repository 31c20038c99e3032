package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.Route;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.model.document.RegionDocument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PerformanceRoutingTest {
    private static final long SEED = 20261123;
    private static final VersionLabel V1 = new VersionLabel("1.0.0");
    private static final GeoPoint LONDON = new GeoPoint(51.5142, -0.0931);
    private static final List<RegionName> DECLARED =
            regions("westcentralus southcentralus westus westeurope southeastasia brazilsouth");
    private static final Map<RegionName, RegionDocument> REGIONS = devRegions();

    private static Map<RegionName, RegionDocument> devRegions() {
        var points = List.of(
                new GeoPoint(40.89, -110.234),
                new GeoPoint(29.4167, -98.5),
                new GeoPoint(37.783, -122.417),
                new GeoPoint(52.3667, 4.9),
                new GeoPoint(1.283, 103.833),
                new GeoPoint(-23.55, -46.633));
        var regions = new TreeMap<RegionName, RegionDocument>();
        for (int i = 0; i < points.size(); i++) {
            regions.put(DECLARED.get(i), region(DECLARED.get(i), points.get(i), RegionState.LIVE, List.of("10.0.0.1")));
        }
        return regions;
    }

    private static RegionDocument region(
            RegionName name, GeoPoint location, RegionState state, List<String> addresses) {
        return new RegionDocument(
                RegionDocument.SCHEMA,
                name,
                new EnvironmentName("prod"),
                name.value(),
                location,
                List.of(),
                addresses,
                List.of(),
                state,
                1,
                "");
    }

    private static EnvironmentDocument environment(List<RegionName> order) {
        return new EnvironmentDocument(
                EnvironmentDocument.SCHEMA,
                new EnvironmentName("prod"),
                "ext.portolan.test",
                List.of("portal.portolan.test"),
                StageDefinition.standard(),
                order,
                Duration.ZERO,
                List.of(),
                List.of("ns1.ext.portolan.test"),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                false);
    }

    private static ExtensionDocument extension(Iterable<RegionName> served) {
        var pointers = new HashMap<RegionName, ExtensionDocument.Pointer>();
        served.forEach(region -> pointers.put(region, new ExtensionDocument.Pointer(V1, "stage5", "", 100, 1)));
        var digest = Digest.of(new byte[0]);
        return new ExtensionDocument(
                ExtensionDocument.SCHEMA,
                new ExtensionName("Contoso_Orders"),
                new Route("orders"),
                Profile.standard(),
                pointers,
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(
                        V1,
                        new ExtensionDocument.HeldVersion(
                                digest, digest, VersionState.PUBLISHED, false, true, List.of("region"))));
    }

    private static List<RegionName> regions(String names) {
        return names.isBlank()
                ? List.of()
                : Arrays.stream(names.split(" ")).map(RegionName::new).toList();
    }

    private static RoutingDecision decide(List<RegionName> served, GeoPoint point, String down) {
        return decide(environment(DECLARED), REGIONS, extension(served), List.of(point), Set.copyOf(regions(down)));
    }

    /** @param point of the client, or nothing */
    private static RoutingDecision decide(
            EnvironmentDocument environment,
            Map<RegionName, RegionDocument> world,
            ExtensionDocument extension,
            List<GeoPoint> point,
            Set<RegionName> down) {
        var table = RegionTable.of(environment, world.values());
        var network = point.isEmpty()
                ? OrderedNetwork.unknown(table, 0)
                : OrderedNetwork.at(point.getFirst(), table, OrderedNetwork.Facts.row("192.0.2.0/24", 24));
        return CompiledProfile.compile(Profile.standard(), extension, table, HealthView.down(down))
                .explain(network, new AddressRange.Bits(0, 0xffffc0000201L), 0, 0);
    }

    private static String chosen(RoutingDecision decision) {
        return decision.chosen().map(RegionName::value).orElse("none");
    }

    @ParameterizedTest(name = "{0}, {3} down: {4}")
    @CsvSource({
        "London,        51.5142,  -0.0931, '',                                         westeurope",
        "São Paulo,    -23.55,   -46.63,   '',                                         brazilsouth",
        "Singapore,      1.35,   103.82,   '',                                         southeastasia",
        "San Francisco, 37.77,  -122.42,   '',                                         westus",
        "Dallas,        32.78,   -96.80,   '',                                         southcentralus",
        "Denver,        39.74,  -104.99,   '',                                         westcentralus",
        "Fiji,         -17.7,    178.0,    '',                                         southeastasia",
        "Honolulu,      21.3,   -157.9,    '',                                         westus",
        "London,        51.5142,  -0.0931, westeurope,                                 westcentralus",
        "San Francisco, 37.77,  -122.42,   westus,                                     westcentralus",
        "San Francisco, 37.77,  -122.42,   westus westcentralus,                       southcentralus",
    })
    void theNearestThatIsUp(String city, double latitude, double longitude, String down, String expected) {
        var decision = decide(DECLARED, new GeoPoint(latitude, longitude), down);

        assertThat(chosen(decision)).as(city).isEqualTo(expected);
        assertThat(decision.reason())
                .startsWith(expected + " has the lowest latency")
                .contains("and is being checked");
        regions(down).forEach(region -> assertThat(decision.reason()).contains(region.value()));
    }

    @Test
    void onlyRegionsThatWereGivenAVersion() {
        var decision = decide(regions("brazilsouth southeastasia"), LONDON, "");

        assertThat(chosen(decision)).isEqualTo("brazilsouth");
        assertThat(decision.candidates()).hasSize(6);
        assertThat(decision.candidates().subList(0, 2))
                .extracting(RoutingDecision.Candidate::label)
                .containsExactly("brazilsouth", "southeastasia");
        assertThat(decision.candidates().get(2).label()).isEqualTo("westeurope");
        assertThat(decision.candidates().get(2).rejection()).isEqualTo("has no version of Contoso_Orders");
        assertThat(decision.candidates().get(1).rejection()).isEqualTo("is farther than brazilsouth");
    }

    @Test
    void servedNowhereIsNoAnswer() {
        var decision = decide(List.of(), LONDON, "");

        assertThat(decision.chosen()).isEmpty();
        assertThat(decision.reason()).isEqualTo("no live region serves Contoso_Orders");
    }

    @Test
    void allDownIsAnsweredAsIfAllWereUp() {
        var decision = decide(regions("brazilsouth westeurope"), LONDON, "brazilsouth westeurope");

        assertThat(chosen(decision)).isEqualTo("westeurope");
        assertThat(decision.reason()).contains("all that serve it are down");
    }

    @Test
    void anUnknownClientGetsTheDeclaredOrder() {
        var decision = decide(
                environment(DECLARED), REGIONS, extension(DECLARED), List.of(), Set.copyOf(regions("westcentralus")));

        assertThat(chosen(decision)).isEqualTo("southcentralus");
        assertThat(decision.candidates())
                .extracting(RoutingDecision.Candidate::label)
                .containsExactly(
                        "southcentralus", "westcentralus", "westus", "westeurope", "southeastasia", "brazilsouth");
        assertThat(decision.candidates())
                .allSatisfy(c -> assertThat(c.rttMillis()).isEmpty());
        assertThat(decision.reason()).contains("place is unknown", "down: westcentralus");
    }

    @Test
    void regionsThatAreNotLiveOrHaveNoAddressAreLeftOut() {
        var some = new TreeMap<>(REGIONS);
        var europe = new RegionName("westeurope");
        var central = new RegionName("westcentralus");
        some.put(europe, region(europe, LONDON, RegionState.DRAINING, List.of("10.0.0.1")));
        some.put(central, region(central, LONDON, RegionState.LIVE, List.of()));

        var decision = decide(environment(DECLARED), some, extension(DECLARED), List.of(LONDON), Set.of());

        assertThat(decision.candidates())
                .filteredOn(c -> Set.of("westeurope", "westcentralus").contains(c.label()))
                .extracting(RoutingDecision.Candidate::rejection)
                .containsExactlyInAnyOrder("is draining", "has no address");
        assertThat(decision.chosen()).isPresent().get().isNotIn(europe, central);
    }

    @Test
    void estimatesTheRoundTripFromTheDistance() {
        // Chicago to New York and back: 1,145 km of great circle, about 17 to 20 ms on the public internet.
        assertThat(OrderedNetwork.rttOfDistance(1_145)).isCloseTo(19, within(1.5));
        assertThat(OrderedNetwork.rttOfDistance(0)).isZero();
    }

    /** Whatever the world looks like: never outside the subset, never empty while a region serves it, best of those up, stable. */
    @Test
    void row_8_2_theAnswerIsTheLowestLatencyOfThoseThatAreUp() {
        var random = new Random(SEED);
        for (int round = 0; round < 3_000; round++) {
            var names = new ArrayList<RegionName>();
            var world = new HashMap<RegionName, RegionDocument>();
            for (int i = 0; i < 1 + random.nextInt(12); i++) {
                var name = new RegionName("r" + i);
                names.add(name);
                var state = random.nextInt(5) == 0 ? RegionState.HELD : RegionState.LIVE;
                world.put(name, region(name, point(random), state, List.of("10.0.0.1")));
            }
            var order = new ArrayList<>(names.subList(0, random.nextInt(names.size() + 1)));
            Collections.shuffle(order, random);
            var served = subset(names, random);
            var down = subset(names, random);
            var place = random.nextInt(4) == 0 ? List.<GeoPoint>of() : List.of(point(random));

            var decision = decide(environment(order), world, extension(served), place, down);

            var able = served.stream()
                    .filter(name -> document(world, name).state() == RegionState.LIVE)
                    .collect(Collectors.toSet());
            var hint = "seed " + SEED + " round " + round;
            assertThat(decision.chosen().isPresent()).as(hint).isEqualTo(!able.isEmpty());
            assertThat(decision.candidates()).as(hint).hasSize(world.size());
            assertThat(decision.candidates().stream()
                            .filter(c -> c.rejection().isEmpty())
                            .count())
                    .as(hint)
                    .isEqualTo(able.isEmpty() ? 0 : 1);
            decision.chosen().ifPresent(chosen -> {
                assertThat(able).as(hint).contains(chosen);
                var usable = able.stream().anyMatch(name -> !down.contains(name))
                        ? able.stream().filter(name -> !down.contains(name)).toList()
                        : List.copyOf(able);
                assertThat(usable).as(hint).contains(chosen);
                place.forEach(at -> usable.forEach(other -> assertThat(distance(world, chosen, at))
                        .as(hint)
                        .isLessThanOrEqualTo(distance(world, other, at))));
            });
            var again = decide(environment(order), new TreeMap<>(world), extension(served), place, Set.copyOf(down));
            assertThat(again).as(hint).isEqualTo(decision);
        }
    }

    private static RegionDocument document(Map<RegionName, RegionDocument> world, RegionName name) {
        return Objects.requireNonNull(world.get(name), name.value());
    }

    private static double distance(Map<RegionName, RegionDocument> world, RegionName name, GeoPoint at) {
        return document(world, name).location().distanceKm(at);
    }

    private static Set<RegionName> subset(List<RegionName> names, Random random) {
        var some = new HashSet<RegionName>();
        int chance = random.nextInt(11);
        names.stream().filter(name -> random.nextInt(10) < chance).forEach(some::add);
        return some;
    }

    private static GeoPoint point(Random random) {
        return new GeoPoint(random.nextInt(-90, 91), random.nextInt(-180, 181));
    }
}
