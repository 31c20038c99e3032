package io.portolan.planner.routing;

import io.portolan.model.RegionName;
import java.util.Objects;

/**
 * What clients of one network measured to one region. Immutable.
 *
 * @param rttMillis a middle of the samples (mean or median)
 * @param samples   how many, 1 or more
 */
public record LatencyMeasurement(RegionName region, double rttMillis, int samples) {
    public LatencyMeasurement {
        Objects.requireNonNull(region, "region");
        if (!(rttMillis > 0) || rttMillis > RegionLatencies.MOST_MILLIS) {
            throw new IllegalArgumentException("round-trip time to " + region + ": " + rttMillis
                    + " (expected: over 0, at most " + RegionLatencies.MOST_MILLIS + " ms)");
        }
        if (samples < 1) {
            throw new IllegalArgumentException("samples to " + region + ": " + samples + " (expected: 1 or more)");
        }
    }
}
