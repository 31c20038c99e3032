package io.portolan.placement.optimise;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Good choices quickly: greedy, and exchanging one site at a time (Teitz and Bart, 1968). Stateless. */
public final class LocalSearch {
    private static final int MOST_ROUNDS = 50;

    private LocalSearch() {}

    /**
     * Adds the site that helps most.
     *
     * @param value of a choice, infinite for one that breaks a rule
     * @return the site; among equals, and where no addition keeps to every rule, the first
     */
    public static int next(int[] sites, int count, ToDoubleFunction<int[]> value) {
        int best = -1;
        double bestValue = Double.POSITIVE_INFINITY;
        for (int j = 0; j < count; j++) {
            if (contains(sites, j)) {
                continue;
            }
            double candidate = value.applyAsDouble(with(sites, j));
            if (best < 0 || candidate < bestValue) {
                best = j;
                bestValue = candidate;
            }
        }
        return best;
    }

    /** The greedy choice of k sites, in the order of choosing. */
    public static int[] greedy(int[] start, int k, int count, ToDoubleFunction<int[]> value) {
        var sites = start;
        while (sites.length < k) {
            sites = with(sites, next(sites, count, value));
        }
        return sites;
    }

    /** Exchanges one site for another as long as that helps; those that have to stay, stay. */
    public static int[] exchange(int[] start, Instance instance, ToDoubleFunction<int[]> value) {
        var sites = start.clone();
        double now = value.applyAsDouble(sites);
        for (int round = 0; round < MOST_ROUNDS; round++) {
            var better = better(sites, now, instance, value);
            if (better.isEmpty()) {
                return sites;
            }
            sites = better.get();
            now = value.applyAsDouble(sites);
        }
        return sites;
    }

    private static Optional<int[]> better(int[] sites, double now, Instance instance, ToDoubleFunction<int[]> value) {
        int[] best = sites;
        double bestValue = now;
        for (int place = 0; place < sites.length; place++) {
            if (instance.isRequired(sites[place])) {
                continue;
            }
            for (int j = 0; j < instance.sites(); j++) {
                if (contains(sites, j)) {
                    continue;
                }
                var candidate = sites.clone();
                candidate[place] = j;
                double changed = value.applyAsDouble(candidate);
                if (changed < bestValue * (1 - Solution.ROUNDING)
                        || Double.isInfinite(bestValue) && changed < bestValue) {
                    best = candidate;
                    bestValue = changed;
                }
            }
        }
        return best == sites ? Optional.empty() : Optional.of(best);
    }

    static int[] with(int[] sites, int site) {
        var next = Arrays.copyOf(sites, sites.length + 1);
        next[sites.length] = site;
        return next;
    }

    private static boolean contains(int[] sites, int site) {
        for (int one : sites) {
            if (one == site) {
                return true;
            }
        }
        return false;
    }
}
