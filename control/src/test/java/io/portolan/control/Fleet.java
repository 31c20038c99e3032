package io.portolan.control;

import io.portolan.artifact.PackageWriter;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.document.DnsRecord;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.IncidentRecord;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.OverrideReport;
import io.portolan.sync.ReplicaSettings;
import io.portolan.sync.RevisionConsumer;
import io.portolan.sync.RevisionReplica;
import io.portolan.sync.VerifiedRevision;
import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;

/** A control plane with nodes that follow it by the real protocol but hold no content of their own. */
final class Fleet implements AutoCloseable {
    static final List<String> REGIONS =
            List.of("westcentralus", "southcentralus", "westus", "westeurope", "southeastasia", "brazilsouth");

    private final Path folder;
    private final DocumentFilter filter;
    private final StateDatabase database;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, Node> nodes = new TreeMap<>();
    private ControlPlane control;

    Fleet(Path folder) throws IOException {
        this(folder, DocumentFilter.NONE, REGIONS);
    }

    Fleet(Path folder, DocumentFilter filter, List<String> regions) throws IOException {
        this(folder, filter, regions, new StateDatabase.Embedded());
    }

    /** With its state in this database. */
    Fleet(Path folder, DocumentFilter filter, List<String> regions, StateDatabase database) throws IOException {
        this.folder = folder;
        this.filter = filter;
        this.database = database;
        this.control = ControlPlane.start(settings(0), InstantSource.system(), FailPoints.NONE, filter);
        for (var region : regions) {
            nodes.put(region, new Node(region));
        }
    }

    void restartControl() throws IOException {
        int port = control.uri().getPort();
        control.close();
        control = ControlPlane.start(settings(port), InstantSource.system(), FailPoints.NONE, filter);
    }

    Node node(String region) {
        return Optional.ofNullable(nodes.get(region)).orElseThrow();
    }

    /** Nothing passes between the control plane and this region, and what is open hangs. */
    void partition(String region) {
        node(region).way.set(new Fault.Hang());
    }

    /** Everything passes again. */
    void heal(String region) {
        node(region).way.set(new Fault.Pass());
    }

    private ControlSettings settings(int port) {
        var regions = REGIONS.stream()
                .map(name -> new ControlSettings.Region(
                                new RegionName(name),
                                name,
                                new GeoPoint(0, 0),
                                List.of(),
                                List.of("127.0.1.1"),
                                List.of("http://127.0.1.1:1"),
                                1)
                        // All stand in one place: the others get that of the first by name.
                        .withResourceApi(
                                name.startsWith("west") && !name.contains("central")
                                        ? "https://" + name + ".api.test"
                                        : ""))
                .toList();
        var tokens = REGIONS.stream()
                .map(name -> new ControlSettings.JoinToken("token-" + name, "region", new RegionName(name)))
                .toList();
        return new ControlSettings(
                folder.resolve("control"),
                folder.resolve("store"),
                "127.0.0.1",
                port,
                List.of("127.0.0.1"),
                List.of(new ControlSettings.Environment(
                                new EnvironmentName("prod"),
                                "ext.portolan.test",
                                List.of("portal.portolan.test"),
                                StageDefinition.standard(),
                                Duration.ZERO,
                                regions,
                                List.of(),
                                List.of("ns1.ext.portolan.test"),
                                tokens)
                        .withRecords(List.of(new DnsRecord("www", "CNAME", "portal.portolan.test", 60)))),
                Duration.ofMillis(50),
                database,
                folder.resolve("control").resolve(ControlSettings.SIGNING_KEY));
    }

    /** One node; tests say what it lacks. */
    final class Node implements RevisionConsumer {
        private final String region;
        private final RevisionReplica replica;
        private final List<VerifiedRevision> applied = new ArrayList<>();
        private volatile List<NodeStatus.Lacking> lacking = List.of();
        private volatile long fetched;
        private volatile List<IncidentRecord> incidents = List.of();
        private final FaultProxy way;
        private volatile List<OverrideReport> overrides = List.of();
        /** Overrides of which the control plane has accepted a status. */
        private final Set<String> told = new HashSet<>();

