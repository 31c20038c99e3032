package io.portolan.placement.plan;

import io.portolan.placement.latency.InteractionTime;
import io.portolan.placement.latency.RoundTrips;
import io.portolan.placement.plan.Placement.Band;
import io.portolan.placement.plan.Placement.Figures;
import io.portolan.placement.workload.Network;
import java.util.Arrays;
import java.util.Random;

/**
 * How far figures may be off: the same plan in {@value #WORLDS} worlds whose networks are drawn around the model's. Deterministic:
 * the seed is fixed, and all plans see the same worlds.
 *
 * <p>Drawn for each world, log-normally with the model's figure as median: the path of each place and region (σ 0.22: real paths are
 * 1.36 to 2.39 times the fibre along the great circle, p10 and p90 of the region table, around 1.66), 0.05 where it was measured;
 * the access network of each place (σ 0.7: 90 % between 6 and 63 ms around 20, as RIPE Atlas shows up to 55 ms beyond the
 * backbone); the rates of each place (σ 0.5).
 */
final class Uncertainty {
    private static final int WORLDS = 100;
    private static final long SEED = 20_261_127;
    private static final double PATH = 0.22;
    private static final double MEASURED_PATH = 0.05;
    private static final double ACCESS = 0.7;
    private static final double RATE = 0.5;
    private static final double LOW = 0.05;
    private static final double HIGH = 0.95;

    private final RoundTrips roundTrips;
    private final Network network;
    private final double[][][] path;
    private final double[][] access;
    private final double[][] rate;

    Uncertainty(RoundTrips roundTrips, Network network, int places, int regions) {
        this.roundTrips = roundTrips;
        this.network = network;
        var random = new Random(SEED);
        path = new double[WORLDS][places][regions];
        access = new double[WORLDS][places];
        rate = new double[WORLDS][places];
        for (int world = 0; world < WORLDS; world++) {
            for (int i = 0; i < places; i++) {
                access[world][i] = Math.exp(ACCESS * random.nextGaussian());
                rate[world][i] = Math.exp(RATE * random.nextGaussian());
                for (int j = 0; j < regions; j++) {
                    double spread = roundTrips.layer(i, j) == RoundTrips.Layer.MEASURED ? MEASURED_PATH : PATH;
                    path[world][i][j] = Math.exp(spread * random.nextGaussian());
                }
            }
        }
    }

    /** Bands of mean and p95. */
    record Bands(Band mean, Band p95) {}

    Bands of(Scene scene, int[] sites) {
        var means = new double[WORLDS];
        var p95s = new double[WORLDS];
        for (int world = 0; world < WORLDS; world++) {
            var figures = figures(scene, sites, world);
            means[world] = figures.mean();
            p95s[world] = figures.p95();
        }
        return new Bands(band(means), band(p95s));
    }

    private Figures figures(Scene scene, int[] sites, int world) {
        var each = new double[scene.places().size()];
        for (int i = 0; i < each.length; i++) {
            double rtt = Double.POSITIVE_INFINITY;
            for (int j : sites) {
                if (Double.isFinite(scene.times()[i][j])) {
                    rtt = Math.min(rtt, roundTrips.pathMillis(i, j) * path[world][i][j]);
                }
            }
            each[i] = Double.isFinite(rtt)
                    ? millis(scene, rtt + network.accessMillis() * access[world][i], rate[world][i])
                    : Double.POSITIVE_INFINITY;
        }
        return scene.figures(each);
    }

    private double millis(Scene scene, double rtt, double rateFactor) {
        var drawn = new Network(
                network.accessMillis(),
                network.baseMillis(),
                network.per1000KmMillis(),
                network.regionTable(),
                network.measured(),
                network.upMbit() * rateFactor,
                network.downMbit() * rateFactor,
                network.lossRate(),
                network.tlsRoundTrips(),
                network.cdnMillis());
        if (scene.interactions().size() == 1) {
            return InteractionTime.millis(scene.interactions().getFirst(), drawn, rtt);
        }
        return scene.interactions().stream()
                .mapToDouble(one -> one.viewsPerSession() * InteractionTime.millis(one, drawn, rtt))
                .sum();
    }

    private static Band band(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return new Band(sorted[(int) (LOW * WORLDS)], sorted[(int) (HIGH * WORLDS) - 1]);
    }
}
