package io.portolan.dist;

import io.portolan.model.RegionName;
import io.portolan.planner.bringup.BringUpPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a development world is to be. Immutable.
 *
 * @param regions   in the order of their addresses
 * @param data      absolute folder of all state
 * @param portBase  ports are this and a fixed number; 7000 unless told
 * @param processes whether each component is a process of its own
 * @param bringUpTimeout longest that a joining region may stand still before it is held
 */
record DevOptions(List<RegionName> regions, Path data, int portBase, boolean processes, Duration bringUpTimeout) {
    static final int DEFAULT_PORT_BASE = 7000;

    /** The regions of a world that names none. */
    static final List<RegionName> DEFAULT_REGIONS = List.of(
            new RegionName("westcentralus"),
            new RegionName("southcentralus"),
            new RegionName("westus"),
            new RegionName("westeurope"),
            new RegionName("southeastasia"),
            new RegionName("brazilsouth"));

    /** With the time of development's own plan. */
    DevOptions(List<RegionName> regions, Path data, int portBase, boolean processes) {
        this(regions, data, portBase, processes, BringUpPlan.DEVELOPMENT.timeout());
    }

    private static final int MOST_REGIONS = 60;
    private static final int HIGHEST_PORT = 65_535;
    private static final int PORTS = 500;

    DevOptions {
        regions = List.copyOf(regions);
        if (regions.isEmpty() || regions.size() > MOST_REGIONS) {
            throw new IllegalArgumentException(
                    "--regions: " + regions.size() + " (expected: 1 to " + MOST_REGIONS + ")");
        }
        if (regions.stream().distinct().count() != regions.size()) {
            throw new IllegalArgumentException("--regions: " + regions + " (expected: each once)");
        }
        if (!bringUpTimeout.isPositive()) {
            throw new IllegalArgumentException("--bring-up-timeout: " + bringUpTimeout + " (expected: more than 0 s)");
        }
        if (portBase < 1024 || portBase + PORTS > HIGHEST_PORT) {
            throw new IllegalArgumentException(
                    "--port-base: " + portBase + " (expected: 1024 to " + (HIGHEST_PORT - PORTS) + ")");
        }
    }

    /** Reads {@code --regions}: names with commas between, or how many; empty text gives the default. */
    static List<RegionName> regions(String text, RegionCatalogue catalogue) {
        if (text.isEmpty()) {
            return DEFAULT_REGIONS;
        }
        if (text.matches("\\d{1,3}")) {
            int count = Integer.parseInt(text);
            var all = new java.util.ArrayList<>(DEFAULT_REGIONS);
            catalogue.usual().stream()
                    .filter(name -> !DEFAULT_REGIONS.contains(name))
                    .forEach(all::add);
            if (count < 1 || count > MOST_REGIONS || count > all.size()) {
                throw new IllegalArgumentException(
                        "--regions: " + count + " (expected: 1 to " + Math.min(MOST_REGIONS, all.size()) + ")");
            }
            return all.subList(0, count);
        }
        var regions = List.of(text.split(",")).stream()
                .map(String::strip)
                .map(RegionName::new)
                .toList();
        for (var region : regions) {
            if (catalogue.find(region).isEmpty()) {
                throw new IllegalArgumentException("--regions: " + region
                        + " (expected: regions of the bundled list, such as " + DEFAULT_REGIONS + ")");
            }
        }
        return regions;
    }
}
