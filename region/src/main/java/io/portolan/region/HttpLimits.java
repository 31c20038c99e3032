package io.portolan.region;

import java.time.Duration;
import java.util.Objects;

/**
 * What a client may cost the node. Immutable. Each limit counts in {@code portolan_node_transport_rejected_total} where it
 * refuses something.
 *
 * @param connections             most connections at a time; more are closed as they come
 * @param requestsPerConnection   a connection that brought so many is asked to close
 * @param requestLineBytes        longest first line of a request; 414 beyond
 * @param headerBytes             longest head after its first line; 431 beyond
 * @param headerCount             most header lines; 431 beyond
 * @param headerDeadline          a head (and a TLS handshake) is complete so long after it began; 408 beyond
 * @param bodyBytes               longest body of a request; 413 beyond
 * @param bodyDeadline            a body is complete so long after its head; 408 beyond
 * @param idleTimeout             a connection without a request for so long is closed
 * @param writeDeadline           an answer is taken by the client within this time and what its length adds to it
 * @param writeBytesPerSecond     slowest client that an answer waits for: its length divided by this is added to the deadline
 * @param lameDuck                how long a stopping node goes on accepting connections, not being ready, so that directors look
 *                                elsewhere first
 */
public record HttpLimits(
        int connections,
        int requestsPerConnection,
        int requestLineBytes,
        int headerBytes,
        int headerCount,
        Duration headerDeadline,
        int bodyBytes,
        Duration bodyDeadline,
        Duration idleTimeout,
        Duration writeDeadline,
        int writeBytesPerSecond,
        Duration lameDuck) {
    /** The defaults. */
    public static final HttpLimits DEFAULTS = new HttpLimits(
            10_000,
            100_000,
            8 << 10,
            16 << 10,
            100,
            Duration.ofSeconds(10),
            64 << 10,
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            8 << 10,
            Duration.ZERO);

    public HttpLimits {
        requireAtLeastOne("connections", connections);
        requireAtLeastOne("requestsPerConnection", requestsPerConnection);
        requireAtLeastOne("requestLineBytes", requestLineBytes);
        requireAtLeastOne("headerBytes", headerBytes);
        requireAtLeastOne("headerCount", headerCount);
        requireAtLeastOne("bodyBytes", bodyBytes);
        requireAtLeastOne("writeBytesPerSecond", writeBytesPerSecond);
        Objects.requireNonNull(headerDeadline, "headerDeadline");
        Objects.requireNonNull(bodyDeadline, "bodyDeadline");
        Objects.requireNonNull(idleTimeout, "idleTimeout");
        Objects.requireNonNull(writeDeadline, "writeDeadline");
        Objects.requireNonNull(lameDuck, "lameDuck");
    }

    /** When an answer of so many bytes has to be taken, counted from its first byte. */
    Duration writeDeadline(long bytes) {
        return writeDeadline.plusSeconds(bytes / writeBytesPerSecond);
    }

    /** The same with other limits of time. */
    public HttpLimits withDeadlines(Duration header, Duration body, Duration idle, Duration write) {
        return new HttpLimits(
                connections,
                requestsPerConnection,
                requestLineBytes,
                headerBytes,
                headerCount,
                header,
                bodyBytes,
                body,
                idle,
                write,
                writeBytesPerSecond,
                lameDuck);
    }

    /** The same with other limits of number. */
    public HttpLimits withCounts(int mostConnections, int mostRequests) {
        return new HttpLimits(
                mostConnections,
                mostRequests,
                requestLineBytes,
                headerBytes,
                headerCount,
                headerDeadline,
                bodyBytes,
                bodyDeadline,
                idleTimeout,
                writeDeadline,
                writeBytesPerSecond,
                lameDuck);
    }

    private static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
    }
}
