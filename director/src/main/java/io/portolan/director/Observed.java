package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.model.RevisionId;
import io.portolan.planner.routing.HealthView;
import java.time.Instant;
import java.util.Objects;

/**
 * What answers came from, from a time on: one line of the history. Immutable.
 *
 * @param revision position of the revision in use, {@code epoch.number}
 * @param map      digest of the map in use
 * @param own      whether that is the director's own location table
 * @param health   the whole view of health
 */
record Observed(int schema, Instant at, String revision, Digest map, boolean own, HealthView health) {
    static final int SCHEMA = 1;

    Observed {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(revision, "revision");
        Objects.requireNonNull(map, "map");
        Objects.requireNonNull(health, "health");
    }

    RevisionId id() {
        return RevisionId.parse(revision);
    }

    /** Whether answers are the same as from another. */
    boolean sameAs(Observed other) {
        return revision.equals(other.revision)
                && map.equals(other.map)
                && own == other.own
                && health.equals(other.health);
    }
}
