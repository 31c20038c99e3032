package io.portolan.region;

import io.portolan.artifact.DiskReserve;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.Json;
import io.portolan.region.gateway.Gateway;
import io.portolan.region.gateway.Upstream;
import io.portolan.runtime.ControllerDirectory;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerRuntime;
import io.portolan.runtime.ControllerRuntimes;
import io.portolan.runtime.EnvironmentSecrets;
import io.portolan.runtime.ExternalRuntime;
import io.portolan.runtime.FolderSecrets;
import io.portolan.runtime.MoreRuntimes;
import io.portolan.runtime.OpenCalls;
import io.portolan.runtime.ProcessRuntime;
import io.portolan.runtime.Secrets;
import io.portolan.sync.OverrideStore;
import io.portolan.sync.ReplicaSettings;
import io.portolan.sync.RevisionReplica;
import io.portolan.sync.SyncState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
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
    private final Reports reports;
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
        reports = new Reports(
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
                runtime(settings, blobs, runtimes, gateway::openCalls, clock),
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

    /** Everything that this node can run. */
    private static ControllerRuntime runtime(
            RegionSettings settings, NodeBlobs blobs, MoreRuntimes more, OpenCalls calls, InstantSource clock) {
        var own = settings.controllers();
        var folder = settings.replica().folder();
        var region = settings.replica().region().value();
        Secrets secrets = new EnvironmentSecrets(System.getenv());
        if (!own.secrets().isEmpty()) {
            secrets = new FolderSecrets(folder.resolve(own.secrets())).or(secrets);
        }
        var processes = ProcessRuntime.open(
                own.processes(folder, region), digest -> blobs.readOnly().open(digest), secrets, calls, clock);
        var all = new ArrayList<ControllerRuntime>(List.of(processes, new ExternalRuntime(region, secrets, clock)));
        all.addAll(more.open(calls, clock));
        return new ControllerRuntimes(all, clock);
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

    private static final class Reports implements NodeReports {
        private final DemandRecords demand;
        private final ReplicaSettings settings;
        private final RevisionApplier applier;
        private final NodeBlobs blobs;
        private final BlobSource source;
        private final PeerAnswers peerAnswers;
        private final OverrideAnswers overrideAnswers;
        private final Faults faults;
        private final Incidents incidents;
        private final RequestCounters counters;
        private final InstantSource clock;
        private final Instant startedAt;
        private final TransportCounters transport;
        private final NodeObservations observations;
        private final TelemetryAnswers telemetry;
        private volatile @Nullable RevisionReplica replica;
        private volatile @Nullable HostedControllers controllers;
        private volatile boolean draining;
        private volatile @Nullable WarmUp warmUp;
        private volatile Consumer<StringBuilder> more = text -> {};

        Reports(
                DemandRecords demand,
                ReplicaSettings settings,
                RevisionApplier applier,
                OverrideStore overrides,
                NodeBlobs blobs,
                BlobSource source,
                Faults faults,
                Incidents incidents,
                RequestCounters counters,
                TransportCounters transport,
                NodeObservations observations,
                TelemetryAnswers telemetry,
                InstantSource clock) {
            this.observations = observations;
            this.telemetry = telemetry;
            this.clock = clock;
            this.startedAt = clock.instant();
            this.demand = demand;
            this.settings = settings;
            this.applier = applier;
            this.blobs = blobs;
            this.source = source;
            this.peerAnswers = new PeerAnswers(blobs, () -> replica);
            this.overrideAnswers = new OverrideAnswers(settings, overrides, applier, this::statusChanged);
            this.faults = faults;
            this.incidents = incidents;
            this.counters = counters;
            this.transport = transport;
        }

        void follow(RevisionReplica opened) {
            replica = opened;
        }

        void controllers(HostedControllers hosted) {
            controllers = hosted;
        }

        private boolean controllersReady() {
            var hosted = controllers;
            return hosted == null || hosted.isReady();
        }

        /** Other nodes, none before the replica was opened. */
        List<URI> peers() {
            var following = replica;
            return following == null ? List.of() : following.peers();
        }

        @Override
        public Outcome forPeer(Request request, Target.ForPeers wanted) {
            return peerAnswers.answer(request, wanted);
        }

        @Override
        public Outcome override(Request request) {
            return overrideAnswers.answer(request);
        }

        @Override
        public Outcome telemetry(Request request, ServingState state, ServedExtension extension) {
            return telemetry.answer(request, state, extension);
        }

        @Override
        public byte[] observations() {
            return observations.table();
        }

        @Override
        public byte[] bases(ServingState state, ServedExtension extension, String alias) {
            return observations.bases(state, extension, alias);
        }

        private void statusChanged() {
            var following = replica;
            if (following != null) {
                following.statusChanged();
            }
        }

        @Override
        public Outcome demand(ExtensionName extension, String route) {
            return (Outcome.Later) () -> {
                try {
                    var body = demand.of(settings.nodeId(), settings.region(), extension, route);
                    return new Response(
                            200,
                            Map.of("Content-Type", "application/json", "Cache-Control", "no-store"),
                            new Response.Body.Bytes(Json.bytes(body)));
                } catch (IOException e) {
                    throw new UncheckedIOException("reading the access log for " + extension, e);
                }
            };
        }

        @Override
        public Outcome controllerLog(Request request, ExtensionName extension) {
            var hosted = controllers;
            if (hosted == null) {
                return Failures.unavailable(request, "this node is starting");
            }
            ControllerId id;
            try {
                ControllerSpec.requireName(request.parameter("controller"));
                id = new ControllerId(
                        extension, new VersionLabel(request.parameter("version")), request.parameter("controller"));
            } catch (IllegalArgumentException e) {
                return Failures.badRequest(request, String.valueOf(e.getMessage()));
            }
            return (Outcome.Later) () -> {
                try {
                    return new Response(
                            200,
                            Map.of("Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store"),
                            Response.text(hosted.log(id)));
                } catch (IOException e) {
                    throw new UncheckedIOException("reading the log of " + id, e);
                }
            };
        }

        void after(WarmUp first) {
            warmUp = first;
        }

        /** Adds what others count to the metrics. */
        void alsoWrite(Consumer<StringBuilder> others) {
            more = others;
        }

        void drain() {
            draining = true;
        }

        @Override
        public boolean isReady() {
            var before = warmUp;
            return !draining && applier.isReady() && (before == null || before.isDone()) && controllersReady();
        }

        @Override
        public String whyNotReady() {
            if (draining) {
                return "this node is stopping";
            }
            if (applier.isReady()) {
                var before = warmUp;
                return before == null || before.isDone()
                        ? "controllers of versions that this region serves are starting"
                        : "this node warms up";
            }
            return applier.state().isEmpty()
                    ? "this node has applied no revision yet"
                    : "versions that this region is to serve are not fully held yet";
        }

        @Override
        public byte[] diagnostics(String routeOrEmpty) {
            return Json.bytes(of(routeOrEmpty, applier.state().orElse(null)));
        }

        @Override
        public byte[] compatibleDiagnostics(String routeOrEmpty) {
            var state = applier.state().orElse(null);
            return Json.bytes(EhsDiagnostics.of(
                    of(routeOrEmpty, state), state, settings.nodeId(), Duration.between(startedAt, clock.instant())));
        }

        private Diagnostics of(String routeOrEmpty, @Nullable ServingState state) {
            var following = replica;
            var sync = following == null
                    ? new SyncState(Optional.empty(), Optional.empty(), Optional.empty(), "")
                    : following.state();
            return Diagnostics.of(
                    settings.nodeId(),
                    settings.region(),
                    settings.environment(),
                    state,
                    sync,
                    faults,
                    filling(state),
                    incidents.all(),
                    applier.overridesInForce(),
                    ControllerView.of(controllers),
                    telemetry.counters(),
                    routeOrEmpty);
        }

        private Filling filling(@Nullable ServingState state) {
            return Filling.of(state == null ? List.of() : state.lacking(), applier::missingBytes, source.reports());
        }

        @Override
        public String metrics() {
            var text = new StringBuilder();
            text.append("# HELP portolan_node_responses_total Answers by class of their status.\n");
            text.append("# TYPE portolan_node_responses_total counter\n");
            for (int statusClass = 2; statusClass <= 5; statusClass++) {
                text.append("portolan_node_responses_total{status=\"")
                        .append(statusClass)
                        .append("xx\"} ")
                        .append(counters.of(statusClass))
                        .append('\n');
            }
            var state = applier.state();
            metric(
                    text,
                    "revision_number",
                    "gauge",
                    "Number of the revision in use, 0 before the first.",
                    state.map(s -> s.revision().header().number()).orElse(0L));
            metric(text, "blobs_fetched_total", "counter", "Blobs fetched since start.", blobs.fetchedCount());
            metric(
                    text,
                    "blobs_damaged_total",
                    "counter",
                    "Blobs found damaged on disk since start.",
                    blobs.damagedCount());
            metric(
                    text,
                    "blobs_hashed_total",
                    "counter",
                    "Blobs read in whole and compared with their hash since start.",
                    blobs.hashedCount());
            metric(
                    text,
                    "fetches_refused_disk_total",
                    "counter",
                    "Fetches refused because the disk reserve would be used up.",
                    blobs.refusedCount());
            metric(
                    text,
                    "disk_reserve_bytes",
                    "gauge",
                    "Bytes of the disk that content leaves free.",
                    blobs.reserve().reserveBytes());
            metric(text, "disk_free_bytes", "gauge", "Free bytes of the disk, -1 where it does not tell.", free());
            metric(
                    text,
                    "versions_lacking",
                    "gauge",
                    "Versions to hold that are not fully held.",
                    state.map(s -> (long) s.lacking().size()).orElse(0L));
            metric(
                    text,
                    "resource_api_leaves_region",
                    "gauge",
                    "Whether calls of this region's users to the resource API leave it; browsers make them, so none is counted.",
                    state.map(s -> s.revision().regions().get(s.region()))
                            .filter(RegionDocument::callsLeave)
                            .map(leaves -> 1L)
                            .orElse(0L));
            metric(text, "memory_blobs_bytes", "gauge", "Bytes of small blobs held in memory.", blobs.memoryBytes());
            metric(text, "ready", "gauge", "Whether the node is to get requests.", isReady() ? 1 : 0);
            source.metrics().write(text);
            overrideAnswers.write(text);
            more.accept(text);
            transport.write(text);
            return text.toString();
        }

        private long free() {
            try {
                return blobs.reserve().freeBytes();
            } catch (IOException e) {
                return -1;
            }
        }

        private static void metric(StringBuilder text, String name, String type, String help, long value) {
            text.append("# HELP portolan_node_")
                    .append(name)
                    .append(' ')
                    .append(help)
                    .append('\n');
            text.append("# TYPE portolan_node_")
                    .append(name)
                    .append(' ')
                    .append(type)
                    .append('\n');
            text.append("portolan_node_").append(name).append(' ').append(value).append('\n');
        }
    }
}