        private final Map<VersionLabel, ControllerState> controllers = new ConcurrentHashMap<>();
        private volatile long errors;

        private Node(String region) throws IOException {
            this.region = region;
            way = FaultProxy.start(
                    new InetSocketAddress(control.uri().getHost(), control.uri().getPort()), InstantSource.system());
            replica = RevisionReplica.open(
                    new ReplicaSettings(
                            "node-" + region,
                            "region",
                            new EnvironmentName("prod"),
                            new RegionName(region),
                            "http://127.0.1.1:1",
                            way.uri(),
                            "token-" + region,
                            folder.resolve("regions").resolve(region),
                            Duration.ofSeconds(5),
                            Duration.ofSeconds(1)),
                    this,
                    InstantSource.system(),
                    FailPoints.NONE);
            replica.start();
        }

        @Override
        public synchronized void apply(VerifiedRevision revision) {
            applied.add(revision);
            letGo();
        }

        @Override
        public synchronized void told(Facts facts) {
            facts.overrides().forEach(report -> told.add(report.id()));
            letGo();
        }

        /** As a real node does: what the control plane was told of and has settled counts no more. */
        private void letGo() {
            if (!applied.isEmpty()) {
                var settled = applied.getLast().header().settledOverrides();
                overrides = overrides.stream()
                        .filter(report -> !told.contains(report.id()) || !settled.contains(report.id()))
                        .toList();
            }
        }

        @Override
        public Facts facts() {
            return new Facts(lacking, fetched, List.of(), "", incidents, overrides, controllers());
        }

        /** Of every version that the newest revision has running here, one controller {@code api} of two replicas. */
        private synchronized List<ControllerReport> controllers() {
            return applied.isEmpty()
                    ? List.of()
                    : applied.getLast().extensions().values().stream()
                            .flatMap(document -> document.running(new RegionName(region)).stream()
                                    .map(version -> report(document.name(), version)))
                            .toList();
        }

        private ControllerReport report(ExtensionName extension, VersionLabel version) {
            var state = controllers.getOrDefault(version, ControllerState.READY);
            int ready = state == ControllerState.READY ? 2 : state == ControllerState.STARTING ? 1 : 0;
            return new ControllerReport(extension, version, "api", state, ready, 2, 0, "as a test says", Instant.EPOCH)
                    .counting(errors * 10, errors);
        }

        /** How the controllers of a version are from now on; those of others are ready. */
        void controllers(String version, ControllerState state) {
            controllers.put(new VersionLabel(version), state);
            replica.statusChanged();
        }

        /** So many of its controllers' calls have failed, one in ten. */
        void failedCalls(long failed) {
            errors = failed;
            replica.statusChanged();
        }

        /** Versions whose controllers it was told to run. */
        synchronized List<String> running(String extension) {
            return extension(extension)
                    .map(document -> document.running(new RegionName(region)).stream()
                            .map(VersionLabel::value)
                            .toList())
                    .orElse(List.of());
        }

        void lacks(String extension, String version, long bytes) {
            lacking = List.of(new NodeStatus.Lacking(new ExtensionName(extension), new VersionLabel(version), bytes));
            replica.statusChanged();
        }

        void tells(IncidentRecord... records) {
            incidents = List.of(records);
            replica.statusChanged();
        }

        /** Obeys an operator, as if it had been told so while no control plane answered. */
        synchronized void obeys(OverrideReport... reports) {
            told.clear();
            overrides = List.of(reports);
            replica.statusChanged();
        }

        List<OverrideReport> overrides() {
            return overrides;
        }

        void lacksNothing() {
            lacking = List.of();
            fetched++;
            replica.statusChanged();
        }

        synchronized Optional<ExtensionDocument> extension(String extension) {
            return applied.isEmpty()
                    ? Optional.empty()
                    : Optional.ofNullable(applied.getLast().extensions().get(new ExtensionName(extension)));
        }

        synchronized Optional<RegionDocument> region(String name) {
            return applied.isEmpty()
                    ? Optional.empty()
                    : Optional.ofNullable(applied.getLast().regions().get(new RegionName(name)));
        }

