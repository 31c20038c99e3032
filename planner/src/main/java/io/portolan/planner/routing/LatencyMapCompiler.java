package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a {@link LatencyMap} of networks, the layers of {@link LatencyEstimator} and measurements. Pure: the same input gives the same
 * map, bit for bit. One thread at a time; used once.
 *
 * <p>For an address the longest network of the location source and the longest measured network count, each on its own. Where there
 * are more distinct points than {@link #ROW_LIMIT}, figures are computed for the middle of cells of a grid, the finest that is coarse
 * enough; half the diagonal of the coarsest cell (1°) is 79 km, or 1.2 ms.
 */
public final class LatencyMapCompiler {
    /** Most rows of figures that come from places. */
    public static final int ROW_LIMIT = 1 << 16;

    /** Most networks with measurements. */
    public static final int MEASURED_LIMIT = 200_000;

    /** Most regions of an environment. */
    public static final int REGION_LIMIT = 1_000;

    /** Grids in cells a degree; 0 is none. With one cell a degree there are fewer cells than {@link #ROW_LIMIT}. */
    private static final int[] GRIDS = {0, 4, 2, 1};

    private final LatencyEstimator estimator;
    private final Map<String, Integer> strings = new HashMap<>();
    private final List<String> texts = new ArrayList<>();
    private final Map<CharBuffer, Integer> orders = new HashMap<>();
    private final Map<CharBuffer, Integer> layers = new HashMap<>();
    private final Map<RowKey, Integer> rows = new HashMap<>();
    private final List<Row> rowList = new ArrayList<>();
    private final Map<Long, Integer> entries = new HashMap<>();
    private final LongList entryList = new LongList();

    private record RowKey(int latitude, int longitude, int measured) {}

    private record Row(int order, int layers, int table, char[] rtts, int[] samples) {}

    /** Pairs of row and place, in the order of their numbers. */
    private static final class LongList {
        private long[] values = new long[64];
        private int size;

        int add(long value) {
            if (size == values.length) {
                values = java.util.Arrays.copyOf(values, size * 2);
            }
            values[size] = value;
            return size++;
        }
    }

    private LatencyMapCompiler(LatencyEstimator estimator) {
        this.estimator = estimator;
    }

    /**
     * Compiles.
     *
     * @param measured measurements of networks
     * @param origin   what the map is made of, for people
     * @throws IllegalArgumentException beyond a limit, or when a network stands twice
     */
    public static LatencyMap compile(
            LocationRows locations,
            Map<IpBlock, List<LatencyMeasurement>> measured,
            LatencyEstimator estimator,
            String origin) {
        if (estimator.regions().size() > REGION_LIMIT) {
            throw new IllegalArgumentException(
                    "regions: " + estimator.regions().size() + " (expected: at most " + REGION_LIMIT + ")");
        }
        if (measured.size() > MEASURED_LIMIT) {
            throw new IllegalArgumentException(
                    "measured networks: " + measured.size() + " (expected: at most " + MEASURED_LIMIT + ")");
        }
        return new LatencyMapCompiler(estimator).compile(locations, measured, origin);
    }

    private LatencyMap compile(LocationRows locations, Map<IpBlock, List<LatencyMeasurement>> measured, String origin) {
        var places = new Places(locations.places());
        int grid = grid(places);
        var blocks = measured.keySet().stream()
                .sorted(java.util.Comparator.comparing(IpBlock::first).thenComparing(IpBlock::length))
                .toList();
        var samples = blocks.stream().map(measured::get).toList();
        FlatRanges.Both both = (place, network) -> place == FlatRanges.NOTHING
                ? FlatRanges.NOTHING
                : entry(places, place, grid, network, network < 0 ? List.of() : samples.get(network));
        var v4 = FlatRanges.overlay(FlatRanges.of(locations.v4()), FlatRanges.of(column(32, blocks)), both);
        var v6 = FlatRanges.overlay(FlatRanges.of(locations.v6()), FlatRanges.of(column(128, blocks)), both);
        return new LatencyMap(columns(places, v4, v6, origin));
    }

    private static LocationRows.Column column(int width, List<IpBlock> blocks) {
        var column = new LocationRows.Column(width);
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).first().width() == width) {
                column.add(blocks.get(i), i);
            }
        }
        return column;
    }

    /** The finest grid on which there are not too many points. */
    private static int grid(Places places) {
        for (int grid : GRIDS) {
            var points = new java.util.HashSet<Long>();
            for (int place = 0; place < places.size(); place++) {
                if (places.isLocated(place)) {
                    points.add((long) snapped(places.latitudes[place], grid) << 32
                            | snapped(places.longitudes[place], grid) & 0xffff_ffffL);
                }
            }
            if (points.size() <= ROW_LIMIT) {
                return grid;
            }
        }
        return GRIDS[GRIDS.length - 1];
    }

    /** Middle of the cell that holds a coordinate. */
    private static int snapped(int coordinate, int grid) {
        if (grid == 0) {
            return coordinate;
        }
        int cell = (int) (LatencyColumns.DEGREE / grid);
        // 90 and 180 degrees belong to the last cell: the middle of the next one would lie beyond them.
        int limit = coordinate == 90_000_000 || coordinate == 180_000_000 ? coordinate - 1 : coordinate;
        return Math.floorDiv(limit, cell) * cell + cell / 2;
    }

    private int entry(Places places, int place, int grid, int network, List<LatencyMeasurement> measured) {
        int row = LatencyColumns.NONE;
        if (places.isLocated(place)) {
            var key = new RowKey(
                    snapped(places.latitudes[place], grid), snapped(places.longitudes[place], grid), network);
            row = rows.computeIfAbsent(key, none -> {
                rowList.add(row(LatencyMap.point(key.latitude(), key.longitude()), measured));
                return rowList.size() - 1;
            });
        }
        long pair = (long) row << 32 | place;
        return entries.computeIfAbsent(pair, none -> entryList.add(pair));
    }

    private Row row(GeoPoint client, List<LatencyMeasurement> measured) {
        var figures = estimator.estimate(client, measured);
        int n = figures.size();
        var rtts = new char[n];
        var layer = new char[n];
        var samples = new int[n];
        boolean sampled = false;
        for (int region = 0; region < n; region++) {
            var figure = figures.get(region);
            rtts[region] =
                    (char) Math.clamp(Math.round(figure.rttMillis() * LatencyColumns.MILLI), 1, Character.MAX_VALUE);
            layer[region] = (char) figure.layer().ordinal();
            samples[region] = figure.samples();
            sampled |= figure.samples() > 0;
        }
        var order = java.util.stream.IntStream.range(0, n)
                .boxed()
                .sorted(java.util.Comparator.comparingInt((Integer region) -> rtts[region]))
                .toList();
        var ranks = new char[n];
        for (int rank = 0; rank < n; rank++) {
            ranks[rank] = (char) (int) order.get(rank);
        }
        boolean tabled = figures.stream().anyMatch(figure -> figure.layer() != LatencyLayer.DISTANCE);
        int table = estimator
                .row(client)
                .filter(none -> tabled)
                .map(name -> string(name.value()))
                .orElse(LatencyColumns.NONE);
        return new Row(number(orders, ranks), number(layers, layer), table, rtts, sampled ? samples : new int[0]);
    }

    private static int number(Map<CharBuffer, Integer> known, char[] values) {
        return known.computeIfAbsent(CharBuffer.wrap(values), none -> known.size());
    }

    private int string(String text) {
        return text.isEmpty()
                ? LatencyColumns.NONE
                : strings.computeIfAbsent(text, none -> {
                    texts.add(text);
                    return texts.size() - 1;
                });
    }

    /** Coordinates of places in whole units: what the map can carry is what figures are computed from. */
    private static final class Places {
        private final List<NetworkPlace> places;
        private final int[] latitudes;
        private final int[] longitudes;
        private final byte[] flags;

        Places(List<NetworkPlace> places) {
            this.places = places;
            latitudes = new int[places.size()];
            longitudes = new int[places.size()];
            flags = new byte[places.size()];
            for (int i = 0; i < places.size(); i++) {
                int set = places.get(i).sure() ? LatencyColumns.SURE : 0;
                if (places.get(i).point() instanceof Place.At at) {
                    set |= LatencyColumns.LOCATED;
                    latitudes[i] = units(at.point().latitude());
                    longitudes[i] = units(at.point().longitude());
                }
                flags[i] = (byte) set;
            }
        }

        int size() {
            return places.size();
        }

        boolean isLocated(int place) {
            return (flags[place] & LatencyColumns.LOCATED) != 0;
        }
    }

    private static int units(double degrees) {
        return (int) Math.round(degrees * LatencyColumns.DEGREE);
    }

    private static short letters(String code) {
        return code.isEmpty() ? 0 : (short) (code.charAt(0) << 8 | code.charAt(1));
    }

    private LatencyColumns columns(Places places, FlatRanges v4, FlatRanges v6, String origin) {
        int n = estimator.regions().size();
        var subdivisions = new int[places.size()];
        var labels = new int[places.size()];
        var continents = new short[places.size()];
        var countries = new short[places.size()];
        for (int i = 0; i < places.size(); i++) {
            var place = places.places.get(i);
            subdivisions[i] = string(place.subdivision());
            labels[i] = string(place.label());
            continents[i] = letters(place.continent());
            countries[i] = letters(place.country());
        }
        var regions = estimator.regions();
        var ordered = new short[orders.size() * n];
        orders.forEach((ranks, number) -> {
            for (int i = 0; i < n; i++) {
                ordered[number * n + i] = (short) ranks.get(i);
            }
        });
        var layered = new byte[layers.size() * n];
        layers.forEach((layer, number) -> {
            for (int i = 0; i < n; i++) {
                layered[number * n + i] = (byte) layer.get(i);
            }
        });
        var rtts = new char[Math.multiplyExact(rowList.size(), n)];
        var sampled = rowList.stream().filter(row -> row.samples().length > 0).toList();
        var rowSamples = new int[rowList.size()];
        var samples = new int[sampled.size() * n];
        for (int i = 0, next = 0; i < rowList.size(); i++) {
            System.arraycopy(rowList.get(i).rtts(), 0, rtts, i * n, n);
            rowSamples[i] = rowList.get(i).samples().length == 0 ? LatencyColumns.NONE : next;
            if (rowSamples[i] != LatencyColumns.NONE) {
                System.arraycopy(rowList.get(i).samples(), 0, samples, next++ * n, n);
            }
        }
        return new LatencyColumns(
                origin,
                regions.stream().map(region -> region.name().value()).toArray(String[]::new),
                regions.stream()
                        .mapToInt(region -> units(region.place().latitude()))
                        .toArray(),
                regions.stream()
                        .mapToInt(region -> units(region.place().longitude()))
                        .toArray(),
                texts.toArray(String[]::new),
                places.latitudes,
                places.longitudes,
                places.flags,
                continents,
                countries,
                subdivisions,
                labels,
                ordered,
                layered,
                rowList.stream().mapToInt(Row::order).toArray(),
                rowList.stream().mapToInt(Row::layers).toArray(),
                rowList.stream().mapToInt(Row::table).toArray(),
                rowSamples,
                rtts,
                samples,
                java.util.stream.IntStream.range(0, entryList.size)
                        .map(entry -> (int) (entryList.values[entry] >> 32))
                        .toArray(),
                java.util.stream.IntStream.range(0, entryList.size)
                        .map(entry -> (int) entryList.values[entry])
                        .toArray(),
                java.util.stream.IntStream.range(0, v4.size())
                        .map(range -> (int) v4.low(range))
                        .toArray(),
                java.util.stream.IntStream.range(0, v4.size()).map(v4::value).toArray(),
                java.util.stream.IntStream.range(0, v6.size())
                        .mapToLong(v6::high)
                        .toArray(),
                java.util.stream.IntStream.range(0, v6.size())
                        .mapToLong(v6::low)
                        .toArray(),
                java.util.stream.IntStream.range(0, v6.size()).map(v6::value).toArray());
    }
}
