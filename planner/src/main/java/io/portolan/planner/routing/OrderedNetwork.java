package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A network given by its figures: regions by round-trip time, equal or unknown ones in the declared order. Immutable.
 */
public final class OrderedNetwork implements ClientNetwork {
    /** Light in fibre goes about two thirds of its speed in vacuum: 200 km a millisecond (group index 1.468, Corning SMF-28). */
    private static final double FIBRE_KM_PER_MILLI = 200;

    /**
     * How much longer real round trips take than light in fibre along the great circle: median over the 2,862 pairs of the region
     * round-trip table that Microsoft publishes (Azure network latency statistics, P50, 2026-07).
     */
    private static final double PATH_FACTOR = 1.66;

    private final int[] order;
    private final double[] rttMillis;
    private final List<String> sources;
    private final Facts facts;

    /**
     * What is known beside latency. Immutable.
     *
     * @param row see {@link ClientNetwork#row()}; with an empty text the network is unknown
     */
    public record Facts(String row, int scopePrefix, String continent, String country, String subdivision) {
        /** A row that says nothing of countries. */
        public static Facts row(String row, int scopePrefix) {
            return new Facts(row, scopePrefix, "", "", "");
        }
    }

    private OrderedNetwork(double[] rttMillis, List<String> sources, Facts facts) {
        this.rttMillis = rttMillis.clone();
        this.sources = List.copyOf(sources);
        this.facts = facts;
        // Stable: equal figures stay in the table's order; not a number sorts behind every number.
        order = IntStream.range(0, rttMillis.length)
                .boxed()
                .sorted((one, other) -> Double.compare(rttMillis[one], rttMillis[other]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * Nothing is known: the declared order.
     *
     * @param scopePrefix length of the block around the address of which nothing is known
     */
    public static OrderedNetwork unknown(RegionTable regions, int scopePrefix) {
        var none = new double[regions.size()];
        java.util.Arrays.fill(none, Double.NaN);
        return new OrderedNetwork(
                none, java.util.Collections.nCopies(none.length, "declared order"), Facts.row("", scopePrefix));
    }

    /** By figures, one a region of the table. */
    public static OrderedNetwork of(double[] rttMillis, List<String> sources, Facts facts) {
        if (rttMillis.length != sources.size()) {
            throw new IllegalArgumentException("sources: " + sources.size() + " (expected: " + rttMillis.length + ")");
        }
        return new OrderedNetwork(rttMillis, sources, facts);
    }

    /** By distance from a point, for want of better figures. */
    public static OrderedNetwork at(GeoPoint point, RegionTable regions, Facts facts) {
        var rtt = new double[regions.size()];
        var sources = new java.util.ArrayList<String>();
        for (int i = 0; i < rtt.length; i++) {
            double distanceKm = regions.region(i).location().distanceKm(point);
            rtt[i] = rttOfDistance(distanceKm);
            sources.add("distance " + Math.round(distanceKm) + " km");
        }
        return new OrderedNetwork(rtt, sources, facts);
    }

    /** Estimated round-trip time over a great-circle distance: there and back in fibre, times the path factor. */
    public static double rttOfDistance(double distanceKm) {
        return 2 * distanceKm / FIBRE_KM_PER_MILLI * PATH_FACTOR;
    }

    @Override
    public boolean known() {
        return !facts.row().isEmpty();
    }

    @Override
    public int regionAt(int position) {
        return order[position];
    }

    @Override
    public double rttMillis(int region) {
        return rttMillis[region];
    }

    @Override
    public String source(int region) {
        return sources.get(region);
    }

    @Override
    public int scopePrefix() {
        return facts.scopePrefix();
    }

    @Override
    public String row() {
        return facts.row();
    }

    @Override
    public String continent() {
        return facts.continent();
    }

    @Override
    public String country() {
        return facts.country();
    }

    @Override
    public String subdivision() {
        return facts.subdivision();
    }
}
