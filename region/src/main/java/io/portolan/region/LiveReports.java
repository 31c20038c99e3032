package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.protocol.Json;
import io.portolan.runtime.ControllerId;
import io.portolan.sync.OverrideStore;
import io.portolan.sync.ReplicaSettings;
import io.portolan.sync.RevisionReplica;
import io.portolan.sync.SyncState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a region node tells of itself: whether it is ready, diagnostics, metrics, and the answers below {@code /-/}. Thread-safe. It is
 * made before the parts that it tells of: these are made known to it as the node starts.
 */
final class LiveReports implements NodeReports {
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

    LiveReports(
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

    void statusChanged() {
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
        NodeSeries.write(text, counters, applier.state(), blobs, isReady());
        source.metrics().write(text);
        overrideAnswers.write(text);
        more.accept(text);
        transport.write(text);
        return text.toString();
    }
}
