package io.portolan.control;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.placement.data.BundledCsv;
import io.portolan.planner.routing.LatencyCsv;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.LatencyFigure;
import io.portolan.planner.routing.LatencyMeasurement;
import io.portolan.planner.routing.RegionLatencies;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/**
 * How good the order of regions is, on real figures: the truth is the region table of 2026-07, what is known is that of 2025-06. Each
 * region is a client network at its place; extensions are random subsets of the other regions; regret is the round-trip time to the region
 * that the order gives less that to the best of the subset.
 *
 * <p>Measurements are made up from the truth: a network's own constant (the same for all regions), and noise of queues, exponential with
 * the estimator's spread, so skewed as real ones are.
 */
final class RoutingQuality {
    static final int[] SUBSETS = {3, 6, 8, 12};

    /** Regions that half of the measurements go to, in the realistic case. */
    static final int BEST = 5;

    private static final double ACCESS_MILLIS = 55;

    private final RegionLatencies.Checked prior;
    private final RegionLatencies truth;
    private final List<LatencyEstimator.Region> regions;
    private final List<Set<RegionName>> subsets;
    private final long seed;

    /** What regret was, over all networks and subsets. */
    record Regret(double meanMillis, double over10Percent, double over30Percent, double wrongPercent) {}

    /** Where measurements go. */
    enum Sampling {
        /** To all regions alike. */
        EVEN,
        /** Half to the best ones by what is known, half to all. */
        MOSTLY_BEST
    }

    RoutingQuality(long seed, int subsetsOfEachSize) {
        this.seed = seed;
        var places = LocationCompiler.places();
        prior = read(old(), "azure-2025-06", places);
        truth = read(BundledCsv.regionRtt(), "azure-2026-07", places).table();
        regions = truth.sources().stream()
                .map(name -> new LatencyEstimator.Region(name, Objects.requireNonNull(places.get(name))))
                .toList();
        var random = new Random(seed);
        subsets = new ArrayList<>();
        for (int size : SUBSETS) {
            for (int i = 0; i < subsetsOfEachSize; i++) {
                var shuffled = new ArrayList<>(truth.sources());
                Collections.shuffle(shuffled, random);
                subsets.add(new HashSet<>(shuffled.subList(0, size)));
            }
        }
    }

    private static RegionLatencies.Checked read(String csv, String name, Map<RegionName, GeoPoint> places) {
        return RegionLatencies.check(name, LatencyCsv.regions(csv).cells(), places);
    }

    private static String old() {
        try (var in = Objects.requireNonNull(
                RoutingQuality.class.getResourceAsStream("azure-region-rtt-ms-2025-06.csv"), "2025 table")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Last year's table, as the importer takes it. */
    RegionLatencies.Checked prior() {
        return prior;
    }

    Regret distanceOnly() {
        return regret(new LatencyEstimator(regions, RegionLatencies.NONE), 0, Sampling.EVEN);
    }

    Regret table() {
        return regret(new LatencyEstimator(regions, prior.table()), 0, Sampling.EVEN);
    }

    Regret measured(int samples, Sampling sampling) {
        return regret(new LatencyEstimator(regions, prior.table()), samples, sampling);
    }

    Regret measuredWithoutTable(int samples, Sampling sampling) {
        return regret(new LatencyEstimator(regions, RegionLatencies.NONE), samples, sampling);
    }

    private Regret regret(LatencyEstimator estimator, int samples, Sampling sampling) {
        double sum = 0;
        int count = 0;
        int over10 = 0;
        int over30 = 0;
        int wrong = 0;
        var random = new Random(seed + 1);
        for (var client : regions) {
            var known = LatencyEstimator.ordered(estimator.prior(client.place()));
            var order = LatencyEstimator.ordered(estimator.estimate(
                            client.place(), measurements(client.name(), known, samples, sampling, random)))
                    .stream()
                    .map(LatencyFigure::region)
                    .toList();
            for (var subset : subsets) {
                if (!subset.contains(client.name())) {
                    var chosen =
                            order.stream().filter(subset::contains).findFirst().orElseThrow();
                    double best = subset.stream()
                            .mapToDouble(region -> rtt(client.name(), region))
                            .min()
                            .orElseThrow();
                    double regret = rtt(client.name(), chosen) - best;
                    sum += regret;
                    count++;
                    over10 += regret > 10 ? 1 : 0;
                    over30 += regret > 30 ? 1 : 0;
                    wrong += regret > 0 ? 1 : 0;
                }
            }
        }
        return new Regret(sum / count, 100.0 * over10 / count, 100.0 * over30 / count, 100.0 * wrong / count);
    }

    private double rtt(RegionName client, RegionName region) {
        return truth.rttMillis(client, region).orElseThrow();
    }

    private List<LatencyMeasurement> measurements(
            RegionName client, List<LatencyFigure> known, int samples, Sampling sampling, Random random) {
        var sums = new HashMap<RegionName, double[]>();
        double access = random.nextDouble() * 2 * ACCESS_MILLIS;
        for (int i = 0; i < samples; i++) {
            boolean amongBest = sampling == Sampling.MOSTLY_BEST && i % 2 == 0;
            var region = amongBest
                    ? known.get(random.nextInt(BEST)).region()
                    : known.get(random.nextInt(known.size())).region();
            double noise = -Math.log(1 - random.nextDouble()) * LatencyEstimator.SAMPLE_SPREAD_MILLIS;
            var sum = sums.computeIfAbsent(region, none -> new double[2]);
            sum[0] += rtt(client, region) + access + noise;
            sum[1]++;
        }
        var measurements = new ArrayList<LatencyMeasurement>();
        sums.forEach((region, sum) -> measurements.add(new LatencyMeasurement(region, sum[0] / sum[1], (int) sum[1])));
        return measurements;
    }

    private static String row(String what, Regret regret) {
        return String.format(
                java.util.Locale.ROOT,
                "| %s | %.2f ms | %.1f %% | %.1f %% | %.1f %% |",
                what,
                regret.meanMillis(),
                regret.wrongPercent(),
                regret.over10Percent(),
                regret.over30Percent());
    }

    /** The table for bench/README.md. */
    public static void main(String[] arguments) {
        var quality = new RoutingQuality(Long.getLong("portolan.seed", 1), Integer.getInteger("portolan.subsets", 500));
        System.out.println("| layers | mean regret | not the best | over 10 ms | over 30 ms |");
        System.out.println("|---|---|---|---|---|");
        System.out.println(row("distance only", quality.distanceOnly()));
        System.out.println(row("last year's table", quality.table()));
        for (int samples : new int[] {50, 200, 1000}) {
            System.out.println(
                    row("table + " + samples + " measurements, evenly", quality.measured(samples, Sampling.EVEN)));
            System.out.println(row(
                    "table + " + samples + " measurements, half of them to the " + BEST + " best",
                    quality.measured(samples, Sampling.MOSTLY_BEST)));
        }
        System.out.println(row(
                "distance + 200 measurements, half of them to the " + BEST + " best",
                quality.measuredWithoutTable(200, Sampling.MOSTLY_BEST)));
    }
}
