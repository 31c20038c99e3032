package io.portolan.model.document;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How endpoints are probed. Immutable.
 *
 * @param port              0 for the protocol's (80, 443) or, for regions, that of their probe URL
 * @param path              of HTTP and HTTPS, begins with a slash
 * @param host              {@code Host} header and TLS server name; empty text for the target's
 * @param interval          from one probe to the next
 * @param timeout           longest time of a probe, shorter than the interval
 * @param toleratedFailures 0 to 9; one more in a row make the endpoint unhealthy
 * @param recoverySuccesses successes in a row that make it healthy again, 1 (reference behaviour) to 100
 * @param statuses          codes that count as success, at most {@link #MAX_STATUSES} ranges
 * @param headers           sent with each probe, at most {@link #MAX_HEADERS}
 */
public record Monitor(
        Protocol protocol,
        int port,
        String path,
        String host,
        Duration interval,
        Duration timeout,
        int toleratedFailures,
        int recoverySuccesses,
        List<Statuses> statuses,
        List<Header> headers) {
    /** Most ranges of status codes. */
    public static final int MAX_STATUSES = 8;

    /** Most headers. */
    public static final int MAX_HEADERS = 8;

    private static final List<Statuses> OK = List.of(new Statuses(200, 200));

    /** The reference's defaults: HTTPS, 30 s, 10 s, 3 tolerated failures, one success brings back. */
    public static final Monitor STANDARD = new Monitor(
            Protocol.HTTPS, 0, "/", "", Duration.ofSeconds(30), Duration.ofSeconds(10), 3, 1, OK, List.of());

    /** The reference's fast settings at their fastest: 10 s, 9 s, none tolerated. */
    public static final Monitor FAST =
            new Monitor(Protocol.HTTPS, 0, "/", "", Duration.ofSeconds(10), Duration.ofSeconds(9), 0, 1, OK, List.of());

    public Monitor {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(interval, "interval");
        Objects.requireNonNull(timeout, "timeout");
        statuses = List.copyOf(statuses);
        headers = List.copyOf(headers);
    }

    /**
     * Of {@code /readyz} of a region's nodes.
     *
     * @param down failures in a row that make the region unhealthy, 1 or more
     * @param up   successes in a row that make it healthy again
     */
    public static Monitor readiness(Duration interval, Duration timeout, int down, int up) {
        return new Monitor(Protocol.HTTP, 0, "/readyz", "", interval, timeout, down - 1, up, OK, List.of());
    }

    /** Longest time from a death to its detection: the last good probe, then all failures, each at its timeout. */
    public Duration worstDetection() {
        return interval.multipliedBy(toleratedFailures + 1L).plus(timeout);
    }

    /** Whether a status code counts as success. */
    public boolean expects(int status) {
        return statuses.stream().anyMatch(range -> range.from() <= status && status <= range.to());
    }

    /** What a probe speaks. */
    public enum Protocol {
        HTTP,
        HTTPS,
        TCP
    }

    /** A range of status codes, both ends included. */
    public record Statuses(int from, int to) {}

    /** A header of a probe. */
    public record Header(String name, String value) {
        public Header {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(value, "value");
        }
    }
}
