package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.RegionDocument;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The regions of one revision, numbered from 0 in the environment's declared order (the others after them, by name). Immutable.
 *
 * <p>Numbers hold for this table only: what is bound to one table (networks, compiled profiles) is bound again to the next.
 */
public final class RegionTable {
    private final List<RegionDocument> regions;
    private final Map<RegionName, Integer> numbers;

    private RegionTable(List<RegionDocument> regions) {
        this.regions = List.copyOf(regions);
        var index = new HashMap<RegionName, Integer>();
        for (int i = 0; i < regions.size(); i++) {
            index.put(regions.get(i).name(), i);
        }
        this.numbers = Map.copyOf(index);
    }

    /** Numbers an environment's regions. */
    public static RegionTable of(EnvironmentDocument environment, Collection<RegionDocument> regions) {
        var declared = environment.regionOrder();
        var places = new HashMap<RegionName, Integer>();
        for (int i = 0; i < declared.size(); i++) {
            places.putIfAbsent(declared.get(i), i);
        }
        var sorted = new ArrayList<>(regions);
        sorted.sort(java.util.Comparator.comparingInt(
                        (RegionDocument region) -> places.getOrDefault(region.name(), Integer.MAX_VALUE))
                .thenComparing(RegionDocument::name));
        return new RegionTable(sorted);
    }

    /** How many there are. */
    public int size() {
        return regions.size();
    }

    /** The region with a number. */
    public RegionDocument region(int number) {
        return regions.get(number);
    }

    /** Name of the region with a number. */
    public RegionName name(int number) {
        return regions.get(number).name();
    }

    /** Number of a region, -1 where the revision does not have it. */
    public int number(RegionName region) {
        return numbers.getOrDefault(region, -1);
    }

    /** All, in the order of their numbers. */
    public List<RegionDocument> all() {
        return regions;
    }
}
