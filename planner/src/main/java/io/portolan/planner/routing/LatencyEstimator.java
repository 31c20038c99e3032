package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Round-trip times from a client's network to every region, from the weakest layer to the strongest. Pure and immutable.
 *
 * <ol>
 *   <li>{@link DistanceFit}, from the client's place.
 *   <li>The region table: the row of the region nearest to the client corrects the fit by as much as the fit is wrong for that row,
 *       the less the farther the client is from that region: {@code fit(client, r) + (row(r) - fit(row, r)) · e^(-d / 3000 km)}. So a
 *       client at a region has exactly its row, and one far from all has the fit.
 *   <li>Measurements, shrunk by their number (empirical Bayes): first the network's own constant, which all its figures share
 *       (access network) and which would make measured regions look worse than others, then each region's own part.
 * </ol>
 */
public final class LatencyEstimator {
    /**
     * Distance over which a row fades by 1/e. With each region of the 2026-07 table as a client whose own row is taken away, mean
     * regret over random subsets of regions is 4.9 ms for the fit, 3.8 ms for the nearest row as it stands, and 3.0, 2.3, 2.0 and 2.0 ms
     * at 500, 1000, 3000 and 5000 km.
     */
    public static final double ROW_REACH_KM = 3_000;

    /** Spread of single round trips of one network to one region (standard deviation): wireless access and queues. An assumption. */
    public static final double SAMPLE_SPREAD_MILLIS = 25;

    /** Error of the fit (its root mean square error), and so what a sample has to beat. */
    public static final double FIT_SPREAD_MILLIS = DistanceFit.ERROR_MILLIS;

    /** Error of a region table that is a year old: standard deviation of the differences between those of 2025-06 and 2026-07. */
    public static final double TABLE_SPREAD_MILLIS = 16.5;

    /** Spread of the constants of access networks: RIPE Atlas has 55 ms more than the backbone between regions. An assumption. */
    public static final double NETWORK_SPREAD_MILLIS = 50;

    private final List<Region> regions;
    private final RegionLatencies table;

    /** A region to be ordered. */
    public record Region(RegionName name, GeoPoint place) {
        public Region {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(place, "place");
        }
    }

    /** With the regions in the environment's declared order. */
    public LatencyEstimator(List<Region> regions, RegionLatencies table) {
        this.regions = List.copyOf(regions);
        this.table = Objects.requireNonNull(table, "table");
    }

    /** The regions, in declared order. */
    public List<Region> regions() {
        return regions;
    }

    /** The region whose row holds for clients at a point; empty without a table. */
    public Optional<RegionName> row(GeoPoint client) {
        return table.nearest(client);
    }

    /** Figures of all regions without measurements, in declared order. */
    public List<LatencyFigure> prior(GeoPoint client) {
        var row = row(client);
        var figures = new ArrayList<LatencyFigure>(regions.size());
        for (var region : regions) {
            double distanceKm = client.distanceKm(region.place());
            double fit = DistanceFit.rttMillis(distanceKm);
            var cell = row.map(source -> table.rttMillis(source, region.name()));
            if (cell.isPresent() && cell.get().isPresent()) {
                var source = table.place(row.orElseThrow());
                double wrong = cell.get().getAsDouble() - DistanceFit.rttMillis(source.distanceKm(region.place()));
                double estimate = fit + wrong * Math.exp(-client.distanceKm(source) / ROW_REACH_KM);
                figures.add(
                        new LatencyFigure(region.name(), atLeast(estimate, distanceKm), LatencyLayer.REGION_TABLE, 0));
            } else {
                figures.add(new LatencyFigure(region.name(), fit, LatencyLayer.DISTANCE, 0));
            }
        }
        return figures;
    }

    /** No estimate beats light, and none is zero. */
    private static double atLeast(double estimate, double distanceKm) {
        return Math.max(estimate, Math.max(DistanceFit.leastMillis(distanceKm), RegionLatencies.WITHIN_MILLIS));
    }

    /** Figures of all regions, in declared order; measurements of regions that are none of these are left out. */
    public List<LatencyFigure> estimate(GeoPoint client, List<LatencyMeasurement> measurements) {
        var prior = prior(client);
        var measured = byRegion(measurements);
        if (prior.stream().noneMatch(figure -> measured.containsKey(figure.region()))) {
            return prior;
        }
        double constant = networkConstant(prior, measured);
        return prior.stream()
                .map(figure -> posterior(figure, constant, measured.get(figure.region())))
                .toList();
    }

    /** Several measurements of a region count together. */
    private static Map<RegionName, LatencyMeasurement> byRegion(List<LatencyMeasurement> measurements) {
        var byRegion = new HashMap<RegionName, LatencyMeasurement>();
        for (var one : measurements) {
            byRegion.merge(one.region(), one, (a, b) -> {
                int samples = Math.addExact(a.samples(), b.samples());
                return new LatencyMeasurement(
                        a.region(), (a.rttMillis() * a.samples() + b.rttMillis() * b.samples()) / samples, samples);
            });
        }
        return byRegion;
    }

    /**
     * What all of the network's figures have in common: the mean of the differences to the layers below, each weighted by how much it
     * can be trusted, shrunk towards nothing.
     */
    private static double networkConstant(List<LatencyFigure> prior, Map<RegionName, LatencyMeasurement> measured) {
        double precisions = 1 / square(NETWORK_SPREAD_MILLIS);
        double sum = 0;
        for (var figure : prior) {
            var one = measured.get(figure.region());
            if (one != null) {
                double precision = 1 / (square(spread(figure.layer())) + square(SAMPLE_SPREAD_MILLIS) / one.samples());
                sum += precision * (one.rttMillis() - figure.rttMillis());
                precisions += precision;
            }
        }
        // An access network only adds; what can be too much below it is the fit's own constant.
        return Math.max(sum / precisions, -DistanceFit.BASE_MILLIS);
    }

    private static LatencyFigure posterior(
            LatencyFigure prior, double constant, @Nullable LatencyMeasurement measured) {
        double shifted = Math.max(prior.rttMillis() + constant, RegionLatencies.WITHIN_MILLIS);
        if (measured == null) {
            return new LatencyFigure(prior.region(), shifted, prior.layer(), 0);
        }
        double weight = weight(prior.layer(), measured.samples());
        double blended = shifted + weight * (measured.rttMillis() - shifted);
        return new LatencyFigure(prior.region(), blended, LatencyLayer.MEASURED, measured.samples());
    }

    /** Share that so many samples have against a figure of that layer: {@code n / (n + s² / t²)}. */
    static double weight(LatencyLayer prior, int samples) {
        return samples / (samples + square(SAMPLE_SPREAD_MILLIS) / square(spread(prior)));
    }

    private static double spread(LatencyLayer layer) {
        return layer == LatencyLayer.DISTANCE ? FIT_SPREAD_MILLIS : TABLE_SPREAD_MILLIS;
    }

    private static double square(double value) {
        return value * value;
    }

    /** The figures from the least to the greatest; equal ones stay in declared order. */
    public static List<LatencyFigure> ordered(List<LatencyFigure> figures) {
        return figures.stream()
                .sorted(Comparator.comparingDouble(LatencyFigure::rttMillis))
                .toList();
    }
}
