package io.portolan.control;

import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.protocol.Join;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.Signer;
import io.portolan.storage.StateStore;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** The parts of a control plane process without its threads and listeners: a test makes each turn. One thread at a time. */
final class SimulatedControl {
    final NodeRegistry registry = new NodeRegistry();
    final Engine engine;
    private final Routes routes = new Routes();
    private final StateStore.Subscription subscription;
    private final StatusIntake intake;
    private final boolean keepsTellings;

    private final BringUpSteps bringUps;
    private final Enrolment enrolment;

    SimulatedControl(StateStore store, Signer signer, InstantSource clock, Parts parts) {
        this(store, signer, clock, parts, SimulatedInspector.Eyes.WELL);
    }

    SimulatedControl(StateStore store, Signer signer, InstantSource clock, Parts parts, SimulatedInspector.Eyes eyes) {
        var changes = new Changes();
        var lease = new EngineLease(store, new StateDatabase.Embedded(), "simulated", changes, clock);
        var fenced = parts.fenced(store, lease);
        var observer = new FleetObserver(registry);
        intake = new StatusIntake(store, registry);
        keepsTellings = parts.keepsTellings();
        var inspector = new SimulatedInspector(changes, clock, eyes);
        var sights = new Sights(observer, registry, inspector);
        bringUps = new BringUpSteps(fenced, sights, observer, inspector, FailPoints.NONE);
        enrolment = new Enrolment(store, FailPoints.NONE, clock);
        engine = new Engine(
                fenced,
                lease,
                new RevisionPublisher(fenced, signer, DocumentFilter.NONE, clock, FailPoints.NONE),
                new RevisionPublisher(store, signer, DocumentFilter.NONE, clock, FailPoints.NONE),
                new RolloutSteps(
                        fenced,
                        parts.rules(),
                        new Scenes(observer, parts.gate(), WaysBack.UNCHECKED, Warming.NONE),
                        observer,
                        FailPoints.NONE),
                bringUps,
                new CdnSteps(fenced, new CdnSights(inspector)),
                changes,
                clock);
        subscription = store.onCommit(engine::committed);
        var commands = new Commands(store, clock);
        new RolloutsApi(
                        store,
                        commands,
                        engine,
                        observer,
                        new RolloutBodies(engine, observer, Warming.NONE, clock),
                        changes,
                        Duration.ofSeconds(5),
                        clock,
                        FailPoints.NONE)
                .addTo(routes);
        var regions = new RegionsApi(commands, registry, clock);
        new BringUpApi(store, commands, bringUps, sights, regions, inspector, clock).addTo(routes);
        new NodeTokens(store, commands, clock).addTo(routes);
        new RolloutChecks(
                        store,
                        commands,
                        new RolloutRequests(Duration.ofSeconds(5)),
                        new Scenes(observer, parts.gate(), WaysBack.UNCHECKED, Warming.NONE),
                        regions,
                        clock)
                .addTo(routes);
        new WindowsApi(store, commands, clock).addTo(routes);
        new NamesApi(store, commands, clock).addTo(routes);
        new ExtensionsApi(store, commands, clock).addTo(routes);
        new IncidentsApi(store, commands, clock).addTo(routes);
        new OverridesApi(store, commands, engine, clock).addTo(routes);
        lease.start();
    }

    /** One request through the routes that the listener serves. */
    Answer send(String method, String path, Object body, Map<String, String> headers) {
        var match = routes.find(method, path).orElseThrow();
        return match.handler()
                .answer(new Call(
                        method,
                        path,
                        match.parameters(),
                        Map.of(),
                        name -> Optional.ofNullable(headers.get(name)),
                        "127.0.0.1",
                        new ByteArrayInputStream(Json.bytes(body))));
    }

    Answer post(String path, Object body, Map<String, String> headers) {
        return send("POST", path, body, headers);
    }

    /**
     * A node's status arrives. Only those that tell of operators' orders are recorded as all are in truth: the others would cost the
     * simulation most of its time.
     *
     * @param living whether by the listener of the process that lives, and not by one that is thought to be dead
     */
    void heard(NodeStatus status, Instant now, boolean living) {
        if (living && keepsTellings && !status.overrides().isEmpty()) {
            intake.take(status, "simulation", now);
        } else {
            registry.heard(status, now);
        }
    }

    /** A node of an added region asks to be let in; whether it is. */
    boolean join(Join.Request wanted, String token) {
        return enrolment.join(
                new Call(
                        "POST",
                        "/v1/nodes",
                        Map.of(),
                        Map.of(),
                        name -> Optional.empty(),
                        "127.0.0.1",
                        new ByteArrayInputStream(new byte[0])),
                wanted,
                token);
    }

    /** What a region on its way waits for, in words. */
    String waits(RegionName region) {
        return bringUps.waiting(Table.key(StormWorld.PROD, region))
                .map(waiting -> waiting.step().text())
                .orElse("for nothing that is known");
    }

    /** The process is gone. */
    void forget() {
        subscription.close();
    }
}
