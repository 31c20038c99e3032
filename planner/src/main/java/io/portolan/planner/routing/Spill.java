package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much of a region's load goes to others when it has more than it can carry. Pure.
 *
 * <p>Clients go to their own next region in order of latency (the profile's decision takes care of that); here it is only decided how
 * many. Load moves only where the rest can take it, and so much is left free that the loss of the largest region that receives is
 * survived; never more than {@link Policy#cap} of a region's clients at once.
 */
public final class Spill {
    private Spill() {}

    /**
     * What one region carries.
     *
     * @param load     in the unit of capacity, not a number where it is not known: nothing spills from there and nothing to there
     * @param capacity what it can carry, above 0
     */
    public record Load(RegionName region, double load, double capacity) {}

    /**
     * Limits.
     *
     * @param target share of its capacity that a region keeps, above 0 to 1
     * @param cap    largest share of a region's clients that spills, 0 to 1
     * @param least  share of change in thousandths below which nothing is changed: a load that trembles moves nobody
     */
    public record Policy(double target, double cap, int least) {
        /** Full regions keep 90 % of their capacity and never give more than half away. */
        public static final Policy STANDARD = new Policy(0.9, 0.5, 30);

        public Policy {
            if (!(target > 0 && target <= 1) || !(cap >= 0 && cap <= 1) || least < 0) {
                throw new IllegalArgumentException("spill: target " + target + ", cap " + cap + ", least " + least
                        + " (expected: target above 0 to 1, cap 0 to 1, least 0 or more)");
            }
        }
    }

    /**
     * Shares of their clients that regions take, in thousandths; a region that takes all is absent.
     *
     * @param regions the regions that serve
     * @param before  the shares that hold now: loads were measured under them
     */
    public static Map<RegionName, Integer> shares(List<Load> regions, Map<RegionName, Integer> before, Policy policy) {
        // What was spilled before is part of the others' load by now: it is room that is in use for this very purpose.
        double spilled = regions.stream()
                .filter(region -> !Double.isNaN(region.load()))
                .mapToDouble(region -> demand(region, before) - region.load())
                .sum();
        double room = room(regions, policy) + spilled;
        double excess = regions.stream()
                .mapToDouble(region -> Math.max(0, demand(region, before) - kept(region, policy)))
                .sum();
        // Where the rest cannot take it all, every region that is too full gives the same part of what it has too much.
        double part = excess <= 0 ? 0 : Math.min(1, room / excess);
        var shares = new HashMap<RegionName, Integer>();
        for (var region : regions) {
            double demand = demand(region, before);
            double over = Math.max(0, demand - kept(region, policy)) * part;
            int given = demand > 0 ? (int) Math.round(HealthView.ALL * Math.min(policy.cap(), over / demand)) : 0;
            int share = HealthView.ALL - given;
            int old = before.getOrDefault(region.region(), HealthView.ALL);
            boolean trembles = Math.abs(share - old) < policy.least() && share != HealthView.ALL;
            int now = trembles ? old : share;
            if (now < HealthView.ALL) {
                shares.put(region.region(), now);
            }
        }
        return shares;
    }

    /** What would come to a region if it took all of its clients. */
    private static double demand(Load region, Map<RegionName, Integer> before) {
        if (Double.isNaN(region.load())) {
            return 0;
        }
        int share = Math.max(1, before.getOrDefault(region.region(), HealthView.ALL));
        return region.load() * HealthView.ALL / share;
    }

    private static double kept(Load region, Policy policy) {
        return region.capacity() * policy.target();
    }

    /** What the others can take together and still lose the largest of them. */
    private static double room(List<Load> regions, Policy policy) {
        double sum = 0;
        double largest = 0;
        for (var region : regions) {
            if (!Double.isNaN(region.load())) {
                double free = Math.max(0, kept(region, policy) - region.load());
                sum += free;
                largest = Math.max(largest, free);
            }
        }
        return sum - largest;
    }
}
