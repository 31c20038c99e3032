package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.artifact.PackageWriter;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import io.portolan.region.RegionNode;
import io.portolan.testkit.FreePorts;
import io.portolan.testkit.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/**
 * Three control planes as processes on one PostgreSQL, and two region nodes that follow the third one. Of the first two either runs
 * the engine; the third would wait for it for an hour, so nodes and engine never talk to the same process. One thread at a time.
 */
final class ClusterWorld implements AutoCloseable {
    static final String NAME = "Contoso_Orders";
    static final String ROUTE = "orders";
    static final List<String> REGIONS = List.of("westcentralus", "westus");
    static final Duration LIMIT = Duration.ofSeconds(60);

    private static final String FRONT = "three";
    private static final Duration LEASE_TTL = Duration.ofSeconds(2);
    private static final int NODE_PORT = 10;
    private static final int STARTS = 3;
    private static final Duration NEVER = Duration.ofHours(1);

    private final String database;
    private final Path folder;
    private final FreePorts ports;
    private final WorldSettings front;
    private final Map<String, Replica> replicas = new LinkedHashMap<>();
    private final List<RegionNode> nodes = new ArrayList<>();
    private final Random random;

    /** One control plane. */
    final class Replica implements AutoCloseable {
        private final String name;
        private final Process process;
        private final BufferedReader output;
        private final Rest rest;

