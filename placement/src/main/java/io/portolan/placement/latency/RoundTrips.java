package io.portolan.placement.latency;

import io.portolan.placement.data.CloudRegion;
import io.portolan.placement.data.Place;
import io.portolan.placement.data.RegionCatalogue;
import io.portolan.placement.data.RegionRtt;
import io.portolan.placement.workload.Network;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Round-trip times from places to regions, in layers; the first that has a figure gives it. Immutable.
 *
 * <ol>
 *   <li>{@code MEASURED}: what the workload brings, whole paths.
 *   <li>{@code REGION_TABLE}: to the region nearest to the place by distance, from there on by the measured table of round trips
 *       between regions (Azure network latency statistics, P50, 2026-07). Only where that region is at most
 *       {@value #NEAR_KM} km away: a path is not forced through a place that is not on its way.
 *   <li>{@code DISTANCE}: base plus so much for 1,000 km of great circle. The standard 20 ms + 14.7 ms is the least-squares fit of
 *       that same table (R² 0.82, RMSE 33 ms); means of RIPE Atlas between countries have the same slope (15.0) and 55 ms more
 *       constant, which is access networks and detours.
 * </ol>
 *
 * The user's access network is added to the latter two.
 */
public final class RoundTrips {
    /** Farthest region that stands for a place in the region table. */
    static final int NEAR_KM = 1_500;

    private static final double KM_PER_UNIT = 1_000;

    private final double[][] path;
    private final Layer[][] layers;
    private final double accessMillis;

    /** Where a figure comes from. */
    public enum Layer {
        /** Measured over the whole path. */
        MEASURED,
        /** Distance to the nearest region, then the table. */
        REGION_TABLE,
        /** Fit over distance. */
        DISTANCE
    }

    private RoundTrips(double[][] path, Layer[][] layers, double accessMillis) {
        this.path = path;
        this.layers = layers;
        this.accessMillis = accessMillis;
    }

    /** Figures for each place (first index) and region (second). */
    public static RoundTrips of(Network network, List<Place> places, List<CloudRegion> regions) {
        var path = new double[places.size()][regions.size()];
        var layers = new Layer[places.size()][regions.size()];
        for (int i = 0; i < places.size(); i++) {
            var place = places.get(i);
            var measured = network.measured().getOrDefault(place.code(), Map.of());
            var gate = RegionCatalogue.bundled().all().stream()
                    .min(Comparator.comparingDouble(
                            (CloudRegion region) -> region.location().distanceKm(place.location())))
                    .orElseThrow();
            double toGate = gate.location().distanceKm(place.location());
            for (int j = 0; j < regions.size(); j++) {
                var region = regions.get(j);
                var known = measured.get(region.name());
                var table = RegionRtt.bundled().between(gate.name(), region.name());
                if (known != null) {
                    layers[i][j] = Layer.MEASURED;
                    path[i][j] = Math.max(0, known - network.accessMillis());
                } else if (network.regionTable()
                        && toGate <= NEAR_KM
                        && table.isPresent()
                        && !gate.name().equals(region.name())) {
                    layers[i][j] = Layer.REGION_TABLE;
                    path[i][j] = table.getAsDouble() + toGate / KM_PER_UNIT * network.per1000KmMillis();
                } else {
                    layers[i][j] = Layer.DISTANCE;
                    double km = region.location().distanceKm(place.location());
                    path[i][j] = network.baseMillis() + km / KM_PER_UNIT * network.per1000KmMillis();
                }
            }
        }
        return new RoundTrips(path, layers, network.accessMillis());
    }

    /** Round trip without the user's access network, milliseconds. */
    public double pathMillis(int place, int region) {
        return path[place][region];
    }

    /** Whole round trip, milliseconds. */
    public double millis(int place, int region) {
        return accessMillis + path[place][region];
    }

    /** Where the figure comes from. */
    public Layer layer(int place, int region) {
        return layers[place][region];
    }
}
