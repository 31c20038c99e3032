package io.portolan.director;

import java.time.Duration;
import java.util.Objects;

/**
 * What the TCP side bears. Immutable.
 *
 * @param connections          most at once; further ones are closed at once
 * @param connectionsPerClient most at once from one address
 * @param idle                 longest time without a completed query or a taken answer
 */
public record DnsLimits(int connections, int connectionsPerClient, Duration idle) {
    /** The default. */
    public static final DnsLimits STANDARD = new DnsLimits(1024, 64, Duration.ofSeconds(10));

    public DnsLimits {
        Objects.requireNonNull(idle, "idle");
        if (connections < 1 || connectionsPerClient < 1 || idle.isNegative() || idle.isZero()) {
            throw new IllegalArgumentException("DNS over TCP: connections " + connections + ", of one client "
                    + connectionsPerClient + ", idle " + idle + " (expected: all over zero)");
        }
    }
}
