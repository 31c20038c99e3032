package io.portolan.protocol.rest;

import io.portolan.model.EnvironmentName;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The latency map of an environment, and how its import went.
 *
 * @param map          digest of the map, empty text where directors use their own location table
 * @param previous     digest of the map before, empty text for none
 * @param origin       what it was made of
 * @param networks     networks that the location source gave
 * @param rows         distinct rows of figures, {@code orders} distinct orders of the regions
 * @param regionTable  what came of the region table
 * @param measurements what came of the measurements
 * @param importedAt   null where there is none
 */
public record LocationBody(
        EnvironmentName environment,
        String map,
        String previous,
        long sizeBytes,
        String origin,
        int networks,
        int ranges4,
        int ranges6,
        int rows,
        int orders,
        Taken regionTable,
        Taken measurements,
        @Nullable Instant importedAt,
        String importedBy) {
    /** Rejected rows that are told; all are counted. */
    public static final int REJECTED_SHOWN = 100;

    public LocationBody {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(map, "map");
        Objects.requireNonNull(previous, "previous");
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(regionTable, "regionTable");
        Objects.requireNonNull(measurements, "measurements");
        Objects.requireNonNull(importedBy, "importedBy");
    }

    /** Where there is no map. */
    public static LocationBody none(EnvironmentName environment, String previous) {
        return new LocationBody(environment, "", previous, 0, "", 0, 0, 0, 0, 0, Taken.NONE, Taken.NONE, null, "");
    }

    /**
     * What came of reading one table.
     *
     * @param name     of the table, empty text for none
     * @param rejected the first {@link #REJECTED_SHOWN} of {@code rejectedCount}
     */
    public record Taken(String name, int accepted, int rejectedCount, List<Rejected> rejected) {
        /** Nothing was read. */
        public static final Taken NONE = new Taken("", 0, 0, List.of());

        public Taken {
            Objects.requireNonNull(name, "name");
            rejected = List.copyOf(rejected);
        }
    }

    /** A row that was left out. */
    public record Rejected(int line, String reason) {}
}
