package io.portolan.model.controller;

import java.time.Duration;

/**
 * What the gateway waits for at most. Immutable.
 *
 * @param connect  until a replica takes a connection
 * @param response from the last byte of a call to the first of its answer
 * @param idle     without a byte in either direction while bodies stream or a socket is open
 */
public record CallTimeouts(Duration connect, Duration response, Duration idle) {
    /** What holds where a manifest says nothing. */
    public static final CallTimeouts STANDARD =
            new CallTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(60), Duration.ofMinutes(5));

    public CallTimeouts {
        var least = Duration.ofMillis(10);
        Times.requireBetween("timeouts: connect", connect, least, Duration.ofMinutes(1));
        Times.requireBetween("timeouts: response", response, least, Duration.ofHours(1));
        Times.requireBetween("timeouts: idle", idle, least, Duration.ofHours(24));
    }
}
