package io.portolan.control;

import io.portolan.model.FailPoints;
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
    private final Routes routes = new Routes();
    private final StateStore.Subscription subscription;

    SimulatedControl(StateStore store, Signer signer, InstantSource clock, Parts parts) {
        var changes = new Changes();
        var lease = new EngineLease(store, new StateDatabase.Embedded(), "simulated", changes, clock);
        var fenced = parts.fenced(store, lease);
        var observer = new FleetObserver(registry);
        var inspector = new RegionInspector(
                java.net.http.HttpClient.newHttpClient(),
                new PageBrowser(BrowserSettings.OFF, java.nio.file.Path.of("browsers"), clock),
                changes,
                clock);
        var bringUps = new BringUpSteps(
                fenced, new Sights(observer, registry, inspector), observer, inspector, FailPoints.NONE);
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

    /** The process is gone. */
    void forget() {
        subscription.close();
    }
}
