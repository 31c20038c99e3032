package io.portolan.planner.routing;

/** State of an endpoint or of a whole profile, as the reference names them. */
public enum EndpointState {
    /** Healthy; served. */
    ONLINE,
    /** Before its first verdict; served. */
    CHECKING,
    /** Served without being probed. */
    UNMONITORED,
    /** Unhealthy; served only where every eligible endpoint of its profile is. */
    DEGRADED,
    /** Its target takes no clients: no version there, drained, not live, or a child profile that is disabled; never served. */
    STOPPED,
    /** Switched off; never served. */
    DISABLED;

    /** Whether clients are sent to it while others are there too. */
    public boolean servable() {
        return this == ONLINE || this == CHECKING || this == UNMONITORED;
    }

    /** Whether it is served where all eligible endpoints are degraded. */
    public boolean eligible() {
        return servable() || this == DEGRADED;
    }
}
