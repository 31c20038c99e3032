package io.portolan.planner.routing;

/** What observers know of an endpoint. */
public enum EndpointHealth {
    /** Seen up. */
    ONLINE,
    /** Not known yet; served. */
    CHECKING,
    /** Seen down; served only where all are. */
    DEGRADED
}
