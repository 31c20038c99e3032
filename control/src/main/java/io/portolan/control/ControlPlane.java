package io.portolan.control;

import io.portolan.artifact.DiskReserve;
import io.portolan.artifact.FolderBlobStore;
import io.portolan.artifact.PackageIngest;
import io.portolan.artifact.PackageLimits;
import io.portolan.model.FailPoints;
import io.portolan.planner.rollout.Gate;
import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import io.portolan.storage.LogEntry;
import io.portolan.storage.PostgresStateStore;
import io.portolan.storage.Reader;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.StorageFailure;
import io.portolan.storage.Writer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executors;

/** A running control plane, alone or one of several on one database: built by hand in start order, stopped in reverse. Thread-safe. */
public final class ControlPlane implements AutoCloseable {
    private static final String SIGNING_KEY = "revision";
    /** Folder of the profiles of browsers, below that of the data. */
    private static final String BROWSERS = "browsers";

    private final StateStore store;
    private final Changes changes;
    private final EngineLease lease;
    private final Optional<FleetMirror> mirror;
    private final RegionInspector inspector;
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
        Files.createDirectories(settings.storeFolder());
        var uploadsRoom = new DiskReserve(uploads, settings.diskReserveBytes());
        var storeRoom = new DiskReserve(settings.storeFolder(), settings.diskReserveBytes());
        var signer = KeyFile.readOrCreate(settings.signingKey());
        var blobs = new FolderBlobStore(settings.storeFolder(), failPoints);
        store = open(settings);
        changes = new Changes();
        try {
            requireSameKey(settings, signer);
        } catch (IOException e) {
            store.close();
            throw e;
        }
        declare(settings, clock);
        lease = new EngineLease(store, settings.database(), host + ":" + settings.listenPort(), changes, clock);
        var fenced = new FencedStore(store, lease);
        var registry = new NodeRegistry();
        mirror = settings.database() instanceof StateDatabase.Shared shared
                ? Optional.of(new FleetMirror(store, fenced, lease, registry, changes, shared.leaseRenew(), clock))
                : Optional.empty();
        var observer = new FleetObserver(registry);
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        // Profiles of browsers that were left over.
        HeadlessBrowser.delete(settings.dataFolder().resolve(BROWSERS));
        inspector = new RegionInspector(
                http,
                new PageBrowser(settings.browser(), settings.dataFolder().resolve(BROWSERS), clock),
                changes,
                clock);
        var sights = new Sights(observer, registry, inspector);
        var warming = new CdnWarming(inspector, lease::held);
        var waysBack = WaysBack.of(blobs);
        var bringUps = new BringUpSteps(fenced, sights, observer, inspector, failPoints);
        var cdns = new CdnSteps(fenced, new CdnSights(inspector));
        engine = new Engine(
                fenced,
                lease,
                new RevisionPublisher(fenced, signer, filter, clock, failPoints),
                new RevisionPublisher(store, signer, filter, clock, failPoints),
                new RolloutSteps(fenced, new Scenes(observer, Gate.STANDARD, waysBack, warming), observer, failPoints),
                bringUps,
                cdns,
                changes,
                clock);
        store.onCommit(engine::committed);
        var commands = new Commands(store, clock);
        var bodies = new RolloutBodies(engine, observer, warming, clock);
        routes = new Routes();
        new StaticApi().addTo(routes);
        new ExtensionsApi(store, commands, clock).addTo(routes);
        new VersionsApi(
                        store,
                        commands,
                        new PackageIngest(blobs, PackageLimits.DEFAULT, new StoredVariants(store), failPoints),
                        PackageLimits.DEFAULT,
                        new VersionsApi.Room(uploads, uploadsRoom, blobs, storeRoom),
                        clock,
                        failPoints)
                .addTo(routes);
        new RolloutsApi(store, commands, engine, observer, bodies, changes, settings.defaultBake(), clock, failPoints)
                .addTo(routes);
        new NamesApi(store, commands, clock).addTo(routes);
        new ProfilesApi(store, commands, clock).addTo(routes);
        var regions = new RegionsApi(commands, registry, clock);
        regions.addTo(routes);
        new RolloutChecks(
                        store,
                        commands,
                        new RolloutRequests(settings.defaultBake()),
                        // A check warms nothing.
                        new Scenes(observer, Gate.STANDARD, waysBack, Warming.NONE),
                        regions,
                        clock)
                .addTo(routes);
        new NodeTokens(store, commands, clock).addTo(routes);
        new BringUpApi(store, commands, bringUps, sights, regions, inspector, clock).addTo(routes);
        new DeliveryApi(store, commands, cdns).addTo(routes);
        new CdnBreakersApi(commands, clock).addTo(routes);
        new EnvironmentsApi(store, commands, blobs).addTo(routes);
        new WindowsApi(store, commands, clock).addTo(routes);
        new IncidentsApi(store, commands, clock).addTo(routes);
        new OverridesApi(store, commands, engine, clock).addTo(routes);
        new StatusApi(store, registry, observer, clock).addTo(routes);
        new NodesApi(
                        store,
                        registry,
                        signer,
                        settings.environments(),
                        new Enrolment(store, failPoints, clock),
                        changes,
                        clock)
                .addTo(routes);
        new RouteLintApi(store).addTo(routes);
        new ResourceApiApi(store).addTo(routes);
        new LocationApi(store, commands, blobs, uploads, storeRoom, clock).addTo(routes);
        new BlobsApi(blobs, store).addTo(routes);
        new ReadApi(store, registry, http, clock).addTo(routes);
        new PlacementsApi(store, new RecordedPlaces(registry, http, clock), http).addTo(routes);
        new LogApi(store, changes).addTo(routes);
        new HealthApi(store, lease).addTo(routes);
        new AcknowledgementsApi(store, registry, clock).addTo(routes);
        mirror.ifPresent(FleetMirror::start);
        lease.start();
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
        mirror.ifPresent(FleetMirror::close);
        lease.close();
        inspector.close();
        http.shutdownNow();
        store.close();
    }

    private static StateStore open(ControlSettings settings) throws IOException {
        try {
            return switch (settings.database()) {
                case StateDatabase.Embedded embedded ->
                    SqliteStateStore.open(settings.dataFolder().resolve("state.db"));
                case StateDatabase.Shared shared -> PostgresStateStore.open(shared.postgres());
            };
        } catch (StorageFailure e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Nodes trust one key: a process with another would sign revisions that they refuse. */
    private void requireSameKey(ControlSettings settings, Signer signer) throws IOException {
        var recorded = store.read(reader -> Table.SIGNING_KEYS.get(reader, SIGNING_KEY))
                .or(() -> {
                    store.write(tx -> Table.SIGNING_KEYS.get(tx, SIGNING_KEY).isPresent()
                            ? 0L
                            : Table.SIGNING_KEYS.put(
                                    tx,
                                    SIGNING_KEY,
                                    Writer.ABSENT,
                                    new Records.SigningKey(Records.SCHEMA, signer.keyId())));
                    return store.read(reader -> Table.SIGNING_KEYS.get(reader, SIGNING_KEY));
                })
                .map(row -> row.value().keyId())
                .orElseThrow();
        if (!recorded.equals(signer.keyId())) {
            throw new IOException("signing key " + settings.signingKey() + ": " + signer.keyId() + " (expected: "
                    + recorded + ", which this state's revisions are signed with: copy that key's file here)");
        }
    }

    /** Makes the environments known that the settings declare; never removes one. */
    private void declare(ControlSettings settings, InstantSource clock) {
        store.write(tx -> {
            Rollouts.rekey(tx);
            for (int i = 0; i < settings.environments().size(); i++) {
                var facts = settings.environments().get(i).withoutTokens();
                refuseRecordsOfRoutes(tx, facts);
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

    /** A record that takes a route's name would take its users with it. */
    private static void refuseRecordsOfRoutes(Reader reader, ControlSettings.Environment facts) {
        for (var extension : Table.EXTENSIONS.list(reader, "")) {
            var route = extension.value().route();
            if (ExtensionsApi.isTaken(facts, route)) {
                throw new IllegalArgumentException("environment " + facts.name() + ": records: " + route
                        + " is the route of " + extension.value().name() + " (expected: a name that no extension has)");
            }
        }
    }

    private static void clean(java.nio.file.Path uploads) throws IOException {
        try (var left = Files.list(uploads)) {
            for (var file : left.toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
