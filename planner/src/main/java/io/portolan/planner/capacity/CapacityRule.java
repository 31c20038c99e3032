package io.portolan.planner.capacity;

import io.portolan.model.RegionName;
import io.portolan.planner.capacity.CapacityVerdict.Outcome;
import io.portolan.planner.capacity.RegionCapacity.Load;
import io.portolan.planner.capacity.RegionCapacity.Standing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether regions may be taken out of service: what rollouts, operations, drills, drains and spill-over ask first. Pure: same
 * arguments, same verdict.
 *
 * <ul>
 *   <li>The load to be carried is that of every region that serves or may serve; a load that is not measured counts as the
 *       policy's assumed use of the region's capacity, never as nothing. So does that of a region that is away: its users are with
 *       the others, whose measured loads contain them; only where all of those are measured is nothing assumed for it.
 *   <li>Only regions that are known to serve, and are not to be taken out, carry it. The last is never taken.
 *   <li>They must carry it with the policy's headroom, and without headroom after they have lost their largest regions too (N-1).
 *   <li>Taking out what is out already is always allowed: nothing gets worse. Asking for less is never refused where more is
 *       allowed.
 * </ul>
 */
public final class CapacityRule {
    /** Sums of the same numbers in another order differ by less than this share. */
    private static final double ROUNDING = 1e-9;

    private CapacityRule() {}

    /**
     * Decides for regions that are to be taken out together.
     *
     * @param regions  all regions of the environment, each once
     * @param takenOut regions to be taken out; all of them must be among {@code regions}
     */
    public static CapacityVerdict decide(
            List<RegionCapacity> regions, Collection<RegionName> takenOut, CapacityPolicy policy) {
        var taken = Set.copyOf(takenOut);
        requireKnown(regions, taken);
        var losing = regions.stream()
                .filter(region -> isInUse(region) && taken.contains(region.region()))
                .toList();
        var rest = regions.stream()
                .filter(region -> region.standing() == Standing.SERVING && !taken.contains(region.region()))
                .toList();
        var figures = figures(regions, rest, policy);
        var outcome = outcome(regions, losing, figures, policy);
        return new CapacityVerdict(
                outcome,
                sentence(outcome, regions, losing, figures, policy),
                rest.stream().map(RegionCapacity::region).toList(),
                figures.load(),
                figures.needed(),
                figures.capacity(),
                figures.afterLoss());
    }

    private record Figures(
            List<RegionCapacity> rest,
            double load,
            double needed,
            double capacity,
            List<RegionCapacity> lost,
            double afterLoss,
            boolean measured) {}

    private static Figures figures(List<RegionCapacity> regions, List<RegionCapacity> rest, CapacityPolicy policy) {
        var carrying = regions.stream().filter(CapacityRule::isInUse).toList();
        boolean measured = carrying.stream().allMatch(CapacityRule::isMeasured);
        // Of a region that is away a measured rest is its own; what is not measured is with the others.
        var counted = regions.stream()
                .filter(region ->
                        isInUse(region) || (region.standing() == Standing.AWAY && (isMeasured(region) || !measured)))
                .toList();
        double load =
                counted.stream().mapToDouble(region -> load(region, policy)).sum();
        double capacity = rest.stream().mapToDouble(RegionCapacity::capacity).sum();
        var lost = rest.stream()
                .sorted(Comparator.comparingDouble(RegionCapacity::capacity)
                        .reversed()
                        .thenComparing(RegionCapacity::region))
                .limit(policy.spareRegions())
                .toList();
        double afterLoss =
                capacity - lost.stream().mapToDouble(RegionCapacity::capacity).sum();
        return new Figures(rest, load, load * policy.headroom(), capacity, lost, Math.max(0, afterLoss), measured);
    }

    private static boolean isInUse(RegionCapacity region) {
        return region.standing() == Standing.SERVING || region.standing() == Standing.UNKNOWN;
    }

