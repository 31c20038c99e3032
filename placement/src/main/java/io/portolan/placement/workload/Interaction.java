package io.portolan.placement.workload;

import java.util.Objects;

/**
 * One thing that users do, and what crosses the network for it. Immutable.
 *
 * @param viewsPerSession how often in a session; the weight of this interaction in the whole
 * @param serialCalls     calls of which each waits for the one before
 * @param parallelCalls   calls that may go at once
 * @param parallelism     how many of them do
 * @param requestBytes    body of a call
 * @param responseBytes   body of its answer
 * @param bytesUp         bulk sent once a view, such as a file
 * @param bytesDown       bulk received once a view, such as content
 * @param cacheShare      0 to 1: share of calls and of {@code bytesDown} that a CDN near the user answers
 * @param serverMillis    time of the server for a call or a bulk transfer
 * @param newConnection   whether a view begins with a connection that has to be set up
 * @param p50Target       median over the users to keep to, milliseconds, infinite for none
 * @param p95Target       the same for the 95th percentile
 */
public record Interaction(
        String name,
        double viewsPerSession,
        int serialCalls,
        int parallelCalls,
        int parallelism,
        double requestBytes,
        double responseBytes,
        double bytesUp,
        double bytesDown,
        double cacheShare,
        double serverMillis,
        boolean newConnection,
        double p50Target,
        double p95Target) {
    public Interaction {
        Objects.requireNonNull(name, "name");
    }

    /** Whether it names a target. */
    public boolean hasTarget() {
        return p50Target < Double.POSITIVE_INFINITY || p95Target < Double.POSITIVE_INFINITY;
    }
}
