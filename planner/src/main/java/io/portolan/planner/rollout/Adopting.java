package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.util.List;
import java.util.Set;

/** Rules for taking over what operators ordered nodes to do while no control plane answered. Pure. */
public final class Adopting {
    private Adopting() {}

    /**
     * The regions that go back: those with a node that obeys the override, and those of which nothing is known. To take a region back
     * that was not meant costs it a newer version; to leave one out would send its users to what an operator took them away from.
     *
     * @param placed  regions of the extension's placement, in declared order
     * @param told    regions with a node that tells of the override
     * @param unheard regions of which no node was heard
     */
    public static List<RegionName> regions(List<RegionName> placed, Set<RegionName> told, Set<RegionName> unheard) {
        return placed.stream()
                .filter(region -> told.contains(region) || unheard.contains(region))
                .toList();
    }
}
