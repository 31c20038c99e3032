package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

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

    /**
     * The regions that go back after an override was taken over elsewhere, since a node there tells of it only now: it was reached late,
     * or its status was. The order was given for it as for the others. What was decided for a region since wins.
     *
     * @param to           version that the override was taken over to
     * @param decidedSince whether a pointer of a lineage is from the rollback that took the override over, or from a later rollout
     */
    public static List<RegionName> late(
            List<RegionName> placed,
            Set<RegionName> told,
            Deployment deployment,
            VersionLabel to,
            LongPredicate decidedSince) {
        return placed.stream()
                .filter(told::contains)
                .filter(region -> Optional.ofNullable(deployment.regions().get(region))
                        .filter(pointer -> !pointer.version().equals(to) && !decidedSince.test(pointer.lineage()))
                        .isPresent())
                .toList();
    }
}
