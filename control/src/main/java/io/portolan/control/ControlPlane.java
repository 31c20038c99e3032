package io.portolan.control;

import io.portolan.artifact.FolderBlobStore;
import io.portolan.artifact.PackageIngest;
import io.portolan.artifact.PackageLimits;
import io.portolan.model.FailPoints;
import io.portolan.planner.rollout.Gate;
import io.portolan.protocol.Json;
import io.portolan.storage.LogEntry;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executors;

/** A running control plane: built by hand in start order, stopped in reverse. Thread-safe. */
public final class ControlPlane implements AutoCloseable {
    private final StateStore store;
    private final Changes changes;
    private final Engine engine;
    private final HttpFront front;
    private final HttpClient http;
    private final String host;
    private final Routes routes;

    /** Starts one; it listens when this returns. */
    public static ControlPlane start(ControlSettings settings, InstantSource clock, FailPoints failPoints)
            throws IOException {
        return start(settings, clock, failPoints, DocumentFilter.NONE);
    }

    /** With a hook that sees every document before it is signed: for tests only. */
    public static ControlPlane start(
            ControlSettings settings, InstantSource clock, FailPoints failPoints, DocumentFilter filter)
            throws IOException {
        return new ControlPlane(settings, clock, failPoints, filter);
    }

    private ControlPlane(ControlSettings settings, InstantSource clock, FailPoints failPoints, DocumentFilter filter)
            throws IOException {
        if (!InetAddress.getByName(settings.listenHost()).isLoopbackAddress()) {
            throw new IOException("listen: " + settings.listenHost()
                    + " (expected: a loopback address; this version has no authentication for others)");
        }
        host = settings.listenHost();
        var uploads = settings.dataFolder().resolve("uploads");
        Files.createDirectories(uploads);
        clean(uploads);
        var signer = KeyFile.readOrCreate(settings.dataFolder().resolve("keys"), "revision.key");
        var blobs = new FolderBlobStore(settings.storeFolder(), failPoints);
        store = SqliteStateStore.open(settings.dataFolder().resolve("state.db"));
        changes = new Changes();
        declare(settings, clock);
        var registry = new NodeRegistry();
        var observer = new FleetObserver(registry);
        var publisher = new RevisionPublisher(store, signer, filter, clock, failPoints);
        engine = new Engine(store, publisher, observer, Gate.TIME, changes, clock, failPoints);
        store.onCommit(engine::committed);
        var commands = new Commands(store, clock);
        var bodies = new RolloutBodies(engine, observer, clock);
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        routes = new Routes();
        new StaticApi().addTo(routes);
        new ExtensionsApi(store, commands, clock).addTo(routes);
        new VersionsApi(
                        store,
                        commands,
                        new PackageIngest(blobs, PackageLimits.DEFAULT, new StoredVariants(store), failPoints),
                        PackageLimits.DEFAULT,
                        uploads,
                        clock,
                        failPoints)
                .addTo(routes);
        new RolloutsApi(store, commands, engine, observer, bodies, changes, settings.defaultBake(), clock, failPoints)
                .addTo(routes);
        new NamesApi(store, commands, clock).addTo(routes);
        new StatusApi(store, registry, observer, clock).addTo(routes);
        new NodesApi(store, registry, signer, settings.environments(), changes, clock).addTo(routes);
        new BlobsApi(blobs, store).addTo(routes);
        new ReadApi(store, registry, http, clock).addTo(routes);
        new LogApi(store, changes).addTo(routes);
        engine.start();
        front = new HttpFront(routes, settings.listenHost(), settings.listenPort(), settings.hosts());
    }

    /** Base URL of its listener. */
    public URI uri() {
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + front.port());
    }

    /** Method and path of every route, for the test that holds the description of the interface to them. */
    java.util.List<String> offered() {
        return routes.all().stream()
                .map(route -> route.method() + " " + route.template())
                .toList();
    }

    @Override
    public void close() {
        changes.close();
        front.close();
        engine.close();
        http.shutdownNow();
        store.close();
    }

    /** Makes the environments known that the settings declare; never removes one. */
    private void declare(ControlSettings settings, InstantSource clock) {
        store.write(tx -> {
            for (int i = 0; i < settings.environments().size(); i++) {
                var facts = withoutTokens(settings.environments().get(i));
                var record = new Records.Environment(Records.SCHEMA, i, facts);
                var present = Table.ENVIRONMENTS.get(tx, facts.name().value());
                if (present.isEmpty() || !present.get().value().equals(record)) {
                    Table.ENVIRONMENTS.put(tx, facts.name().value(), Writer.ANY, record);
                    tx.append(new LogEntry(
                            "portolan.environment.declared",
                            "environment/" + facts.name(),
                            "settings",
                            "control",
                            "",
                            Json.text(record),
                            clock.instant()));
                }
            }
            return true;
        });
    }

    /** Tokens stay in the settings: they are secrets, and the log and the state are not the place for them. */
    private static ControlSettings.Environment withoutTokens(ControlSettings.Environment environment) {
        return new ControlSettings.Environment(
                environment.name(),
                environment.zone(),
                environment.portalHosts(),
                environment.stages(),
                environment.minimumBake(),
                environment.regions(),
                environment.frameAncestors(),
                environment.nameServers(),
                java.util.List.of());
    }

    private static void clean(java.nio.file.Path uploads) throws IOException {
        try (var left = Files.list(uploads)) {
            for (var file : left.toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
