package io.portolan.placement.optimise;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds the k sites with the least 95th (or other) percentile of the clients' times. A percentile of at most t is possible when
 * sites within t cover enough of the weight, which is again an {@link Instance}, of costs 0 and weight; the least such t is found
 * by halving. Deterministic, stateless.
 */
public final class PercentileSearch {
    private PercentileSearch() {}

    /**
     * @param times    by client and site, infinite where not allowed; what is minimised is their percentile
     * @param weights  of the clients
     * @param share    such as 0.95
     * @param rules    the instance whose prices, budget, required sites and backups hold here too
     * @param known    choices to begin with, one or more of which exist
     */
    public static Solution best(
            double[][] times,
            double[] weights,
            double share,
            Instance rules,
            int k,
            List<int[]> known,
            long mostNodes) {
        var best = new int[0];
        double value = Double.POSITIVE_INFINITY;
        for (var choice : known) {
            double reached = choice.length == k && Double.isFinite(rules.value(choice))
                    ? percentile(times, weights, share, choice)
                    : Double.POSITIVE_INFINITY;
            if (reached < value) {
                value = reached;
                best = choice;
            }
        }
        if (best.length == 0) {
            return new Solution(List.of(), Double.POSITIVE_INFINITY, 0, 0);
        }
        double floor = percentile(
                times, weights, share, IntStream.range(0, rules.sites()).toArray());
        double upper = value;
        var steps = Arrays.stream(times)
                .flatMapToDouble(Arrays::stream)
                .filter(time -> time >= floor && time < upper)
                .sorted()
                .distinct()
                .toArray();
        int low = 0;
        int high = steps.length;
        long nodes = 0;
        double proved = floor;
        boolean certain = true;
        while (low < high) {
            int middle = (low + high) >>> 1;
            var covered = cover(times, weights, steps[middle], rules, k);
            double most = Arrays.stream(weights).sum() * (1 - share)
                    + 1e-9 * Arrays.stream(weights).sum();
            var found = ExactSearch.within(covered.instance(), k, most, covered.reduced(List.of(best)), mostNodes);
            nodes += found.nodes();
            if (found.exists()) {
                best = covered.original(found.sites());
                value = percentile(times, weights, share, best);
                high = middle;
            } else {
                certain = certain && found.lowerBound() > most;
                if (certain) {
                    proved = middle + 1 < steps.length ? steps[middle + 1] : upper;
                }
                low = middle + 1;
            }
        }
        var sites = Arrays.stream(best).sorted().boxed().toList();
        return new Solution(sites, value, certain ? value : proved, nodes);
    }

    /** The percentile that a choice reaches. */
    public static double percentile(double[][] times, double[] weights, double share, int[] sites) {
        var least = new double[times.length];
        for (int i = 0; i < times.length; i++) {
            least[i] = Double.POSITIVE_INFINITY;
            for (int site : sites) {
                least[i] = Math.min(least[i], times[i][site]);
            }
        }
        return Percentiles.of(least, weights, share);
    }

    /** An instance of costs 0 and weight, its sites some of the original ones. */
    private record Cover(Instance instance, int[] kept) {
        int[] original(List<Integer> sites) {
            return sites.stream().mapToInt(site -> kept[site]).toArray();
        }

        List<int[]> reduced(List<int[]> choices) {
            var reduced = new ArrayList<int[]>();
            for (var choice : choices) {
                var sites = Arrays.stream(choice)
                        .map(site -> Arrays.binarySearch(kept, site))
                        .filter(site -> site >= 0)
                        .toArray();
                if (sites.length == choice.length) {
                    reduced.add(sites);
                }
            }
            return reduced;
        }
    }

    /** Clients that are alike are one. */
    private record Alike(BitSet within, BitSet allowed) {}

    private static Cover cover(double[][] times, double[] weights, double limit, Instance rules, int k) {
        var groups = new LinkedHashMap<Alike, Double>();
        for (int i = 0; i < times.length; i++) {
            var within = new BitSet();
            var allowed = new BitSet();
            for (int j = 0; j < rules.sites(); j++) {
                within.set(j, times[i][j] <= limit);
                allowed.set(j, Double.isFinite(times[i][j]));
            }
            groups.merge(new Alike(within, allowed), weights[i], Double::sum);
        }
        int[] kept = kept(groups, rules, k);
        var primary = new double[groups.size()][kept.length];
        var backup = new double[rules.hasBackups() ? groups.size() : 0][kept.length];
        int i = 0;
        for (Map.Entry<Alike, Double> group : groups.entrySet()) {
            for (int n = 0; n < kept.length; n++) {
                boolean allowed = group.getKey().allowed().get(kept[n]);
                boolean within = group.getKey().within().get(kept[n]);
                primary[i][n] = !allowed ? Double.POSITIVE_INFINITY : within ? 0 : group.getValue();
                if (backup.length > 0) {
                    backup[i][n] = allowed ? 0 : Double.POSITIVE_INFINITY;
                }
            }
            i++;
        }
        var price = Arrays.stream(kept).mapToDouble(rules::price).toArray();
        var required = new boolean[kept.length];
        for (int n = 0; n < kept.length; n++) {
            required[n] = rules.isRequired(kept[n]);
        }
        return new Cover(
                backup.length > 0
                        ? Instance.withBackups(primary, backup, price, rules.budget(), required)
                        : Instance.of(primary, price, rules.budget(), required),
                kept);
    }

    /**
     * Sites that no other one replaces: whoever it covers and may be served by it, the other does too. Where a choice has both, any
     * further site makes up the number, which a budget or backups might forbid: then all are kept.
     */
    private static int[] kept(Map<Alike, Double> groups, Instance rules, int k) {
        int count = rules.sites();
        if (rules.hasBackups() || Double.isFinite(rules.budget())) {
            return IntStream.range(0, count).toArray();
        }
        var covers = new BitSet[count];
        for (int j = 0; j < count; j++) {
            covers[j] = new BitSet();
        }
        int bit = 0;
        for (var group : groups.keySet()) {
            for (int j = 0; j < count; j++) {
                covers[j].set(bit, group.within().get(j));
                covers[j].set(bit + 1, group.allowed().get(j));
            }
            bit += 2;
        }
        var keep = new BitSet();
        IntStream.range(0, count)
                .filter(j ->
                        rules.isRequired(j) || IntStream.range(0, count).noneMatch(other -> replaces(other, j, covers)))
                .forEach(keep::set);
        while (keep.cardinality() < k) {
            keep.set(keep.nextClearBit(0));
        }
        return keep.stream().toArray();
    }

    private static boolean replaces(int other, int site, BitSet[] covers) {
        if (other == site) {
            return false;
        }
        var missing = (BitSet) covers[site].clone();
        missing.andNot(covers[other]);
        // Of two that are alike in everything, the first stays.
        boolean alike = covers[site].equals(covers[other]);
        return missing.isEmpty() && (!alike || other < site);
    }
}
