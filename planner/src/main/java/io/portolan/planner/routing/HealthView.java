package io.portolan.planner.routing;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What is known of endpoints' health at one moment, and what operators said. Immutable; replaced as a whole.
 *
 * @param regions   health of regions; absent counts as {@link EndpointHealth#CHECKING}
 * @param externals health of external endpoints by address or host name; absent counts as {@link EndpointHealth#CHECKING}
 * @param admitted  share of the clients nearest to a region that it takes, in thousandths, 0 to 1000; absent counts as all. Others go
 *                  to their next region: spill-over and the ramp of a region that comes back
 * @param drained   regions that are out by an operator's word (override), whatever the revision says; reason by region
 * @param turned    share of its clients that an extension's new profile has, in thousandths; absent counts as all
 * @param spared    regions that most observers see down, and that are served because too many are down already
 * @param standIns  regions that join and take clients of regions that are down all the same, by an operator's word
 */
public record HealthView(
        Map<RegionName, EndpointHealth> regions,
        Map<String, EndpointHealth> externals,
        Map<RegionName, Integer> admitted,
        Map<RegionName, String> drained,
        Map<ExtensionName, Integer> turned,
        Set<RegionName> spared,
        Set<RegionName> standIns) {
    /** All of a region's clients. */
    public static final int ALL = 1000;

    /** Nothing known: everything is served. */
    public static final HealthView UNKNOWN = new HealthView(Map.of(), Map.of(), Map.of(), Map.of());

    public HealthView {
        Objects.requireNonNull(regions, "regions");
        regions = Map.copyOf(regions);
        externals = Map.copyOf(externals);
        admitted = Map.copyOf(admitted);
        drained = Map.copyOf(drained);
        // Of a history that an earlier build wrote.
        turned = Map.copyOf(Objects.requireNonNullElse(turned, Map.of()));
        spared = Set.copyOf(Objects.requireNonNullElse(spared, Set.of()));
        standIns = Set.copyOf(Objects.requireNonNullElse(standIns, Set.of()));
    }

    /** With every profile settled and no region spared. */
    public HealthView(
            Map<RegionName, EndpointHealth> regions,
            Map<String, EndpointHealth> externals,
            Map<RegionName, Integer> admitted,
            Map<RegionName, String> drained) {
        this(regions, externals, admitted, drained, Map.of(), Set.of(), Set.of());
    }

    /** Regions up but these. */
    public static HealthView down(Set<RegionName> down) {
        var regions = new java.util.HashMap<RegionName, EndpointHealth>();
        down.forEach(region -> regions.put(region, EndpointHealth.DEGRADED));
        return new HealthView(regions, Map.of(), Map.of(), Map.of());
    }

    /** The same, with other regions drained. */
    public HealthView drained(Map<RegionName, String> reasons) {
        return new HealthView(regions, externals, admitted, reasons, turned, spared, standIns);
    }

    /** The same, with other profiles on their way in. */
    public HealthView turned(Map<ExtensionName, Integer> shares) {
        return new HealthView(regions, externals, admitted, drained, shares, spared, standIns);
    }

    /** The same, with other regions spared. */
    public HealthView spared(Set<RegionName> those) {
        return new HealthView(regions, externals, admitted, drained, turned, those, standIns);
    }

    /** The same, with other regions standing in. */
    public HealthView standingIn(Set<RegionName> those) {
        return new HealthView(regions, externals, admitted, drained, turned, spared, those);
    }

    /** Health of a region. */
    public EndpointHealth region(RegionName region) {
        return regions.getOrDefault(region, EndpointHealth.CHECKING);
    }

    /** Health of an external endpoint. */
    public EndpointHealth external(String target) {
        return externals.getOrDefault(target, EndpointHealth.CHECKING);
    }

    /** Share of its clients that an extension's new profile has, in thousandths. */
    public int turned(ExtensionName extension) {
        return turned.getOrDefault(extension, ALL);
    }

    /** Share that a region takes, in thousandths. */
    public int admitted(RegionName region) {
        return admitted.getOrDefault(region, ALL);
    }
}
