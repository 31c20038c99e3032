package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a browser goes when a region does not answer it any more: the second chance above DNS, a matter of seconds. Pure.
 *
 * <p>The region that ranks comes first, since the browser is there; then the others that serve the extension, those up before those that
 * are down (a last try beats none), the same version before others where it costs next to nothing, the nearest first.
 */
public final class BaseRanking {
    /** How much longer the way may be for the same version's sake, in milliseconds. */
    private static final double SAME_VERSION_MILLIS = 15;

    private BaseRanking() {}

    /**
     * A base. Immutable.
     *
     * @param url       of the region's first node, without a trailing slash
     * @param rttMillis from the region that ranks, by distance
     */
    public record Base(RegionName region, String url, String version, double rttMillis, EndpointHealth health) {}

    /**
     * Ranks.
     *
     * @param own    region that ranks
     * @param health what it sees of the others; absent counts as being checked
     */
    public static List<Base> rank(
            RegionName own,
            ExtensionDocument extension,
            Collection<RegionDocument> regions,
            Map<String, EndpointHealth> health) {
        var here = regions.stream()
                .filter(region -> region.name().equals(own))
                .map(RegionDocument::location)
                .findFirst();
        var version =
                extension.pointer(own).map(pointer -> pointer.version().value()).orElse("");
        var bases = new ArrayList<Base>();
        for (var region : regions) {
            var pointer = extension.pointer(region.name());
            boolean serves = region.state() == RegionState.LIVE
                    || (region.state() == RegionState.RAMPING && !region.joins())
                    || (region.joins() && region.name().equals(own));
            if (pointer.isPresent() && serves && !region.probeUrls().isEmpty()) {
                bases.add(new Base(
                        region.name(),
                        region.probeUrls().getFirst(),
                        pointer.get().version().value(),
                        here.map(point -> OrderedNetwork.rttOfDistance(point.distanceKm(region.location())))
                                .orElse(0.0),
                        region.name().equals(own)
                                ? EndpointHealth.ONLINE
                                : Optional.ofNullable(health.get(region.name().value()))
                                        .orElse(EndpointHealth.CHECKING)));
            }
        }
        bases.sort(Comparator.comparing((Base base) -> !base.region().equals(own))
                .thenComparing(base -> base.health() == EndpointHealth.DEGRADED)
                .thenComparingDouble(
                        base -> base.rttMillis() + (base.version().equals(version) ? 0 : SAME_VERSION_MILLIS))
                .thenComparing(Base::region));
        return bases;
    }
}