    private static boolean isMeasured(RegionCapacity region) {
        return region.load() instanceof Load.Measured;
    }

    private static double load(RegionCapacity region, CapacityPolicy policy) {
        return switch (region.load()) {
            case Load.Measured measured -> measured.amount();
            case Load.NotMeasured none -> region.capacity() * policy.assumedUse();
        };
    }

    private static Outcome outcome(
            List<RegionCapacity> regions, List<RegionCapacity> losing, Figures figures, CapacityPolicy policy) {
        if (losing.isEmpty()) {
            return Outcome.NOTHING_TAKEN;
        }
        if (figures.rest().isEmpty()) {
            return Outcome.LAST_REGION;
        }
        if (regions.size() - figures.rest().size() > policy.mostOut() * regions.size() + ROUNDING) {
            return Outcome.TOO_MANY;
        }
        if (isBelow(figures.capacity(), figures.needed())) {
            return Outcome.NOT_ENOUGH;
        }
        // Nothing left to lose a region from counts as not surviving its loss, whatever the load.
        return figures.lost().size() == figures.rest().size() && policy.spareRegions() > 0
                        || isBelow(figures.afterLoss(), figures.load())
                ? Outcome.NOT_ENOUGH_AFTER_LOSS
                : Outcome.ALLOWED;
    }

    private static boolean isBelow(double one, double other) {
        return one < other - Math.abs(other) * ROUNDING;
    }

    private static String sentence(
            Outcome outcome,
            List<RegionCapacity> regions,
            List<RegionCapacity> losing,
            Figures figures,
            CapacityPolicy policy) {
        var taking = "taking out " + names(losing);
        int total = regions.size();
        var rest = plural(figures.rest().size()) + " of " + total + " left";
        var carries = "can carry " + number(figures.capacity());
        var needs = number(figures.load())
                + (figures.measured()
                        ? " is carried now"
                        : " is assumed to be carried now (" + percent(policy.assumedUse())
                                + " of the capacity where nothing is measured)")
                + ", and " + number(figures.needed()) + " is needed with a headroom of "
                + number(policy.headroom());
        return switch (outcome) {
            case NOTHING_TAKEN -> "nothing that serves is taken out";
            case LAST_REGION -> taking + " is refused: no region that is known to serve would be left";
            case TOO_MANY ->
                taking + " is refused: " + (total - figures.rest().size()) + " of " + total
                        + " regions would be out (at most " + percent(policy.mostOut()) + ")";
            case NOT_ENOUGH -> taking + " is refused: the " + rest + " " + carries + "; " + needs;
            case NOT_ENOUGH_AFTER_LOSS ->
                taking + " is refused: the " + rest + " " + carries + ", but without " + names(figures.lost())
                        + " too only " + number(figures.afterLoss()) + "; " + needs;
            case ALLOWED ->
                taking + " is allowed: the " + rest + " " + carries
                        + (figures.lost().isEmpty()
                                ? ""
                                : ", without " + names(figures.lost()) + " too " + number(figures.afterLoss()))
                        + "; " + needs;
        };
    }

    private static String plural(int count) {
        return count == 1 ? "1 region" : count + " regions";
    }

    private static String names(List<RegionCapacity> regions) {
        return regions.stream().map(region -> region.region().value()).collect(Collectors.joining(", "));
    }

    private static String number(double value) {
        var text = String.format(Locale.ROOT, "%.2f", value);
        return text.endsWith(".00") ? text.substring(0, text.length() - 3) : text;
    }

    private static String percent(double share) {
        return number(share * 100) + " %";
    }

    private static void requireKnown(List<RegionCapacity> regions, Set<RegionName> taken) {
        var known = new HashSet<RegionName>();
        for (var region : regions) {
            if (!known.add(region.region())) {
                throw new IllegalArgumentException("regions: " + region.region() + " twice (expected: each once)");
            }
        }
        var unknown = new ArrayList<>(taken);
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("taken out: " + unknown + " (expected: regions among " + known + ")");
        }
    }
}
