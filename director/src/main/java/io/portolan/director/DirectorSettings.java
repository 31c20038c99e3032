package io.portolan.director;

import io.portolan.model.document.Monitor;
import io.portolan.sync.ReplicaSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a director needs. Immutable.
 *
 * @param replica    how it follows its environment; with an empty URL its HTTP listener's address is reported
 * @param dns        how DNS is answered
 * @param http       where operations are answered; port 0 takes a free one
 * @param advertised addresses that name servers of the zone have (A and AAAA of {@code ns1}), empty for none
 * @param probes     how regions are probed
 * @param locations  path of the location table, empty text for the bundled demonstration
 * @param peers      base URLs of other directors, whose observations are read; nodes are known from the revision
 * @param requestsPerCapacity requests a second that a region of capacity 1 can answer; 0: load spills nowhere
 */
public record DirectorSettings(
        ReplicaSettings replica,
        DnsSettings dns,
        InetSocketAddress http,
        List<InetAddress> advertised,
        Probes probes,
        String locations,
        List<URI> peers,
        double requestsPerCapacity) {
    /** A director that knows no other, and never spills. */
    public DirectorSettings(
            ReplicaSettings replica,
            DnsSettings dns,
            InetSocketAddress http,
            List<InetAddress> advertised,
            Probes probes,
            String locations) {
        this(replica, dns, http, advertised, probes, locations, List.of(), 0);
    }

    public DirectorSettings {
        Objects.requireNonNull(replica, "replica");
        Objects.requireNonNull(dns, "dns");
        Objects.requireNonNull(http, "http");
        advertised = List.copyOf(advertised);
        Objects.requireNonNull(probes, "probes");
        Objects.requireNonNull(locations, "locations");
        peers = List.copyOf(peers);
    }

    /**
     * How regions are probed: {@code GET /readyz} on each node, a region is up when one answers 200.
     *
     * @param interval from one probe of a region to its next
     * @param timeout  longest time of a probe
     * @param down     failures in a row that take a region down
     * @param up       successes in a row that bring it up
     */
    public record Probes(Duration interval, Duration timeout, int down, int up) {
        /** Every 10 s, as in production. */
        public static final Probes STANDARD = new Probes(Duration.ofSeconds(10), Duration.ofSeconds(5), 4, 1);

        /** With three observers a lost region is out of the answers within 20 s, and one probe in five may be lost. */
        public static final Probes FAST = new Probes(Duration.ofSeconds(3), Duration.ofSeconds(2), 5, 2);

        /** Every second, as in {@code portolan dev}; patient, since everything shares one machine there. */
        public static final Probes DEV = new Probes(Duration.ofSeconds(1), Duration.ofSeconds(2), 3, 2);

        /** As a monitor of {@code /readyz}. */
        Monitor monitor() {
            return Monitor.readiness(interval, timeout, down, up);
        }

        public Probes {
            if (interval.isNegative() || interval.isZero() || timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException(
                        "probes: interval " + interval + ", timeout " + timeout + " (expected: both over zero)");
            }
            if (down < 1 || up < 1) {
                throw new IllegalArgumentException(
                        "probes: down " + down + ", up " + up + " (expected: both 1 or more)");
            }
        }
    }
}
