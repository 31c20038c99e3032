package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A latency map bound to the regions of one revision: the total order of each network in the numbers of a {@link RegionTable}. Immutable.
 *
 * <p>A map is made for the regions that an environment had. Regions that came since are put in by distance; those that went are left out.
 */
public final class BoundMap {
    private final LatencyMap map;
    private final LatencyColumns columns;
    private final RegionTable regions;
    /** Number in the map of each region of the table, -1 for one that came since. */
    private final int[] numberInMap;

    private final int[] declared;
    /** Which order of {@link #orders} a row has. */
    private final int[] rowOrders;

    private final short[] orders;
    /** A point of each row; empty where none is needed. */
    private final GeoPoint[] rowPoints;

    private BoundMap(LatencyMap map, RegionTable regions) {
        this.map = map;
        this.columns = map.columns();
        this.regions = regions;
        int n = regions.size();
        var numbers = new HashMap<RegionName, Integer>();
        for (int i = 0; i < map.regions().size(); i++) {
            numbers.put(map.regions().get(i), i);
        }
        numberInMap = IntStream.range(0, n)
                .map(region -> numbers.getOrDefault(regions.name(region), -1))
                .toArray();
        declared = IntStream.range(0, n).toArray();
        boolean complete = Arrays.stream(numberInMap).noneMatch(number -> number < 0);
        rowPoints = complete ? new GeoPoint[0] : rowPoints();
        if (complete) {
            rowOrders = columns.rowOrders();
            orders = renumbered();
        } else {
            rowOrders = IntStream.range(0, rowPoints.length).toArray();
            orders = new short[Math.multiplyExact(rowPoints.length, n)];
            for (int row = 0; row < rowPoints.length; row++) {
                completed(row);
            }
        }
    }

    /** Binds; costs little where the regions are the map's, else one sort for each row of the map. */
    public static BoundMap of(LatencyMap map, RegionTable regions) {
        return new BoundMap(map, regions);
    }

    /** A point of each row: that of one of its networks. */
    private GeoPoint[] rowPoints() {
        var points = new GeoPoint[columns.rowOrders().length];
        for (int entry = columns.entryRows().length - 1; entry >= 0; entry--) {
            int row = columns.entryRows()[entry];
            if (row >= 0) {
                int place = columns.entryPlaces()[entry];
                points[row] = LatencyMap.point(columns.latitudes()[place], columns.longitudes()[place]);
            }
        }
        return points;
    }

    /** The map's orders in the table's numbers. */
    private short[] renumbered() {
        int n = regions.size();
        int inMap = map.regions().size();
        int count = inMap == 0 ? 0 : columns.orders().length / inMap;
        var inTable = new int[inMap];
        Arrays.fill(inTable, -1);
        for (int region = 0; region < n; region++) {
            inTable[numberInMap[region]] = region;
        }
        var renumbered = new short[Math.multiplyExact(count, n)];
        for (int order = 0; order < count; order++) {
            int rank = 0;
            for (int i = 0; i < inMap; i++) {
                int region = inTable[columns.orders()[order * inMap + i]];
                if (region >= 0) {
                    renumbered[order * n + rank++] = (short) region;
                }
            }
        }
        return renumbered;
    }

    private void completed(int row) {
        int n = regions.size();
        var figures = new double[n];
        for (int region = 0; region < n; region++) {
            figures[region] = rttMillis(row, region);
        }
        var order = IntStream.range(0, n)
                .boxed()
                .sorted((one, other) -> Double.compare(figures[one], figures[other]))
                .toList();
        for (int rank = 0; rank < n; rank++) {
            orders[row * n + rank] = (short) (int) order.get(rank);
        }
    }

    private double rttMillis(int row, int region) {
        int number = numberInMap[region];
        return number >= 0
                ? columns.rtts()[row * map.regions().size() + number] / LatencyColumns.MILLI
                : DistanceFit.rttMillis(distanceKm(row, region));
    }

    private double distanceKm(int row, int region) {
        // A row that no entry has can only stand in a file made by hand; nobody asks for it.
        var point = Objects.requireNonNullElse(rowPoints[row], new GeoPoint(0, 0));
        return point.distanceKm(regions.region(region).location());
    }

    /** The map. */
    public LatencyMap map() {
        return map;
    }

    /** What is known of the network of an address. */
    public ClientNetwork network(IpBits address) {
        return network(address.width(), address.high(), address.low());
    }

    /** The same, by the parts of {@link IpBits}. */
    public ClientNetwork network(int width, long high, long low) {
        return new Network(width, high, low, width == 32 ? map.find4((int) low) : map.find6(high, low));
    }

    /** What the location source said of the network of an address; nothing known where it says nothing. */
    public NetworkPlace place(IpBits address) {
        int entry = LatencyMap.entry(map.find(address));
        return entry == LatencyMap.NO_ENTRY
                ? new NetworkPlace(new Place.Unknown(), "", "", "", true, "")
                : map.place(entry);
    }

    /** One network. Its block is that of the answers, which may be wider than a row of the source, or narrower than it. */
    private final class Network implements ClientNetwork {
        private final int width;
        private final long high;
        private final long low;
        private final int entry;
        private final int scope;
        private final int row;

        Network(int width, long high, long low, long found) {
            this.width = width;
            this.high = high;
            this.low = low;
            this.entry = LatencyMap.entry(found);
            this.scope = LatencyMap.scope(found);
            this.row = entry == LatencyMap.NO_ENTRY ? LatencyColumns.NONE : columns.entryRows()[entry];
        }

        @Override
        public boolean known() {
            return row >= 0;
        }

        @Override
        public int regionAt(int position) {
            return row < 0 ? declared[position] : orders[rowOrders[row] * declared.length + position];
        }

        @Override
        public double rttMillis(int region) {
            return row < 0 ? Double.NaN : BoundMap.this.rttMillis(row, region);
        }

        @Override
        public String source(int region) {
            if (row < 0) {
                return "declared order";
            }
            int number = numberInMap[region];
            int n = map.regions().size();
            int layer = number < 0
                    ? LatencyLayer.DISTANCE.ordinal()
                    : columns.layers()[columns.rowLayers()[row] * n + number];
            return switch (LatencyLayer.values()[layer]) {
                case DISTANCE -> String.format(Locale.ROOT, "distance %d km", Math.round(distanceHere(region)));
                case REGION_TABLE -> "region table " + map.tableRow(entry);
                case MEASURED -> {
                    int samples = columns.rowSamples()[row];
                    yield "measured " + (samples < 0 ? 0 : columns.samples()[samples * n + number]) + " samples";
                }
            };
        }

        /** From the network's own place, which on a grid is not quite that of its row. */
        private double distanceHere(int region) {
            // An entry with a row has a point: the format's check says so.
            var point = ((Place.At) map.place(entry).point()).point();
            return point.distanceKm(regions.region(region).location());
        }

        @Override
        public int scopePrefix() {
            return scope;
        }

        @Override
        public String row() {
            return entry == LatencyMap.NO_ENTRY
                    ? ""
                    : IpBlock.around(new IpBits(width, high, low), scope).toString();
        }

        @Override
        public String continent() {
            return entry == LatencyMap.NO_ENTRY ? "" : map.continent(entry);
        }

        @Override
        public String country() {
            return entry == LatencyMap.NO_ENTRY ? "" : map.country(entry);
        }

        @Override
        public String subdivision() {
            var code = entry == LatencyMap.NO_ENTRY ? "" : map.subdivision(entry);
            // ISO 3166-2 without its country, as the seam wants it.
            return code.isEmpty() ? "" : code.substring(code.indexOf('-') + 1);
        }
    }
}
