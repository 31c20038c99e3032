package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The example with controllers in Java, in Node.js and a static one, in six regions: version 2 of all of it is rolled out, a region is
 * drained, a controller is killed, and all of it is rolled back, under calls that come at a fixed rate however long each takes (open
 * loop), and with WebSockets open all the time.
 */
@Tag("alone")
@Timeout(1200)
class PairUnderLoadTest {
    private static final String NAME = "Portolan_Market";
    private static final long CALLS_PER_SECOND = Long.getLong("portolan.callsPerSecond", 200);
    private static final Duration LIMIT = Duration.ofMinutes(6);
    private static final String DRAINED = "westeurope";
    private static final String KILLED_IN = "brazilsouth";
    private static final Path EXAMPLE =
            Path.of(System.getProperty("portolan.root")).resolve("examples/market");

    /** Both as short as shows what they do, and patient with a busy machine: nothing here is about health checks. */
    private static final String DRAIN = "\"drain\": \"7s\", \"health\": {\"timeout\": \"20s\"}";

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    /** The example; what its static controller serves differs by version, and the chat of 2.0 comes as a zip. */
    private Path source(String version) throws IOException {
        var source = folder.resolve("source-" + version);
        try (var all = Files.walk(EXAMPLE)) {
            for (var each : (Iterable<Path>) all::iterator) {
                var target = source.resolve(EXAMPLE.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target);
                }
            }
        }
        replace(source.resolve("portolan.json"), "\"drain\": \"30s\"", DRAIN);
        replace(
                source.resolve("controllers/catalogue/catalogue.json"),
                "[\n",
                "[\n  { \"item\": \"almanac of " + version + "\", \"made\": 1700 },\n");
        if (version.equals("2.0")) {
            zipped(source.resolve("controllers/chat"));
            replace(source.resolve("portolan.json"), "controllers/chat/", "controllers/chat.zip");
        }
        return source;
    }

    /** Puts a zip in the place of a folder of files. */
    private static void zipped(Path folder) throws IOException {
        try (var files = Files.list(folder);
                var zip = new ZipOutputStream(
                        Files.newOutputStream(folder.resolveSibling(folder.getFileName() + ".zip")))) {
            for (var file : files.toList()) {
                zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
                Files.copy(file, zip);
                zip.closeEntry();
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static void replace(Path file, String what, String with) throws IOException {
        var text = Files.readString(file);
        assertThat(text).contains(what);
        Files.writeString(file, text.replace(what, with));
    }

    @Test
    void row_5_10_noCallFailsOrIsAnsweredByAnotherVersionWhileAPairIsRolledOutAndBack() throws Exception {
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            world.rest().register(NAME, "market");
            assertThat(world.publish(NAME, "1.0", source("1.0")).status()).isEqualTo(201);
            awaitSucceeded(world, world.rest().start(NAME, "1.0"));
            assertThat(world.publish(NAME, "2.0", source("2.0")).status()).isEqualTo(201);
            var old = sockets(world, "1.0");

            try (var calls = new MarketCalls(world, http, "1.0", CALLS_PER_SECOND)) {
                await().atMost(LIMIT).until(() -> calls.isAnsweredEverywhere("1.0"));

                awaitSucceeded(world, world.rest().start(NAME, "2.0"));
                await().atMost(LIMIT).until(() -> calls.isAnsweredEverywhere("2.0"));
                assertThat(old).as("sockets outlive the rollout").allMatch(MarketSocket::works);

                var young = sockets(world, "2.0");
                assertThat(world.rest()
                                .post("/v1/regions/" + DRAINED + "/drain", Map.of("reason", "new switches"))
                                .text("/state"))
                        .isEqualTo("DRAINING");
                killed(world);
                assertThat(old).as("and a region's drain").allMatch(MarketSocket::works);
                assertThat(young).allMatch(MarketSocket::works);

                calls.forget();
                var back = world.rest().post("/v1/rollbacks", Map.of("extension", NAME, "to", "auto"));
                awaitSucceeded(world, back.text("/id"));
                assertThat(young).as("sockets outlive the rollback").allMatch(MarketSocket::works);
                await().atMost(LIMIT).until(() -> calls.isAnsweredEverywhere("1.0"));

                await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(young).noneMatch(socket -> socket.endings.isEmpty()));
                assertThat(young)
                        .as("until the drain time of their version is over, and then they are told")
                        .allSatisfy(socket -> assertThat(socket.endings).containsExactly(1001));
                assertThat(old).as("whose version serves again").allMatch(MarketSocket::works);
                calls.stop();

                System.out.println("calls=" + calls.made + " perSecond=" + CALLS_PER_SECOND + " wrong="
                        + calls.wrong.size() + " sockets=" + (old.size() + young.size()));
                assertThat(calls.wrong).isEmpty();
                assertThat(calls.made.get()).isGreaterThan(CALLS_PER_SECOND);
            }
            old.forEach(MarketSocket::close);
        }
    }

    /** One in each region. */
    private List<MarketSocket> sockets(InProcessWorld world, String version) {
        var sockets = InProcessWorld.REGIONS.stream()
                .map(region -> new MarketSocket(http, world.nodeUri(region), region, version))
                .toList();
        assertThat(sockets).allMatch(MarketSocket::works);
        return sockets;
    }

    /** Kills the only replica of a controller, and waits until there is another. */
    private static void killed(InProcessWorld world) throws Exception {
        var quotes = process();
        assertThat(quotes.destroyForcibly()).isTrue();

        await().atMost(LIMIT)
                .until(() -> !quotes.isAlive() && process(KILLED_IN).isPresent());
        await().atMost(LIMIT).untilAsserted(() -> assertThat(restarts(
                        world.rest().get("/v1/extensions/" + NAME + "/status").body()))
                .as("the killed one was started again, and nothing else")
                .isEqualTo(1));
    }

    private static ProcessHandle process() {
        return process(KILLED_IN).orElseThrow();
    }

    /** The controller in Java of version 2 that a region runs: all are children of this process. */
    private static Optional<ProcessHandle> process(String region) {
        return ProcessHandle.current()
                .descendants()
                .filter(each -> environment(each)
                        .containsAll(List.of(
                                "PORTOLAN_REGION=" + region, "PORTOLAN_CONTROLLER=quotes", "PORTOLAN_VERSION=2.0")))
                .findFirst();
    }

    private static List<String> environment(ProcessHandle process) {
        try {
            return List.of(Files.readString(Path.of("/proc/" + process.pid() + "/environ"), StandardCharsets.ISO_8859_1)
                    .split("\0", -1));
        } catch (IOException e) {
            // It has ended.
            return List.of();
        }
    }

    private static long restarts(JsonNode status) {
        long sum = 0;
        for (var region : status.at("/environments/0/regions")) {
            for (var controller : region.at("/nodes/0/controllers")) {
                sum += controller.path("restarts").asLong();
            }
        }
        return sum;
    }

    private static void awaitSucceeded(InProcessWorld world, String rollout) {
        await().atMost(LIMIT).untilAsserted(() -> {
            var end = world.rest().awaitFinal(rollout);
            assertThat(end.text("/state")).as("%s", end.body()).isEqualTo("SUCCEEDED");
        });
    }
}
