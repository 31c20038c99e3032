package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Measured round-trip times between regions, the second layer of the latency map. Immutable.
 *
 * <p>It is no metric: in the table that Microsoft publishes a detour over a third region is more than 5 ms shorter for 9.5 % of the
 * pairs, and both directions of a pair differ by up to 18 ms. Nothing here assumes otherwise.
 */
public final class RegionLatencies {
    /** Round trips beyond this are no figure of a network that works. */
    public static final double MOST_MILLIS = 2_000;

    /** Round trip within a region, which such tables leave out. */
    public static final double WITHIN_MILLIS = 1;

    /** No table. */
    public static final RegionLatencies NONE = new RegionLatencies("", Map.of(), Map.of());

    private final String name;
    private final Map<RegionName, GeoPoint> places;
    private final Map<RegionName, Map<RegionName, Double>> rows;

    private RegionLatencies(
            String name, Map<RegionName, GeoPoint> places, Map<RegionName, Map<RegionName, Double>> rows) {
        this.name = name;
        this.places = new TreeMap<>(places);
        this.rows = rows;
    }

    /** One cell as it was read; {@code line} is where it stands. */
    public record Cell(int line, RegionName source, RegionName destination, double rttMillis) {
        public Cell {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(destination, "destination");
        }
    }

    /** A cell that was not taken, and why. */
    public record Rejected(Cell cell, String reason) {}

    /** What came of reading a table. */
    public record Checked(RegionLatencies table, List<Rejected> rejected, int accepted) {
        public Checked {
            rejected = List.copyOf(rejected);
        }
    }

    /**
     * Takes the cells that can be true: both regions' places are known, nothing is faster than light in fibre along the great circle,
     * nothing is slower than {@link #MOST_MILLIS}, no pair stands twice. The others are told, and left out.
     *
     * @param name   of the table, for explanations
     * @param places of all regions that are known
     */
    public static Checked check(String name, List<Cell> cells, Map<RegionName, GeoPoint> places) {
        var rows = new HashMap<RegionName, Map<RegionName, Double>>();
        var rejected = new ArrayList<Rejected>();
        int accepted = 0;
        for (var cell : cells) {
            var reason = fault(cell, places, rows);
            if (reason.isEmpty()) {
                rows.computeIfAbsent(cell.source(), none -> new HashMap<>()).put(cell.destination(), cell.rttMillis());
                accepted++;
            } else {
                rejected.add(new Rejected(cell, reason));
            }
        }
        var named = new HashMap<RegionName, GeoPoint>();
        rows.keySet().forEach(region -> named.put(region, Objects.requireNonNull(places.get(region))));
        return new Checked(new RegionLatencies(name, named, rows), rejected, accepted);
    }

    private static String fault(
            Cell cell, Map<RegionName, GeoPoint> places, Map<RegionName, Map<RegionName, Double>> rows) {
        var from = places.get(cell.source());
        var to = places.get(cell.destination());
        if (from == null || to == null) {
            return "the place of " + (from == null ? cell.source() : cell.destination()) + " is not known";
        }
        if (cell.source().equals(cell.destination())) {
            return "is no pair of regions";
        }
        double distanceKm = from.distanceKm(to);
        double least = DistanceFit.leastMillis(distanceKm);
        // Tables carry whole milliseconds: half of one is rounding.
        if (!(cell.rttMillis() > 0) || cell.rttMillis() + 0.5 < least) {
            return String.format(
                    Locale.ROOT,
                    "%.1f ms is faster than light in fibre (expected: at least %.1f ms for %.0f km)",
                    cell.rttMillis(),
                    least,
                    distanceKm);
        }
        if (cell.rttMillis() > MOST_MILLIS) {
            return String.format(Locale.ROOT, "%.1f ms (expected: at most %.0f ms)", cell.rttMillis(), MOST_MILLIS);
        }
        return rows.getOrDefault(cell.source(), Map.of()).containsKey(cell.destination()) ? "stands twice" : "";
    }

    /** Its name, empty text for none. */
    public String name() {
        return name;
    }

    /** Whether it says nothing. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Regions that have a row. */
    public List<RegionName> sources() {
        return List.copyOf(places.keySet());
    }

    /** Place of a region that has a row. */
    public GeoPoint place(RegionName source) {
        return Objects.requireNonNull(places.get(source), "region without a row");
    }

    /** The region with a row that is nearest to a point; the first by name among equally near ones. */
    public Optional<RegionName> nearest(GeoPoint point) {
        return places.entrySet().stream()
                .min(Comparator.comparingDouble((Map.Entry<RegionName, GeoPoint> entry) ->
                                entry.getValue().distanceKm(point))
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey);
    }

    /** Round trip of a pair; where one direction is missing, that of the other. */
    public OptionalDouble rttMillis(RegionName source, RegionName destination) {
        if (source.equals(destination)) {
            return OptionalDouble.of(WITHIN_MILLIS);
        }
        var there = rows.getOrDefault(source, Map.of()).get(destination);
        var back = there == null ? rows.getOrDefault(destination, Map.of()).get(source) : there;
        return back == null ? OptionalDouble.empty() : OptionalDouble.of(back);
    }
}
