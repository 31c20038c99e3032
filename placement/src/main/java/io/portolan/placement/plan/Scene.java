package io.portolan.placement.plan;

import io.portolan.placement.data.CloudRegion;
import io.portolan.placement.data.Place;
import io.portolan.placement.latency.InteractionTime;
import io.portolan.placement.latency.RoundTrips;
import io.portolan.placement.optimise.Instance;
import io.portolan.placement.optimise.Percentiles;
import io.portolan.placement.plan.Placement.Figures;
import io.portolan.placement.workload.Interaction;
import io.portolan.placement.workload.Workload;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A workload with its times worked out: for one interaction, or for the whole session. Immutable by convention. */
final class Scene {
    /**
     * Weight of the region that would serve after a loss, where plans have to survive one. As if every region were away for a week
     * a year: far more than they are, and just enough to choose, among plans that are nearly equal, one that bears a loss better.
     */
    private static final double AWAY = 0.02;

    private final Workload workload;
    private final List<Place> places;
    private final List<CloudRegion> regions;
    private final String name;
    private final List<Interaction> interactions;
    private final double[][] times;
    private final double[] weights;
    private final double total;
    private final Instance instance;

    Scene(Workload workload, RoundTrips roundTrips, String name, List<Interaction> interactions) {
        this.workload = workload;
        this.name = name;
        this.interactions = interactions;
        places = workload.demand();
        regions = workload.choice().candidates();
        weights = places.stream().mapToDouble(Place::weight).toArray();
        total = Arrays.stream(weights).sum();
        times = new double[places.size()][regions.size()];
        for (int i = 0; i < places.size(); i++) {
            for (int j = 0; j < regions.size(); j++) {
                times[i][j] = workload.choice()
                                .allows(places.get(i).code(), regions.get(j).name())
                        ? millis(roundTrips.millis(i, j))
                        : Double.POSITIVE_INFINITY;
            }
        }
        instance = instance();
    }

    /** Time of everything that the scene is about over a round trip; of several interactions the sum of a session. */
    double millis(double rttMillis) {
        if (interactions.size() == 1) {
            return InteractionTime.millis(interactions.getFirst(), workload.network(), rttMillis);
        }
        return interactions.stream()
                .mapToDouble(one -> one.viewsPerSession() * InteractionTime.millis(one, workload.network(), rttMillis))
                .sum();
    }

    private Instance instance() {
        var choice = workload.choice();
        var price = regions.stream()
                .mapToDouble(region -> choice.cost(region.name()))
                .toArray();
        var required = new boolean[regions.size()];
        for (int j = 0; j < required.length; j++) {
            required[j] = choice.required().contains(regions.get(j).name());
        }
        return choice.survive()
                ? Instance.withBackups(weighted(1 - AWAY), weighted(AWAY), price, choice.budget(), required)
                : Instance.of(weighted(1), price, choice.budget(), required);
    }

    private double[][] weighted(double factor) {
        var costs = new double[times.length][regions.size()];
        for (int i = 0; i < times.length; i++) {
            for (int j = 0; j < regions.size(); j++) {
                costs[i][j] = times[i][j] * (weights[i] / total) * factor;
            }
        }
        return costs;
    }

    String name() {
        return name;
    }

    Workload workload() {
        return workload;
    }

    List<Interaction> interactions() {
        return interactions;
    }

    Instance rules() {
        return instance;
    }

    double[][] times() {
        return times;
    }

    double[] weights() {
        return weights;
    }

    double total() {
        return total;
    }

    List<Place> places() {
        return places;
    }

    List<CloudRegion> regions() {
        return regions;
    }

    /** Least infinite part, then least mean: so that a greedy choice first gets to where everybody is served at all. */
    double value(int[] sites) {
        double sum = 0;
        double unserved = 0;
        for (int i = 0; i < times.length; i++) {
            double least = least(i, sites);
            if (Double.isFinite(least)) {
                sum += least * weights[i] / total;
            } else {
                unserved += weights[i] / total;
            }
        }
        return sum + unserved * 1e9;
    }

    /** The site that serves a place, -1 for none. */
    int server(int place, int[] sites) {
        int best = -1;
        for (int site : sites) {
            if (Double.isFinite(times[place][site]) && (best < 0 || times[place][site] < times[place][best])) {
                best = site;
            }
        }
        return best;
    }

    private double least(int place, int[] sites) {
        double least = Double.POSITIVE_INFINITY;
        for (int site : sites) {
            least = Math.min(least, times[place][site]);
        }
        return least;
    }

    /** Each place's time under a choice. */
    double[] times(int[] sites) {
        return IntStream.range(0, times.length)
                .mapToDouble(i -> least(i, sites))
                .toArray();
    }

    /** Figures of a choice; -1 where somebody has nowhere to go. */
    Figures figures(int[] sites) {
        return figures(times(sites));
    }

    Figures figures(double[] each) {
        double mean = 0;
        for (int i = 0; i < each.length; i++) {
            mean += each[i] * weights[i] / total;
        }
        return Double.isFinite(mean)
                ? new Figures(mean, Percentiles.of(each, weights, 0.5), Percentiles.of(each, weights, 0.95))
                : new Figures(-1, -1, -1);
    }

    double cost(int[] sites) {
        return Arrays.stream(sites)
                .mapToDouble(site -> workload.choice().cost(regions.get(site).name()))
                .sum();
    }

    List<String> names(int[] sites) {
        return Arrays.stream(sites)
                .mapToObj(site -> regions.get(site).name().value())
                .toList();
    }

    int[] all() {
        return IntStream.range(0, regions.size()).toArray();
    }

    int[] required() {
        return Arrays.stream(all()).filter(instance::isRequired).toArray();
    }

    /** Median that the scene has to keep to, infinite for none. */
    double p50Target() {
        return interactions.size() == 1 ? interactions.getFirst().p50Target() : Double.POSITIVE_INFINITY;
    }

    double p95Target() {
        return interactions.size() == 1 ? interactions.getFirst().p95Target() : Double.POSITIVE_INFINITY;
    }

    /** Whether a choice keeps the targets, with any one region gone too where that was asked for. */
    boolean meets(int[] sites) {
        if (!meets(figures(sites))) {
            return false;
        }
        return !workload.choice().survive()
                || sites.length > 1 && Arrays.stream(sites).allMatch(gone -> meets(figures(without(sites, gone))));
    }

    private boolean meets(Figures figures) {
        return figures.mean() >= 0 && figures.p50() <= p50Target() && figures.p95() <= p95Target();
    }

    static int[] without(int[] sites, int gone) {
        return Arrays.stream(sites).filter(site -> site != gone).toArray();
    }
}
