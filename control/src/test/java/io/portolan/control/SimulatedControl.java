package io.portolan.control;

import io.portolan.model.FailPoints;
import io.portolan.planner.rollout.Gate;
import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import io.portolan.storage.StateStore;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** The parts of a control plane process without its threads and listeners: a test makes each turn. One thread at a time. */
final class SimulatedControl {
    final NodeRegistry registry = new NodeRegistry();
    final Engine engine;
    final EngineLease lease;
    private final Routes routes = new Routes();
    private final StateStore.Subscription subscription;

    SimulatedControl(StateStore store, Signer signer, InstantSource clock) {
        var changes = new Changes();
        lease = new EngineLease(store, new StateDatabase.Embedded(), "simulated", changes, clock);
        var fenced = new FencedStore(store, lease);
        var observer = new FleetObserver(registry);
        engine = new Engine(
                fenced,
                lease,
                new RevisionPublisher(fenced, signer, DocumentFilter.NONE, clock, FailPoints.NONE),
                new RevisionPublisher(store, signer, DocumentFilter.NONE, clock, FailPoints.NONE),
                new RolloutSteps(fenced, new Scenes(observer, Gate.TIME), observer, FailPoints.NONE),
                changes,
                clock);
        subscription = store.onCommit(engine::committed);
        new RolloutsApi(
                        store,
                        new Commands(store, clock),
                        engine,
                        observer,
                        new RolloutBodies(engine, observer, clock),
                        changes,
                        Duration.ofSeconds(5),
                        clock,
                        FailPoints.NONE)
                .addTo(routes);
        lease.start();
    }

    /** One request through the routes that the listener serves. */
    Answer post(String path, Object body, Map<String, String> headers) {
        var match = routes.find("POST", path).orElseThrow();
        return match.handler()
                .answer(new Call(
                        "POST",
                        path,
                        match.parameters(),
                        Map.of(),
                        name -> Optional.ofNullable(headers.get(name)),
                        "127.0.0.1",
                        new ByteArrayInputStream(Json.bytes(body))));
    }

    /** The process is gone. */
    void forget() {
        subscription.close();
    }
}
