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

    /**
     * Errors of the layers below: most figures are nearly right and some are far off, so a sample that agrees should change little, and one
     * that does not should be believed. Mixtures of two normal distributions, fitted by expectation maximisation to the differences of the
     * 2026-07 table from the distance fit and from the table of 2025-06 (2,355 pairs).
     */
    static final Errors FIT_ERRORS = new Errors(0.74, 19, 56);

    static final Errors TABLE_ERRORS = new Errors(0.61, 2.4, 27);

    /** Rounds in which the network's constant settles; it hardly moves after three. */
    private static final int ROUNDS = 8;

    /** Spread of the constants of access networks: RIPE Atlas has 55 ms more than the backbone between regions. An assumption. */
    public static final double NETWORK_SPREAD_MILLIS = 50;

    private final List<Region> regions;
    private final RegionLatencies table;

    /**
     * How wrong a figure is.
     *
     * @param share  of the figures that are nearly right
     * @param narrow standard deviation of those, milliseconds
     * @param wide   of the others
     */
    record Errors(double share, double narrow, double wide) {
        /** How likely a figure is one of those nearly right, if what was measured with this variance differs by so much. */
        double nearlyRight(double difference, double variance) {
            double right = share * density(difference, square(narrow) + variance);
            double wrong = (1 - share) * density(difference, square(wide) + variance);
            return right + wrong == 0 ? 0 : right / (right + wrong);
        }

        private static double density(double difference, double variance) {
            return Math.exp(-square(difference) / (2 * variance)) / Math.sqrt(variance);
        }

        /** Share of the difference that is real. */
        double shrinkage(double difference, double variance) {
            double right = nearlyRight(difference, variance);
            return right * square(narrow) / (square(narrow) + variance)
                    + (1 - right) * square(wide) / (square(wide) + variance);
        }

        /** What the difference says of what all have in common. */
        double precision(double difference, double variance) {
            double right = nearlyRight(difference, variance);
            return right / (square(narrow) + variance) + (1 - right) / (square(wide) + variance);
        }
    }

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
     * can be trusted, shrunk towards nothing; weights and mean in turn, as a figure that is far off must not move the others.
     */
    private static double networkConstant(List<LatencyFigure> prior, Map<RegionName, LatencyMeasurement> measured) {
        double constant = 0;
        for (int round = 0; round < ROUNDS; round++) {
            double precisions = 1 / square(NETWORK_SPREAD_MILLIS);
            double sum = 0;
            for (var figure : prior) {
                var one = measured.get(figure.region());
                if (one != null) {
                    double difference = one.rttMillis() - figure.rttMillis();
                    double precision = errors(figure.layer()).precision(difference - constant, variance(one));
                    sum += precision * difference;
                    precisions += precision;
                }
            }
            // An access network only adds; what can be too much below it is the fit's own constant.
            constant = Math.max(sum / precisions, -DistanceFit.BASE_MILLIS);
        }
        return constant;
    }

    private static double variance(LatencyMeasurement measured) {
        return square(SAMPLE_SPREAD_MILLIS) / measured.samples();
    }

    private static LatencyFigure posterior(
            LatencyFigure prior, double constant, @Nullable LatencyMeasurement measured) {
        double shifted = Math.max(prior.rttMillis() + constant, RegionLatencies.WITHIN_MILLIS);
        if (measured == null) {
            return new LatencyFigure(prior.region(), shifted, prior.layer(), 0);
        }
        double difference = measured.rttMillis() - shifted;
        double real = errors(prior.layer()).shrinkage(difference, variance(measured));
        return new LatencyFigure(
                prior.region(), shifted + real * difference, LatencyLayer.MEASURED, measured.samples());
    }

    private static Errors errors(LatencyLayer layer) {
        return layer == LatencyLayer.DISTANCE ? FIT_ERRORS : TABLE_ERRORS;
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
