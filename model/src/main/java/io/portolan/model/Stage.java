package io.portolan.model;

import java.util.List;
import java.util.Objects;

/**
 * Named step of a stage definition. Immutable.
 *
 * @param name    stage name, unique in its definition
 * @param regions names of regions, or exactly {@code "*"}: every region that no other stage names
 */
public record Stage(String name, List<String> regions) {
    /** The one entry that stands for every region not named elsewhere. */
    public static final String REST = "*";

    public Stage {
        Objects.requireNonNull(name, "name");
        regions = List.copyOf(regions);
        if (!name.matches("[0-9A-Za-z][0-9A-Za-z\\-]{0,63}")) {
            throw new IllegalArgumentException("stage name: " + name + " (expected: letters, digits and hyphens)");
        }
        if (regions.isEmpty()) {
            throw new IllegalArgumentException("stage " + name + ": no regions (expected: region names or \"*\")");
        }
        if (regions.contains(REST) && regions.size() > 1) {
            throw new IllegalArgumentException(
                    "stage " + name + ": \"*\" beside other regions (expected: \"*\" alone)");
        }
    }

    /** Whether this is the stage of all regions not named elsewhere. */
    public boolean isRest() {
        return regions.equals(List.of(REST));
    }
}
