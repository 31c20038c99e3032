package io.portolan.planner.routing;

/** Where a figure of the latency map comes from, the weakest first. */
public enum LatencyLayer {
    /** {@link DistanceFit}. */
    DISTANCE,
    /** The row of the nearest region in {@link RegionLatencies}. */
    REGION_TABLE,
    /** Measurements of the client's network, shrunk towards the layers below. */
    MEASURED
}
