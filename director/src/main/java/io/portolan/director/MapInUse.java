package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.planner.routing.LatencyMap;
import java.util.Objects;

/**
 * The latency map that answers come from. Immutable.
 *
 * @param version digest of the map; of the director's own location table where no map was imported
 */
record MapInUse(Digest version, LatencyMap map) {
    MapInUse {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(map, "map");
    }
}
