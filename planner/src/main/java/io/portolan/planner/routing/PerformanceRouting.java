package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.routing.RoutingDecision.Candidate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The {@code performance} profile: the nearest region that serves the extension and is up. Pure: same arguments, same answer.
 *
 * <ul>
 *   <li>A region may serve an extension when the extension's document gives it a version there, the region is {@code LIVE}, and it
 *       has an address.
 *   <li>Of these the nearest by great circle that is up; equal distances go by the environment's declared order.
 *   <li>All of these down: the answer is as if all were up, because an answer that may work beats none.
 *   <li>A client whose place is unknown gets the first in the declared order.
 * </ul>
 */
public final class PerformanceRouting {
    /** Light in fibre goes about two thirds of its speed in vacuum: 200 km a millisecond (group index 1.468, Corning SMF-28). */
    private static final double FIBRE_KM_PER_MILLI = 200;

    /**
     * How much longer real round trips take than light in fibre along the great circle: median over the 2,862 pairs of the region
     * round-trip table that Microsoft publishes (Azure network latency statistics, P50, 2026-07).
     */
    private static final double PATH_FACTOR = 1.66;

    private PerformanceRouting() {}

    /** Estimated round-trip time over a great-circle distance: there and back in fibre, times the path factor. */
    public static double rttMillis(double distanceKm) {
        return 2 * distanceKm / FIBRE_KM_PER_MILLI * PATH_FACTOR;
    }

    /**
     * Decides for one client and one extension.
     *
     * @param regions the environment's regions
     * @param down    regions that the probes see down
     */
    public static RoutingDecision decide(
            EnvironmentDocument environment,
            Map<RegionName, RegionDocument> regions,
            ExtensionDocument extension,
            Place place,
            Set<RegionName> down) {
        var seen = regions.values().stream()
                .map(region -> see(region, extension, place, down))
                .sorted(order(environment.regionOrder()))
                .toList();
        var able = seen.stream()
                .filter(candidate -> candidate.rejection().isEmpty())
                .toList();
        if (able.isEmpty()) {
            return new RoutingDecision(seen, "no live region serves " + extension.name());
        }
        boolean allDown = able.stream().noneMatch(Candidate::up);
        var best = allDown
                ? able.getFirst()
                : able.stream().filter(Candidate::up).findFirst().orElseThrow();
        var candidates = new ArrayList<Candidate>();
        // Usable regions first; the order among them and among the others stays.
        seen.stream()
                .filter(candidate -> candidate.rejection().isEmpty())
                .map(candidate -> candidate.equals(best) ? candidate : notBest(candidate, best, place, allDown))
                .forEach(candidates::add);
        seen.stream().filter(candidate -> !candidate.rejection().isEmpty()).forEach(candidates::add);
        return new RoutingDecision(candidates, reason(best, candidates, extension, allDown));
    }

    private static Candidate see(
            RegionDocument region, ExtensionDocument extension, Place place, Set<RegionName> down) {
        var pointer = extension.pointer(region.name());
        String rejection = "";
        if (pointer.isEmpty()) {
            rejection = "has no version of " + extension.name();
        } else if (region.state() != RegionState.LIVE) {
            rejection = "is " + region.state().name().toLowerCase(Locale.ROOT);
        } else if (region.addresses().isEmpty()) {
            rejection = "has no address";
        }
        return new Candidate(
                region.name(),
                distanceKm(region.location(), place),
                !down.contains(region.name()),
                pointer.map(given -> given.version().value()).orElse(""),
                rejection);
    }

    private static double distanceKm(GeoPoint region, Place place) {
        return switch (place) {
            case Place.At at -> region.distanceKm(at.point());
            case Place.Unknown unknown -> Double.NaN;
        };
    }

    /** Nearest first; equal or unknown distances (not a number equals itself here) by declared order, then by name. */
    private static Comparator<Candidate> order(List<RegionName> declared) {
        return Comparator.comparingDouble(Candidate::distanceKm)
                .thenComparingInt(candidate -> {
                    int index = declared.indexOf(candidate.region());
                    return index < 0 ? Integer.MAX_VALUE : index;
                })
                .thenComparing(Candidate::region);
    }

    private static Candidate notBest(Candidate candidate, Candidate best, Place place, boolean allDown) {
        String rejection;
        if (!candidate.up() && !allDown) {
            rejection = "is down";
        } else if (place instanceof Place.Unknown) {
            rejection = "comes after " + best.region() + " in the declared order";
        } else {
            rejection = "is farther than " + best.region();
        }
        return new Candidate(
                candidate.region(), candidate.distanceKm(), candidate.up(), candidate.version(), rejection);
    }

    private static String reason(
            Candidate best, List<Candidate> candidates, ExtensionDocument extension, boolean allDown) {
        boolean unknown = Double.isNaN(best.distanceKm());
        var text = new StringBuilder(best.region().value())
                .append(unknown ? " is the first in the declared order" : " is the nearest region")
                .append(" that serves ")
                .append(extension.name());
        if (allDown) {
            text.append("; all that serve it are down, so health is ignored");
        } else {
            text.append(" and is up");
        }
        if (unknown) {
            text.append("; the client's place is unknown");
        } else {
            text.append(", ").append(Math.round(best.distanceKm())).append(" km away");
        }
        var skipped = candidates.stream()
                .filter(candidate -> !candidate.up() && candidate.rejection().equals("is down"))
                .filter(candidate -> unknown || candidate.distanceKm() <= best.distanceKm())
                .map(candidate -> candidate.region().value())
                .toList();
        if (!skipped.isEmpty() && !unknown) {
            text.append("; nearer but down: ").append(String.join(", ", skipped));
        } else if (!skipped.isEmpty()) {
            text.append("; down: ").append(String.join(", ", skipped));
        }
        return text.toString();
    }
}