        /** The environment's document as this node applied it last; empty before the first. */
        synchronized Optional<EnvironmentDocument> environment() {
            return applied.isEmpty()
                    ? Optional.empty()
                    : Optional.of(applied.getLast().environment());
        }

        /** Digest of the latency map that the newest applied revision names, empty text for none. */
        synchronized Optional<String> latencyMap() {
            return applied.isEmpty()
                    ? Optional.empty()
                    : Optional.of(applied.getLast().environment().latencyMap());
        }

        synchronized Optional<VersionLabel> served(String extension) {
            return applied.isEmpty()
                    ? Optional.empty()
                    : Optional.ofNullable(applied.getLast().extensions().get(new ExtensionName(extension)))
                            .flatMap(document -> document.pointer(new RegionName(region)))
                            .map(pointer -> pointer.version());
        }
    }

    /** An answer of the control plane. */
    record Reply(int status, JsonNode body, HttpResponse<byte[]> raw) {
        String text(String pointer) {
            return body.at(pointer).asString();
        }
    }

    /** Method and path of every route. */
    List<String> offered() {
        return control.offered();
    }

    URI uri() {
        return control.uri();
    }

    Reply get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, new byte[0], headers);
    }

    Reply post(String path, Object body, String... headers) throws IOException, InterruptedException {
        return send("POST", path, Json.bytes(body), headers);
    }

    Reply send(String method, String path, byte[] body, String... headers) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(control.uri().resolve(path))
                .method(
                        method,
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        var response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        var bytes = response.body();
        boolean json = response.headers().firstValue("Content-Type").orElse("").contains("json");
        return new Reply(
                response.statusCode(),
                json ? Json.mapper().readTree(bytes) : Json.mapper().nullNode(),
                response);
    }

    void register(String name, String route) throws IOException, InterruptedException {
        post("/v1/extensions", Map.of("name", name, "route", route));
    }

    /** Publishes a package whose page says the text. */
    Reply publish(String name, String version, String text) throws Exception {
        return publish(name, version, text, "*");
    }

    /** The same, for one portal host alone. */
    Reply publish(String name, String version, String text, String portal) throws Exception {
        return publish(name, version, text, portal, "");
    }

    /** Publishes a version with one controller {@code api} of two replicas that stands elsewhere. */
    Reply publishPair(String name, String version) throws Exception {
        return publish(name, version, version, "*", """
                ,"controllers":[{"name":"api","kind":"external","replicas":2,"endpoints":{"*":"http://127.0.0.1:9"}}]""");
    }

    private Reply publish(String name, String version, String text, String portal, String more) throws Exception {
        var source = Files.createTempDirectory(folder, "source");
        Files.writeString(source.resolve("index.html"), "<!doctype html><title>x</title>" + text);
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"" + portal + "\"]" + more + "}");
        if (!portal.equals("*")) {
            Files.writeString(
                    Files.createDirectories(source.resolve("Content/Config")).resolve("default.json"), "{}");
        }
        var zip = folder.resolve(
                "package-" + name + "-" + version + "-" + Instant.now().toEpochMilli() + ".zip");
        PackageWriter.pack(source, new VersionLabel(version), zip);
        return send("PUT", "/v1/extensions/" + name + "/versions/" + version, Files.readAllBytes(zip));
    }

    String start(String name, String version) throws IOException, InterruptedException {
        var reply = post("/v1/rollouts", Map.of("extension", name, "version", version));
        if (reply.status() != 201) {
            throw new AssertionError("starting " + version + ": " + reply.body());
        }
        return reply.text("/id");
    }

    Reply awaitFinal(String id) throws IOException, InterruptedException {
        return get("/v1/rollouts/" + id, "Prefer", "wait=30");
    }

    /** Publishes, rolls out, waits for success. */
    void deploy(String name, String version) throws Exception {
        publish(name, version, version);
        var end = awaitFinal(start(name, version));
        if (!end.text("/state").equals("SUCCEEDED")) {
            throw new AssertionError("rollout of " + version + ": " + end.body());
        }
    }

    @Override
    public void close() {
        nodes.values().forEach(node -> {
            // What hangs lets go first.
            try {
                node.way.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            node.replica.close();
        });
        control.close();
        http.close();
    }
}
