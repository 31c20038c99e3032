package io.portolan.region.gateway;

import java.time.Duration;
import java.util.Objects;

/**
 * What calls may cost a node and its controllers, whatever a controller's manifest says. Immutable.
 *
 * @param outstanding        most calls of one controller in progress, those that wait for a connection among them; 503 beyond
 * @param idleConnections    most connections to one replica that an event loop keeps for later
 * @param idle               longest that one is kept; less than the 5 s after which Node.js closes one
 * @param headerBytes        longest head, and longest trailers, of an answer; 502 beyond
 * @param attempts           most replicas that one call is tried at
 * @param replayBytes        longest body that is remembered so that a call can be tried again
 * @param retryShare         retries that a call earns its controller: 0.2 for one in five
 * @param retriesPerSecond   retries that there are beside
 * @param failures           failures in a row that eject a replica
 * @param ejection           how long it is ejected the first time; each further time twice as long
 * @param longestEjection    and no longer than this
 * @param mostEjected        largest share of the replicas that may be ejected, 0 to 1
 * @param slowStart          how long a replica that is new, or was ejected, gets fewer calls than others
 * @param regions            most other regions that one call is tried at
 */
public record GatewaySettings(
        int outstanding,
        int idleConnections,
        Duration idle,
        int headerBytes,
        int attempts,
        int replayBytes,
        double retryShare,
        int retriesPerSecond,
        int failures,
        Duration ejection,
        Duration longestEjection,
        double mostEjected,
        Duration slowStart,
        int regions) {
    /** The defaults. */
    public static final GatewaySettings DEFAULTS = new GatewaySettings(
            1024,
            256,
            Duration.ofSeconds(4),
            32 << 10,
            3,
            64 << 10,
            0.2,
            10,
            5,
            Duration.ofSeconds(10),
            Duration.ofMinutes(5),
            0.5,
            Duration.ofSeconds(10),
            3);

    public GatewaySettings {
        Objects.requireNonNull(idle, "idle");
        Objects.requireNonNull(ejection, "ejection");
        Objects.requireNonNull(longestEjection, "longestEjection");
        Objects.requireNonNull(slowStart, "slowStart");
        if (outstanding < 1 || idleConnections < 0 || headerBytes < 256 || attempts < 1 || replayBytes < 0) {
            throw new IllegalArgumentException("gateway: " + outstanding + " outstanding, " + idleConnections
                    + " idle connections, " + headerBytes + " bytes of head, " + attempts + " attempts, " + replayBytes
                    + " bytes remembered (expected: at least 1, 0, 256, 1, 0)");
        }
        if (!(retryShare >= 0) || retriesPerSecond < 0 || failures < 1 || !(mostEjected >= 0 && mostEjected <= 1)) {
            throw new IllegalArgumentException("gateway: retries " + retryShare + " a call and " + retriesPerSecond
                    + " a second, ejected after " + failures + " failures, at most " + mostEjected
                    + " of all (expected: 0 or more, 0 or more, 1 or more, 0 to 1)");
        }
    }
}
