package io.portolan.director;

import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.sync.ReplicaSettings;
import io.portolan.sync.RevisionReplica;
import io.portolan.sync.SyncState;
import io.portolan.sync.VerifiedRevision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running director: follows its environment's revisions, probes the regions, answers DNS. Thread-safe.
 *
 * <p>From its folder it answers at once and for ever, whatever else is gone.
 */
public final class DirectorServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectorServer.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final LiveState state;
    private final RevisionReplica replica;
    private final DnsListener dns;
    private final OperationsListener http;

    private DirectorServer(DirectorSettings settings, InstantSource clock, FailPoints failPoints) throws IOException {
        var counters = new Counters();
        var locations = settings.locations().isEmpty()
                ? LocationTable.bundled()
                : LocationTable.read(Path.of(settings.locations()));
        var serial = new SerialNumber(settings.replica().folder());
        var overrides = DirectorOverrides.open(
                settings.replica().folder(), settings.replica().environment(), clock, failPoints);
        state = new LiveState(settings.advertised(), locations, serial, overrides, clock, failPoints);
        overrides.whenChanged(state::drainedChanged);
        try {
            // HTTP first: its port may be part of the URL that is reported. Until a revision is applied it says so.
            var health = started(new RegionHealth(settings, state::health, clock, counters));
            http = started(
                    OperationsListener.start(settings.http(), state, counters, overrides, health, settings.replica()));
            replica = started(RevisionReplica.open(withUrl(settings.replica(), uri()), state, clock, failPoints));
            dns = started(DnsListener.start(settings.dns(), new Answerer(state), counters));
            state.listen(listener(health, replica));
            replica.start();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private static LiveState.Listener listener(RegionHealth health, RevisionReplica replica) {
        return new LiveState.Listener() {
            @Override
            public void applied(VerifiedRevision revision) {
                health.follow(revision);
            }

            @Override
            public void downChanged() {
                replica.statusChanged();
            }
        };
    }

    private <T extends AutoCloseable> T started(T part) {
        parts.push(part);
        return part;
    }

    private static ReplicaSettings withUrl(ReplicaSettings settings, URI own) {
        return settings.url().isEmpty() ? settings.withUrl(own.toString()) : settings;
    }

    /** Starts a director; it answers when this returns. */
    public static DirectorServer start(DirectorSettings settings, InstantSource clock, FailPoints failPoints) {
        try {
            var server = new DirectorServer(settings, clock, failPoints);
            LOG.info("director started dns={} http={}", server.dnsAddress(), server.uri());
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("starting the director: " + e.getMessage(), e);
        }
    }

    /** Where DNS is answered, UDP and TCP. */
    public InetSocketAddress dnsAddress() {
        return dns.address();
    }

    /** Base URL of its operations listener. */
    public URI uri() {
        var address = http.address();
        var host = address.getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort());
    }

    /** How following its environment goes. */
    public SyncState sync() {
        return replica.state();
    }

    /** Regions that its probes see down. */
    public Set<RegionName> down() {
        return state.down();
    }

    /** Stops answering, probing and following, in the reverse order of the start. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                LOG.warn("closing the director reason={}", e.getMessage());
            }
        }
    }
}
