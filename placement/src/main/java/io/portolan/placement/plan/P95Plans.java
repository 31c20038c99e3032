package io.portolan.placement.plan;

import io.portolan.placement.latency.RoundTrips;
import io.portolan.placement.optimise.Instance;
import io.portolan.placement.optimise.LocalSearch;
import io.portolan.placement.optimise.PercentileSearch;
import io.portolan.placement.optimise.Solution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The plans with the least 95th percentile, by number of regions. One thread at a time.
 *
 * <p>They are searched once for all interactions, on round-trip times: every interaction's time is the same never-falling function
 * of the round trip for all users, so whoever is the 95th in a hundred by round trip is so by time, and the best plan is the same.
 */
final class P95Plans {
    private static final double SHARE = 0.95;
    private static final long NODES = 400;

    private final Scene whole;
    private final double[][] rtt;
    private final Map<Integer, Plan> plans = new HashMap<>();

    /**
     * A plan.
     *
     * @param leastRtt no plan of so many regions has a lower 95th percentile of the round trip
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Plan(int[] sites, double leastRtt) {}

    P95Plans(Scene whole, RoundTrips roundTrips) {
        this.whole = whole;
        rtt = new double[whole.places().size()][whole.regions().size()];
        for (int i = 0; i < rtt.length; i++) {
            for (int j = 0; j < rtt[i].length; j++) {
                rtt[i][j] = Double.isFinite(whole.times()[i][j]) ? roundTrips.millis(i, j) : Double.POSITIVE_INFINITY;
            }
        }
    }

    /** The plan of k regions; beside it one with the least mean of some interaction, to begin with. */
    Plan of(int k, int[] mean) {
        return plans.computeIfAbsent(k, key -> search(k, mean));
    }

    private Plan search(int k, int[] mean) {
        var rules = whole.rules();
        var known = new ArrayList<int[]>(List.of(mean, LocalSearch.exchange(mean, rules, sites -> p95(rules, sites))));
        Optional.ofNullable(plans.get(k - 1))
                .ifPresent(before ->
                        known.add(LocalSearch.greedy(before.sites(), k, rules.sites(), sites -> p95(rules, sites))));
        var found = PercentileSearch.best(rtt, whole.weights(), SHARE, rules, k, known, NODES);
        // Of all choices with that percentile, one whose mean is good too.
        var kind = LocalSearch.exchange(
                found.sites().stream().mapToInt(Integer::intValue).toArray(),
                rules,
                sites -> p95(rules, sites) <= found.value() * (1 + 1e-9)
                        ? rules.value(sites)
                        : Double.POSITIVE_INFINITY);
        java.util.Arrays.sort(kind);
        return new Plan(kind, leastRtt(found));
    }

    private static double leastRtt(Solution found) {
        return found.gap() == 0 ? found.value() : found.lowerBound();
    }

    private double p95(Instance rules, int[] sites) {
        return Double.isFinite(rules.value(sites))
                ? PercentileSearch.percentile(rtt, whole.weights(), SHARE, sites)
                : Double.POSITIVE_INFINITY;
    }
}
