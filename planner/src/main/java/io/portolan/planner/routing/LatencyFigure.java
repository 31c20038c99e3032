package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import java.util.Objects;

/**
 * The estimated round-trip time from a client's network to a region, and where the figure comes from. Immutable.
 *
 * @param rttMillis over zero
 * @param samples   measurements in it, 0 without
 */
public record LatencyFigure(RegionName region, double rttMillis, LatencyLayer layer, int samples) {
    public LatencyFigure {
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(layer, "layer");
        if (!(rttMillis > 0)) {
            throw new IllegalArgumentException("round-trip time to " + region + ": " + rttMillis + " (expected: > 0)");
        }
    }
}
