package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.protocol.Json;
import io.portolan.sync.ReplicaSettings;
import io.portolan.sync.RevisionConsumer;
import io.portolan.sync.RevisionReplica;
import io.portolan.sync.VerifiedRevision;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;

/**
 * A control plane in its own process and the real replicas of many regions in this one: they join, long-poll, verify, keep and report
 * over HTTP as region nodes do, but fetch and serve no content, for which sixty of them would need more cores than there are.
 */
final class BenchFleet implements AutoCloseable {
    private static final InstantSource CLOCK = InstantSource.system();

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<RevisionReplica> replicas = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final AtomicLong applied = new AtomicLong();
    private final Path folder;
    private final Process control;
    private final URI uri;

    BenchFleet(Path folder, int regions) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder);
        control = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ControlBenchMain.class.getName(),
                        folder.toString(),
                        Integer.toString(regions))
                .redirectError(folder.resolve("control.err").toFile())
                .start();
        var lines = new BufferedReader(new InputStreamReader(control.getInputStream(), StandardCharsets.UTF_8));
        var line = lines.readLine();
        if (line == null) {
            throw new IOException("control plane: " + Files.readString(folder.resolve("control.err")));
        }
        uri = URI.create(line.substring(line.indexOf("http")));
        for (var region : ControlBenchMain.regions(regions)) {
            var node = new Node();
            nodes.add(node);
            var replica = RevisionReplica.open(
                    new ReplicaSettings(
                            "node-" + region,
                            "region",
                            new EnvironmentName("prod"),
                            new RegionName(region),
                            "http://127.0.1.1:1",
                            uri,
                            "token-" + region,
                            folder.resolve("regions").resolve(region),
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(5)),
                    node,
                    CLOCK,
                    FailPoints.NONE);
            replicas.add(replica);
        }
    }

    /** What a node would load is not loaded. */
    private final class Node implements RevisionConsumer {
        /** When it had applied each revision, by number. */
        private final ConcurrentSkipListMap<Long, Instant> appliedAt = new ConcurrentSkipListMap<>();

        @Override
        public void apply(VerifiedRevision revision) {
            appliedAt.put(revision.id().number(), CLOCK.instant());
            applied.incrementAndGet();
        }

        @Override
        public Facts facts() {
            return new Facts(List.of(), 0, List.of(), "", List.of());
        }
    }

    void follow() {
        replicas.forEach(RevisionReplica::start);
    }

    /** One replica follows; the others have what it has on their disks already, as those have that have followed for long. */
    void followAsEver(BooleanSupplier isOver) throws IOException {
        replicas.getFirst().start();
        while (applied() == 0 && !isOver.getAsBoolean()) {
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
        var regions = ControlBenchMain.regions(replicas.size());
        var objects = folder.resolve("regions").resolve(regions.getFirst()).resolve("objects");
        try (var files = Files.walk(objects)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                for (var region : regions.subList(1, regions.size())) {
                    var copy = folder.resolve("regions")
                            .resolve(region)
                            .resolve("objects")
                            .resolve(objects.relativize(file));
                    Files.createDirectories(copy.getParent());
                    if (!Files.exists(copy)) {
                        Files.createLink(copy, file);
                    }
                }
            }
        }
        replicas.subList(1, replicas.size()).forEach(RevisionReplica::start);
    }

    /** When the first region's node had applied this revision or a later one; empty while it has not. */
    Optional<Instant> firstApplied(long number) {
        return Optional.ofNullable(nodes.getFirst().appliedAt.ceilingEntry(number))
                .map(Map.Entry::getValue);
    }

    /** How many nodes have not applied this revision nor a later one. */
    long behind(long number) {
        return nodes.stream()
                .filter(node -> node.appliedAt.ceilingEntry(number) == null)
                .count();
    }

    /** Number of the newest revision. */
    long newest() throws IOException, InterruptedException {
        return get("/v1/environments/prod/revisions?limit=1")
                .at("/items/0/number")
                .asLong();
    }

    /** Revisions applied by all replicas together. */
    long applied() {
        return applied.get();
    }

    /** CPU time of the control plane so far. */
    Duration cpu() {
        return control.info().totalCpuDuration().orElseThrow();
    }

    /** Bytes that the control plane has caused to be written to disks so far. */
    long written() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + control.pid() + "/io")).stream()
                .filter(line -> line.startsWith("write_bytes"))
                .mapToLong(line ->
                        Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
                .sum();
    }

    JsonNode get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, new byte[0], headers);
    }

    JsonNode post(String path, Object body, String... headers) throws IOException, InterruptedException {
        return send("POST", path, Json.bytes(body), headers);
    }

    JsonNode send(String method, String path, byte[] body, String... headers) throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(uri.resolve(path)).method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        var response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() >= 300) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " "
                    + new String(response.body(), StandardCharsets.UTF_8));
        }
        return Json.mapper().readTree(response.body());
    }

    @Override
    public void close() throws IOException {
        replicas.parallelStream().forEach(RevisionReplica::close);
        control.getOutputStream().close();
        http.close();
        try {
            control.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