        private Replica(String name, WorldSettings settings, Duration ttl) throws IOException {
            this.name = name;
            this.process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xshare:auto",
                            "-Xmx256m",
                            "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                            "-cp",
                            System.getProperty("java.class.path"),
                            ClusterMain.class.getName(),
                            settings.folder().toString(),
                            Integer.toString(settings.controlPort()),
                            Integer.toString(settings.nodePort()),
                            String.join(",", REGIONS),
                            name,
                            database,
                            ttl.toString()))
                    .redirectError(ProcessBuilder.Redirect.appendTo(
                            folder.resolve(name + ".log").toFile()))
                    .start();
            this.output = process.inputReader(StandardCharsets.UTF_8);
            this.rest = new Rest(settings.controlUri());
        }

        /** It sends itself the signal when it next arrives at the point. */
        void arm(String signal, String point) throws IOException {
            var input = process.outputWriter(StandardCharsets.UTF_8);
            input.write(signal + " " + point + "\n");
            input.flush();
            expect(CrashMain.ARMED);
        }

        private void expect(String word) throws IOException {
            for (var line = output.readLine(); !word.equals(line); line = output.readLine()) {
                assertThat(line)
                        .as("waiting for %s of %s: %s", word, name, Files.readString(folder.resolve(name + ".log")))
                        .isNotNull();
            }
        }

        void signal(String signal) throws IOException, InterruptedException {
            DevProcess.signal(process.toHandle(), signal);
        }

        Rest rest() {
            return rest;
        }

        boolean isAlive() {
            return process.isAlive();
        }

        /** Whether it is stopped, as the operating system says. */
        boolean frozen() throws IOException {
            var stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        }

        boolean leads() throws IOException, InterruptedException {
            return rest.get("/readyz").body().at("/leader").asBoolean();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    ClusterWorld(PostgresServer server, Path folder, long seed) throws Exception {
        this.database = server.newDatabase();
        this.folder = Files.createDirectories(folder.resolve("world"));
        this.ports = FreePorts.take(REGIONS.size());
        this.front = settings(2);
        this.random = new Random(seed);
        start("one");
        start("two");
        start(FRONT);
        for (var region : REGIONS) {
            nodes.add(RegionNode.start(front.node(region), InstantSource.system(), FailPoints.NONE));
        }
        await().atMost(LIMIT).until(() -> leader().isPresent());
    }

    /** Starts one of the three, for the first time or again; once more where it gave up, as whatever supervises it does. */
    Replica start(String name) throws IOException {
        var settings = name.equals(FRONT) ? front : settings(name.equals("one") ? 0 : 1);
        for (int attempt = 1; ; attempt++) {
            var replica = new Replica(name, settings, name.equals(FRONT) ? NEVER : LEASE_TTL);
            replicas.put(name, replica);
            try {
                replica.expect(CrashMain.READY);
                return replica;
            } catch (AssertionError e) {
                replica.close();
                // The database gave it up while it stood still in its first transaction, on a starved machine.
                if (attempt == STARTS || !Objects.requireNonNull(e.getMessage()).contains("ask again")) {
                    throw e;
                }
            }
        }
    }

    private WorldSettings settings(int index) {
        return new WorldSettings(folder, ports.port(index), ports.port(NODE_PORT), REGIONS);
    }

    /** The process that the nodes follow and that users talk to. */
    Rest front() {
        return replica(FRONT).rest();
    }

    Replica replica(String name) {
        return Optional.ofNullable(replicas.get(name)).orElseThrow();
    }

    /** Name of the process that says that it runs the engine; never two do. */
    Optional<String> leader() throws IOException, InterruptedException {
        var leaders = new ArrayList<String>();
        for (var name : List.of("one", "two")) {
            var replica = replica(name);
            if (replica.isAlive() && !replica.frozen() && replica.leads()) {
                leaders.add(name);
            }
        }
        assertThat(leaders).hasSizeLessThan(2);
        return leaders.stream().findFirst();
    }

    Replica awaitLeader() {
        return replica(
                await().atMost(LIMIT).until(this::leader, Optional::isPresent).orElseThrow());
    }

    /** The other one that may run the engine. */
    Replica other(Replica leader) {
        return replica(leader.name.equals("one") ? "two" : "one");
    }

    String nameOf(Replica replica) {
        return replica.name;
    }

    URI node(String region) {
        return front.nodeUri(region);
    }

    void publish(String version) throws Exception {
        var release = Release.write(folder, version, random, 2, 2_000);
        var zip = folder.resolve(version + ".zip");
        PackageWriter.pack(release.folder(), new VersionLabel(version), zip);
        var reply = front().put("/v1/extensions/" + NAME + "/versions/" + version, zip);
        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(201);
    }

    /** Starts a rollout; gives its id. */
    String start(String version, Duration bake) throws Exception {
        var started = front().post(
                        "/v1/rollouts",
                        Map.of("extension", NAME, "version", version, "bake", bake.toString()),
                        "Idempotency-Key",
                        "out-" + version);
        assertThat(started.status()).as("%s", started.body()).isEqualTo(201);
        return started.text("/id");
    }

    void assertSucceeds(String rollout, String version) throws Exception {
        var end = front().awaitFinal(rollout);
        assertThat(end.text("/state")).as("%s", end.body()).isEqualTo("SUCCEEDED");
        assertServed(version);
    }

    void assertServed(String version) {
        await().atMost(LIMIT).untilAsserted(() -> {
            for (var region : REGIONS) {
                assertThat(Pages.version(node(region), ROUTE)).isEqualTo(version);
            }
        });
    }

    /** The log is one chain, no step of the rollout was recorded twice, and each fence was given once. */
    void assertOneOutcome(String rollout) throws Exception {
        var proof = front().get("/v1/log/verify");
        assertThat(proof.body().at("/ok").asBoolean()).as("%s", proof.body()).isTrue();
        var log = log();
        assertThat(log.stream()
                        .filter(row -> row.at("/subject").asString().equals("rollout/" + rollout))
                        .map(row -> row.at("/data").toString()))
                .isNotEmpty()
                .doesNotHaveDuplicates();
        assertThat(log.stream()
                        .filter(row -> row.at("/type").asString().equals("portolan.engine.leader"))
                        .map(row -> row.at("/data/fence").asLong()))
                .doesNotHaveDuplicates()
                .isSorted();
    }

    /** All rows of the log. */
    List<JsonNode> log() throws Exception {
        var rows = new ArrayList<JsonNode>();
        while (true) {
            var after = rows.isEmpty() ? 0 : rows.getLast().at("/id").asLong();
            var page = front().get("/v1/log?limit=1000&after=" + after).body().at("/items");
            page.forEach(rows::add);
            if (page.isEmpty()) {
                return rows;
            }
        }
    }

    /** All rows of the log, once nothing more comes: the last acknowledgements follow the end of a rollout. */
    List<JsonNode> quietLog() {
        var last = new ArrayList<JsonNode>();
        await().atMost(LIMIT).pollInterval(Duration.ofSeconds(1)).until(() -> {
            var now = log();
            boolean same = now.equals(last);
            last.clear();
            last.addAll(now);
            return same;
        });
        return last;
    }

    @Override
    public void close() throws IOException {
        for (var node : nodes) {
            node.close();
        }
        replicas.values().forEach(Replica::close);
        ports.close();
    }
}
