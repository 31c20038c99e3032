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
import java.util.List;
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
    private final WireServer answers;
    private final DnsListener dns;
    private final OperationsListener http;

    private DirectorServer(DirectorSettings settings, InstantSource clock, FailPoints failPoints) throws IOException {
        var counters = new Counters();
        var locations = settings.locations().isEmpty()
                ? LocationTable.bundled()
                : LocationTable.read(Path.of(settings.locations()));
        var folder = settings.replica().folder();
        var serial = new SerialNumber(folder);
        var overrides = DirectorOverrides.open(folder, settings.replica().environment(), clock, failPoints);
        var history = History.open(folder.resolve("history"), clock, counters);
        var download = started(new MapDownload(settings.replica().controls()));
        var maps = started(new Maps(MapFolder.open(folder.resolve("maps")), locations, download, history, counters));
        state = new LiveState(settings.advertised(), maps, serial, overrides, clock, failPoints);
        state.observe(now -> history.record(observed(now, locations, clock)));
        overrides.whenChanged(state::drainedChanged);
        try {
            // HTTP first: its port may be part of the URL that is reported. Until a revision is applied it says so.
            var health = started(new RegionHealth(settings, state::health, clock, counters));
            http = started(
                    OperationsListener.start(settings.http(), state, counters, overrides, health, settings.replica()));
            replica = started(RevisionReplica.open(withUrl(settings.replica(), uri()), state, clock, failPoints));
            var cookies = cookies(settings, clock);
            var log = queryLog(settings.dns(), counters);
            answers = new WireServer(
                    new WireAnswerer(state::zone, cookies),
                    new RateLimiter(settings.dns().rates()),
                    log,
                    counters);
            http.alsoShow(answers::metrics);
            dns = started(DnsListener.start(settings.dns(), answers, counters, clock, cookies::replaceIfOld));
            http.lookBack(new Replay(history, maps, replica::kept, settings.advertised()));
            state.listen(listener(health, replica));
            maps.start(state::mapsChanged);
            replica.start();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private static Observed observed(DirectorState state, LocationTable own, InstantSource clock) {
        var map = state.locations().digest();
        return new Observed(
                Observed.SCHEMA,
                clock.instant(),
                state.revision().id().toString(),
                map,
                map.equals(own.digest()),
                state.health());
    }

    private static CookieSecrets cookies(DirectorSettings settings, InstantSource clock) throws IOException {
        var shared = settings.dns().cookieSecrets();
        return shared.isEmpty()
                ? CookieSecrets.own(settings.replica().folder(), clock)
                : CookieSecrets.shared(Path.of(shared), clock);
    }

    private QueryLog queryLog(DnsSettings settings, Counters counters) throws IOException {
        return settings.queryLog().isEmpty()
                ? QueryLog.OFF
                : started(FileQueryLog.open(Path.of(settings.queryLog()), settings.queryLogBytes(), counters));
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

    /** Where DNS is answered, UDP and TCP; the first address. */
    public InetSocketAddress dnsAddress() {
        return dns.address();
    }

    /** Where DNS is answered, all addresses. */
    public List<InetSocketAddress> dnsAddresses() {
        return dns.addresses();
    }

    /** What is counted of DNS answers, as Prometheus text. */
    String dnsMetrics() {
        return answers.metrics();
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
