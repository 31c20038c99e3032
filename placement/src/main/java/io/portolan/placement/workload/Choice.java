package io.portolan.placement.workload;

import io.portolan.model.RegionName;
import io.portolan.placement.data.CloudRegion;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which regions may be chosen. Immutable.
 *
 * @param candidates what there is to choose from, without what is excluded
 * @param required   regions that every plan has
 * @param current    regions of today, empty when nothing is there yet
 * @param most       largest number of regions to look at
 * @param costs      cost of each candidate, in a unit and period of the asker's choice
 * @param budget     most that the regions of a plan may cost together, infinite for no limit
 * @param fences     who may be served from where
 * @param survive    whether everything has to hold with any one region gone
 */
public record Choice(
        List<CloudRegion> candidates,
        Set<RegionName> required,
        List<RegionName> current,
        int most,
        Map<RegionName, Double> costs,
        double budget,
        List<Fence> fences,
        boolean survive) {
    public Choice {
        candidates = List.copyOf(candidates);
        required = Set.copyOf(required);
        current = List.copyOf(current);
        costs = Map.copyOf(costs);
        fences = List.copyOf(fences);
    }

    /** What a region costs. */
    public double cost(RegionName region) {
        return costs.getOrDefault(region, 0.0);
    }

    /** Whether users of the place may be served from the region. */
    public boolean allows(String place, RegionName region) {
        return fences.stream()
                .allMatch(fence ->
                        !fence.places().contains(place) || fence.regions().contains(region));
    }
}
