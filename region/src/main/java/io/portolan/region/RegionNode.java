package io.portolan.region;

import io.portolan.artifact.DiskReserve;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.region.gateway.Gateway;
import io.portolan.region.gateway.Upstream;
import io.portolan.runtime.ControllerDirectory;
import io.portolan.runtime.MoreRuntimes;
import io.portolan.sync.OverrideStore;
import io.portolan.sync.RevisionReplica;
import io.portolan.sync.SyncState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running region node: follows its environment's revisions, holds what they name and serves it. Thread-safe.
 *
 * <p>It opens its own folder and sockets only: {@code revisions/} and {@code objects/} are the replica's, {@code blobs/ab/<hash>}
 * and {@code serving.json} its own. With control plane and store away it serves what it has, across restarts, for ever.
 */
public final class RegionNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RegionNode.class);

    /** What of the drain is left for sockets to close, once they were told. */
    private static final Duration SOCKETS_CLOSE = Duration.ofSeconds(3);

    private final URI uri;
    private final LiveReports reports;
    private final Filler filler;
    private final ContentKeeper keeper;
    private final NodeBlobs blobs;
    private final HotAnswers hotAnswers;
    private final WarmUp warmUp;
    private final NextRegion next;
    private final Dispatcher dispatcher;
    private final Gateway gateway;
    private final ExecutorService resolving = Threads.virtual("region-resolve");
    private final HttpListener listener;
    private final RevisionReplica replica;
    private final Optional<AccessLog> accessLog;
    private final NodeObservations observations;
    private final HostedControllers controllers;

    /**
     * Starts a node: opens its folder, serves the newest good revision on disk, if there is one, then follows.
     *
     * @throws UncheckedIOException when the folder cannot be used or the address not be listened on
     */
    public static RegionNode start(RegionSettings settings, InstantSource clock, FailPoints failPoints) {
        return start(settings, clock, failPoints, MoreRuntimes.NONE);
    }

    /** With runtimes for controllers beside those for processes and external ones. */
    public static RegionNode start(
            RegionSettings settings, InstantSource clock, FailPoints failPoints, MoreRuntimes runtimes) {
        return start(settings, clock, failPoints, runtimes, hosted -> hosted);
    }

    /** With controllers elsewhere than where this node hosts them. */
    static RegionNode start(
            RegionSettings settings,
            InstantSource clock,
            FailPoints failPoints,
            UnaryOperator<ControllerDirectory> directory) {
        return start(settings, clock, failPoints, MoreRuntimes.NONE, directory);
    }

    /** With both. */
    static RegionNode start(
            RegionSettings settings,
            InstantSource clock,
            FailPoints failPoints,
            MoreRuntimes runtimes,
            UnaryOperator<ControllerDirectory> directory) {
        try {
            return new RegionNode(settings, clock, failPoints, runtimes, directory);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "starting region node " + settings.replica().nodeId() + ": " + e.getMessage(), e);
        }
    }

    private RegionNode(
            RegionSettings settings,
            InstantSource clock,
            FailPoints failPoints,
            MoreRuntimes runtimes,
            UnaryOperator<ControllerDirectory> directory)
            throws IOException {
        var wanted = settings.replica();
        Files.createDirectories(wanted.folder());
        var faults = new Faults();
        var source = new BlobSource(
                settings.store(), settings.fetchStall(), settings.fetchBytesPerSecond(), this::peers, clock);
        var reserve = new DiskReserve(wanted.folder(), settings.content().diskReserveBytes());
        blobs = new NodeBlobs(
                wanted.folder().resolve("blobs"),
                source,
                settings.memoryBytes(),
                settings.onDemandWait(),
                reserve,
                clock,
                failPoints);
        var cache = new ContentCache(blobs);
        var holdings = new Holdings(blobs, cache, faults);
        var incidents = new Incidents(wanted.folder(), wanted.nodeId(), clock);
        var overrides = OverrideStore.open(wanted.folder(), wanted.environment(), clock, failPoints);
        var applier = new RevisionApplier(
                wanted.region(),
                settings.ownNames(),
                new ServingRecord(wanted.folder()),
                holdings,
                blobs,
                faults,
                incidents,
                overrides,
                failPoints);
        overrides.whenTaken(applier::overridden);
        blobs.whenDamaged(new DamageReport(wanted.nodeId(), incidents, applier));
        var counters = new RequestCounters();
        var users = new UserAnswers();
        var requests = new RequestMetrics(applier::state, RequestMetrics.MOST_VERSIONS);
        accessLog = settings.accessLog().format() == AccessLogSettings.Format.OFF
                ? Optional.empty()
                : Optional.of(AccessLog.start(settings.accessLog(), wanted.folder(), clock));
        var observers = new ArrayList<RequestObserver>(List.of(counters, requests, users));
        accessLog.ifPresent(observers::add);
        observers.add(this::used);
        var transport = new TransportCounters();
        var telemetry = TelemetryAnswers.of(applier::state, clock);
        observations = new NodeObservations(
                wanted,
                settings.observations(),
                applier::state,
                counters::total,
                users,
                telemetry.counters()::recent,
                telemetry.counters()::darkSessions,
                blobs.readOnly(),
                incidents,
                this::statusChanged,
                clock);
        telemetry.counters().whenWrong(observations::suspect);
        var demand = new DemandRecords(settings.accessLog(), wanted.folder());
        reports = new LiveReports(
                demand,
                wanted,
                applier,
                overrides,
                blobs,
                source,
                faults,
                incidents,
                counters,
                transport,
                observations,
                telemetry,
                clock);
        hotAnswers = new HotAnswers(blobs, settings.memoryBytes());
        var date = new HttpDate(clock);
        warmUp = new WarmUp(settings.warmUp(), new RequestObservers(observers), clock);
        var hot = new HotPath(applier::state, hotAnswers, date, warmUp);
        var others = new OtherNodes(wanted.region(), applier::state, this::peers);
        next = new NextRegion(others, clock);
        var pressure = new Pressure();
        dispatcher = new Dispatcher(
                new Responder(reports),
                applier,
                cache,
                blobs,
                faults,
                clock,
                hotAnswers,
                date,
                next,
                settings.onDemandLimit(),
                settings.admission(),
                pressure);
        gateway = new Gateway(settings.gateway(), resolving);
        controllers = new HostedControllers(
                wanted.region(),
                NodeRuntimes.open(settings, blobs, runtimes, gateway::openCalls, clock),
                applier::state,
                blobs,
                settings.controllers().readyWait(),
                reports::statusChanged,
                clock);
        controllers.counting(gateway::counted);
        telemetry.whenTaken(controllers);
        applier.controllers(controllers);
        reports.controllers(controllers);
        var found = directory.apply(controllers);
        var upstreams = new ControllerUpstreams(found);
        var calls = new Calls(
                new ControllerRoutes(applier::state, found, controllers),
                upstreams,
                gateway,
                date,
                wanted.region(),
                others,
                settings.drainTimeout().minus(SOCKETS_CLOSE).isNegative()
                        ? Duration.ZERO
                        : settings.drainTimeout().minus(SOCKETS_CLOSE));
        listener = HttpListener.bind(settings, dispatcher, hot, calls, transport, clock);
        pressure.watch(listener.loops());
        uri = uri(settings);
        replica = RevisionReplica.open(
                wanted.url().isEmpty() ? wanted.withUrl(uri.toString()) : wanted, applier, clock, failPoints);
        reports.follow(replica);
        reports.alsoWrite(text -> {
            requests.write(text);
            telemetry.write(text);
            next.write(text);
            controllers.write(text);
            upstreams.prune();
            gateway.write(text, key -> isNamed(applier.state(), key));
            dispatcher.write(text);
            accessLog.ifPresent(log -> log.write(text));
        });
        filler = new Filler(
                settings, applier, cache, blobs, holdings, faults, replica::statusChanged, clock, failPoints);
        applier.fill(filler);
        keeper = new ContentKeeper(settings.content(), reserve, blobs, cache, applier, replica::keptExtensions, clock);
        filler.start();
        controllers.start();
        replica.start();
        keeper.start();
        listener.accept();
        observations.start();
        reports.after(warmUp);
        warmUp.start(listener.address(), applier);
        LOG.info("node={} region={} listening={}", wanted.nodeId(), wanted.region(), uri);
    }

    /** Port with TLS, if there is one. */
    public OptionalInt httpsPort() {
        return listener.tlsAddress()
                .map(address -> OptionalInt.of(address.getPort()))
                .orElse(OptionalInt.empty());
    }

    /** Base URL of its listener, without a trailing slash. */
    public URI uri() {
        return uri;
    }

    /** Whether no open connection holds bytes back to fill a packet. */
    boolean sendsAtOnce() {
        return listener.sendsAtOnce();
    }

    /** Open connections. */
    int connections() {
        return listener.connections();
    }

    /** Whether {@code /readyz} answers 200. */
    public boolean isReady() {
        return reports.isReady();
    }

    /** How following goes. */
    public SyncState syncState() {
        return replica.state();
    }

    /** Fails {@code /readyz}, finishes what is in flight, then stops; the folder stays. */
    @Override
    public void close() {
        reports.drain();
        warmUp.close();
        observations.close();
        replica.close();
        keeper.close();
        filler.close();
        listener.close();
        // After the calls that were in progress.
        controllers.close();
        dispatcher.close();
        next.close();
        resolving.shutdownNow();
        hotAnswers.close();
        accessLog.ifPresent(AccessLog::close);
        blobs.close();
        LOG.info("uri={} stopped", uri);
    }

    /** Calls of a replica in progress, open sockets among them. */
    public int openCalls(String replica) {
        return gateway.openCalls(replica);
    }

    /** Whether a revision names the version: others have no counters. */
    private static boolean isNamed(Optional<ServingState> state, Upstream.Key key) {
        return state.flatMap(now -> now.extension(new ExtensionName(key.extension())))
                .filter(extension -> extension.versions().containsKey(key.version()))
                .isPresent();
    }

    /** A page that is loaded is one that calls the controllers of its version. */
    private void used(AnswerFacts answer) {
        controllers.answered(answer);
    }

    private URI uri(RegionSettings settings) {
        var host = settings.listenHost();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + listener.address().getPort());
    }

    private void statusChanged() {
        reports.statusChanged();
    }

    /** Other nodes that may have content. */
    private List<URI> peers() {
        return reports.peers();
    }
}
