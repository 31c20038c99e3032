package io.portolan.placement.workload;

import io.portolan.model.RegionName;
import java.util.Set;

/**
 * Users whose data may not leave some regions. Immutable.
 *
 * @param places  codes of the places it holds for
 * @param regions the only regions that may serve them
 */
public record Fence(String name, Set<String> places, Set<RegionName> regions) {
    public Fence {
        places = Set.copyOf(places);
        regions = Set.copyOf(regions);
    }
}
