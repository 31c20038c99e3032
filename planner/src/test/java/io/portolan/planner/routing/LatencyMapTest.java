package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LatencyMapTest {
    private static final long SEED = 11;
    private static final List<LatencyEstimator.Region> REGIONS = List.of(
            region("westus", 37.783, -122.417),
            region("eastus", 37.3719, -79.8164),
            region("westeurope", 52.3667, 4.9),
            region("southeastasia", 1.283, 103.833),
            region("brazilsouth", -23.55, -46.633));
    private static final LatencyEstimator FIT = new LatencyEstimator(REGIONS, RegionLatencies.NONE);

    private static LatencyEstimator.Region region(String name, double latitude, double longitude) {
        return new LatencyEstimator.Region(new RegionName(name), new GeoPoint(latitude, longitude));
    }

    @Test
    void ordersAllRegionsForALocatedNetworkAndNoneForAnother() {
        var map = compile("81.2.69.0/24,51.5,-0.12,London", Map.of());

        var entry = LatencyMap.entry(map.find(IpBits.parse("81.2.69.142")));
        assertThat(map.place(entry).label()).isEqualTo("London");
        assertThat(map.order(entry))
                .extracting(figure -> figure.region().value())
                .containsExactly("westeurope", "eastus", "westus", "brazilsouth", "southeastasia");
        assertThat(map.order(entry)).allMatch(figure -> figure.layer() == LatencyLayer.DISTANCE);
        assertThat(map.order(entry).getFirst().rttMillis()).isBetween(24.0, 26.0);
        assertThat(LatencyMap.entry(map.find(IpBits.parse("81.2.70.1")))).isEqualTo(LatencyMap.NO_ENTRY);
        assertThat(LatencyMap.entry(map.find(IpBits.parse("::1")))).isEqualTo(LatencyMap.NO_ENTRY);
    }

    @Test
    void aMeasurementOverridesForItsNetworkOnly() {
        var measured = Map.of(
                IpBlock.parse("81.2.69.128/25"),
                List.of(
                        new LatencyMeasurement(new RegionName("eastus"), 70, 500),
                        new LatencyMeasurement(new RegionName("westeurope"), 140, 500)));

        var map = compile("81.2.69.0/24,51.5,-0.12,London", measured);

        var plain = map.order(LatencyMap.entry(map.find(IpBits.parse("81.2.69.1"))));
        var better = map.order(LatencyMap.entry(map.find(IpBits.parse("81.2.69.200"))));
        assertThat(plain.getFirst().region().value()).isEqualTo("westeurope");
        assertThat(better.getFirst().region().value()).isEqualTo("eastus");
        assertThat(better.getFirst().layer()).isEqualTo(LatencyLayer.MEASURED);
        assertThat(better.getFirst().samples()).isEqualTo(500);
        assertThat(better.getLast().layer()).isEqualTo(LatencyLayer.DISTANCE);
        assertThat(LatencyMap.scope(map.find(IpBits.parse("81.2.69.200")))).isEqualTo(25);
    }

    @Test
    void neighboursWithTheSameAnswersShareAScope() {
        var map = compile("""
                10.0.0.0/25,51.5,-0.12,Soho
                10.0.0.128/25,51.5,-0.12,Strand
                """, Map.of());

        var found = map.find(IpBits.parse("10.0.0.1"));
        assertThat(map.place(LatencyMap.entry(found)).label()).isEqualTo("Soho");
        assertThat(LatencyMap.scope(found)).isEqualTo(24);
    }

    @Test
    void aNetworkWithACodeAndNoPointHasNoOrder() {
        var map = compile("prefix,country\n10.0.0.0/8,gb", Map.of());

        int entry = LatencyMap.entry(map.find(IpBits.parse("10.1.2.3")));
        assertThat(map.place(entry).country()).isEqualTo("GB");
        assertThat(map.place(entry).point()).isEqualTo(new Place.Unknown());
        assertThat(map.order(entry)).isEmpty();
    }

    private static LatencyMap compile(String csv, Map<IpBlock, List<LatencyMeasurement>> measured) {
        return LatencyMapCompiler.compile(LocationCsv.read(csv, "test.csv", Map.of()), measured, FIT, "test.csv");
    }

    /**
     * Against the plain definition: the longest network of each source; the order by figure, then declared; the scope is the widest
     * block in which the answers are the same (here by trying all addresses at which anything begins or ends).
     */
    @Test
    void agreesWithThePlainDefinition() {
        var random = new Random(SEED);
        for (int round = 0; round < 150; round++) {
            int width = random.nextBoolean() ? 32 : 128;
            var places = randomPlaces(random);
            var rows = new LocationRows();
            var located = new HashMap<IpBlock, NetworkPlace>();
            for (int i = 0; i < random.nextInt(30); i++) {
                var block = randomBlock(random, width);
                var place = places.get(random.nextInt(places.size()));
                if (located.putIfAbsent(block, place) == null) {
                    rows.add(block, place);
                }
            }
            var measured = new HashMap<IpBlock, List<LatencyMeasurement>>();
            for (int i = 0; i < random.nextInt(6); i++) {
                measured.put(randomBlock(random, width), randomMeasurements(random));
            }
            var map = LatencyMapCompiler.compile(rows, measured, FIT, "random");
            var read = LatencyMapFormat.read(ByteBuffer.wrap(LatencyMapFormat.write(map)));

            for (var address : interesting(random, width, located, measured)) {
                agrees(map, located, measured, address);
                assertThat(read.find(address)).isEqualTo(map.find(address));
            }
        }
    }

    private static void agrees(
            LatencyMap map,
            Map<IpBlock, NetworkPlace> located,
            Map<IpBlock, List<LatencyMeasurement>> measured,
            IpBits address) {
        var found = map.find(address);
        int entry = LatencyMap.entry(found);
        var expected = answer(located, measured, address);
        assertThat(entry >= 0).as("%s", address).isEqualTo(expected.place().isPresent());
        expected.place().ifPresent(place -> {
            assertThat(map.place(entry)).isEqualTo(place);
            assertThat(map.order(entry)).extracting(LatencyFigure::region).containsExactlyElementsOf(expected.order());
        });
        var block = IpBlock.around(address, LatencyMap.scope(found));
        var edges = edges(address.width(), located, measured);
        assertThat(edges.stream().filter(edge -> holds(block, edge)))
                .as("in %s around %s", block, address)
                .allMatch(edge -> answer(located, measured, edge).same(expected));
        if (block.length() > 0) {
            var wider = IpBlock.around(address, block.length() - 1);
            assertThat(edges.stream().filter(edge -> holds(wider, edge)))
                    .as("in %s around %s", wider, address)
                    .anyMatch(edge -> !answer(located, measured, edge).same(expected));
        }
    }

    private record Answer(Optional<NetworkPlace> place, List<LatencyMeasurement> measured, List<RegionName> order) {
        /** The label is for people: answers do not depend on it. */
        boolean same(Answer other) {
            return codes().equals(other.codes())
                    && (order.isEmpty() == other.order.isEmpty())
                    && (order.isEmpty() || measured.equals(other.measured));
        }

        private Optional<NetworkPlace> codes() {
            return place.map(
                    p -> new NetworkPlace(p.point(), p.continent(), p.country(), p.subdivision(), p.sure(), ""));
        }
    }

    private static Answer answer(
            Map<IpBlock, NetworkPlace> located, Map<IpBlock, List<LatencyMeasurement>> measured, IpBits address) {
        var place = longest(located, address);
        var samples = place.isEmpty()
                ? List.<LatencyMeasurement>of()
                : longest(measured, address).orElse(List.of());
        var order = place.map(NetworkPlace::point).orElse(new Place.Unknown()) instanceof Place.At at
                ? FIT.estimate(at.point(), samples).stream()
                        .sorted(Comparator.comparingLong(figure -> Math.round(figure.rttMillis() * 10)))
                        .map(LatencyFigure::region)
                        .toList()
                : List.<RegionName>of();
        return new Answer(place, samples, order);
    }

    private static <T> Optional<T> longest(Map<IpBlock, T> blocks, IpBits address) {
        return blocks.entrySet().stream()
                .filter(entry -> holds(entry.getKey(), address))
                .max(Comparator.comparingInt(entry -> entry.getKey().length()))
                .map(Map.Entry::getValue);
    }

    private static boolean holds(IpBlock block, IpBits address) {
        return block.first().width() == address.width()
                && address.blockStart(block.length()).equals(block.first());
    }

    /** All addresses at which the answer may change: within any block it is what it is at one of these in it. */
    private static List<IpBits> edges(
            int width, Map<IpBlock, NetworkPlace> located, Map<IpBlock, List<LatencyMeasurement>> measured) {
        var edges = new ArrayList<>(List.of(IpBits.lowest(width), IpBits.highest(width)));
        for (var blocks : List.of(located.keySet(), measured.keySet())) {
            for (var block : blocks) {
                edges.add(block.first());
                edges.add(block.last());
                if (!block.first().equals(IpBits.lowest(width))) {
                    edges.add(block.first().previous());
                }
                if (!block.last().equals(IpBits.highest(width))) {
                    edges.add(block.last().next());
                }
            }
        }
        return edges;
    }

    private static List<IpBits> interesting(
            Random random,
            int width,
            Map<IpBlock, NetworkPlace> located,
            Map<IpBlock, List<LatencyMeasurement>> measured) {
        var edges = new ArrayList<>(edges(width, located, measured));
        IntStream.range(0, 10).forEach(i -> edges.add(randomBlock(random, width).first()));
        return edges;
    }

    /** Crowded, so that blocks often lie in each other and side by side. */
    private static IpBlock randomBlock(Random random, int width) {
        int length = random.nextInt(10) == 0 ? random.nextInt(width + 1) : 18 + random.nextInt(10);
        var address = width == 32
                ? IpBits.v4(0x0a000000 | random.nextInt(1 << 16))
                : new IpBits(128, 0x20010db800000000L | random.nextInt(1 << 14), random.nextLong());
        if (width == 128 && length < 64) {
            length += random.nextInt(48);
        }
        return IpBlock.around(address, Math.min(length, width));
    }

    private static List<NetworkPlace> randomPlaces(Random random) {
        var places = new ArrayList<NetworkPlace>();
        for (int i = 0; i < 6; i++) {
            Place point = random.nextInt(6) == 0
                    ? new Place.Unknown()
                    : new Place.At(new GeoPoint(random.nextInt(-90, 91), random.nextInt(-180, 181)));
            var country = random.nextBoolean() ? "GB" : "";
            places.add(new NetworkPlace(
                    point,
                    random.nextBoolean() ? "EU" : "",
                    country,
                    !country.isEmpty() && random.nextBoolean() ? "GB-ENG" : "",
                    random.nextInt(5) > 0,
                    "place " + random.nextInt(3)));
        }
        return places;
    }

    private static List<LatencyMeasurement> randomMeasurements(Random random) {
        return IntStream.range(0, 1 + random.nextInt(3))
                .mapToObj(i -> new LatencyMeasurement(
                        REGIONS.get(random.nextInt(REGIONS.size())).name(),
                        1 + random.nextInt(300),
                        1 + random.nextInt(100)))
                .toList();
    }

    @Test
    void theSameInputGivesTheSameBytesInAnyOrderOfMeasurements() {
        var one = new HashMap<IpBlock, List<LatencyMeasurement>>();
        var other = new java.util.LinkedHashMap<IpBlock, List<LatencyMeasurement>>();
        var random = new Random(SEED);
        var blocks = IntStream.range(0, 40)
                .mapToObj(i -> randomBlock(random, 32))
                .distinct()
                .toList();
        var samples = randomMeasurements(random);
        blocks.forEach(block -> one.put(block, samples));
        blocks.reversed().forEach(block -> other.put(block, samples));
        var csv = "10.0.0.0/8,51.5,-0.12,London";

        assertThat(LatencyMapFormat.write(compile(csv, one))).isEqualTo(LatencyMapFormat.write(compile(csv, other)));
    }

    @Test
    void writingWhatWasReadGivesTheSameBytes() {
        var bytes = LatencyMapFormat.write(
                compile("10.0.0.0/8,51.5,-0.12,London\n2001:db8::/32,32.8,-96.8,Dallas", Map.of()));

        assertThat(LatencyMapFormat.write(LatencyMapFormat.read(ByteBuffer.wrap(bytes))))
                .isEqualTo(bytes);
    }

    /** Whatever a damaged file says: it is refused with a reason, or read as a map on which every look-up works. */
    @Test
    void aDamagedFileIsRefusedOrHarmless() {
        var random = new Random(SEED);
        var rows = new LocationRows();
        var seen = new HashSet<IpBlock>();
        var places = randomPlaces(random);
        while (seen.size() < 60) {
            var block = randomBlock(random, random.nextBoolean() ? 32 : 128);
            if (seen.add(block)) {
                rows.add(block, places.get(random.nextInt(places.size())));
            }
        }
        var measured = Map.of(IpBlock.parse("10.0.0.0/9"), randomMeasurements(random));
        var good = LatencyMapFormat.write(LatencyMapCompiler.compile(rows, measured, FIT, "fuzz"));
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            var bytes = good.clone();
            int changes = 1 + random.nextInt(3);
            for (int i = 0; i < changes; i++) {
                int at = random.nextInt(3) == 0 ? random.nextInt(64) : random.nextInt(bytes.length);
                bytes[at] =
                        random.nextBoolean() ? (byte) random.nextInt() : (byte) (bytes[at] ^ 1 << random.nextInt(8));
            }
            var file = random.nextInt(4) == 0
                    ? ByteBuffer.wrap(bytes, 0, random.nextInt(bytes.length)).slice()
                    : ByteBuffer.wrap(bytes);
            try {
                var map = LatencyMapFormat.read(file);
                for (int i = 0; i < 20; i++) {
                    int entry = LatencyMap.entry(map.find(
                            randomBlock(random, random.nextBoolean() ? 32 : 128).first()));
                    if (entry >= 0) {
                        assertThat(map.place(entry)).isNotNull();
                        assertThat(map.order(entry).size())
                                .isIn(0, map.regions().size());
                    }
                }
            } catch (IllegalArgumentException expected) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(5_000);
    }

    @Test
    void refusesAnotherVersionByItsNumber() {
        var bytes = LatencyMapFormat.write(compile("10.0.0.0/8,51.5,-0.12,London", Map.of()));
        bytes[7] = 2;

        assertThatThrownBy(() -> LatencyMapFormat.read(ByteBuffer.wrap(bytes)))
                .hasMessage("latency map: version 2 (expected: 1)");
    }

    @Test
    void manyPointsAreComputedOnAGridWithAStatedError() {
        var random = new Random(SEED);
        var rows = new LocationRows();
        int count = LatencyMapCompiler.ROW_LIMIT + 5_000;
        for (int i = 0; i < count; i++) {
            rows.add(
                    new IpBlock(IpBits.v4(i << 8), 24),
                    NetworkPlace.at(
                            new GeoPoint(random.nextInt(-900, 901) / 10.0, random.nextInt(-1800, 1801) / 10.0), ""));
        }

        var few = new LatencyEstimator(REGIONS.subList(0, 3), RegionLatencies.NONE);
        var map = LatencyMapCompiler.compile(rows, Map.of(), few, "many");

        assertThat(map.sizes().rows()).isLessThanOrEqualTo(LatencyMapCompiler.ROW_LIMIT);
        assertThat(map.sizes().orders()).isLessThanOrEqualTo(6);
        for (int i = 0; i < count; i += 97) {
            int entry = LatencyMap.entry(map.find4(i << 8));
            var point = ((Place.At) map.place(entry).point()).point();
            for (var figure : map.order(entry)) {
                var exact = few.prior(point).stream()
                        .filter(other -> other.region().equals(figure.region()))
                        .findFirst()
                        .orElseThrow();
                assertThat(figure.rttMillis()).isBetween(exact.rttMillis() - 1.3, exact.rttMillis() + 1.3);
            }
        }
    }
}
