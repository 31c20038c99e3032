package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A page with three controllers in six regions: version 2 of all of it is rolled out, a controller is killed, and all of it is rolled
 * back, under calls that come at a fixed rate however long each takes (open loop).
 */
@Timeout(420)
class PairUnderLoadTest {
    private static final String NAME = "Contoso_Orders";
    private static final List<String> CONTROLLERS = List.of("items", "prices", "notes");
    private static final long CALLS_PER_SECOND = Long.getLong("portolan.callsPerSecond", 200);
    private static final int MOST_AT_ONCE = 2_000;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicLong calls = new AtomicLong();
    private final Map<String, String> pages = new ConcurrentHashMap<>();
    private final Map<String, Long> answered = new ConcurrentHashMap<>();
    private final Semaphore open = new Semaphore(MOST_AT_ONCE);

    private Path source(String version) throws IOException {
        var source = Sources.page(folder.resolve("source-" + version), version);
        var declared = new StringBuilder();
        for (var name : CONTROLLERS) {
            Files.writeString(
                    Files.createDirectories(source.resolve("controllers/" + name))
                            .resolve("server.mjs"),
                    """
                    import { createServer } from 'node:http';
                    const { HOST, PORT, PORTOLAN_VERSION } = process.env;
                    const said = JSON.stringify({ version: PORTOLAN_VERSION, pid: process.pid });
                    const server = createServer((request, response) => {
                      if (request.url === '/healthz') response.end('ok');
                      else setTimeout(() => response.end(said), 2);
                    }).listen(Number(PORT), HOST);
                    process.on('SIGTERM', () => server.close(() => process.exit(0)));
                    """);
            declared.append(declared.isEmpty() ? "" : ",").append("""
                    {"name":"%s","kind":"process","runtime":"node","archive":"controllers/%s/","command":["server.mjs"],\
                    "drain":"60s"}""".formatted(name, name));
        }
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"],\"controllers\":[" + declared + "]}");
        return source;
    }

    @Test
    void row_5_10_noCallFailsOrIsAnsweredByAnotherVersionWhileAPairIsRolledOutAndBack() throws Exception {
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            world.rest().register(NAME, "orders");
            assertThat(world.publish(NAME, "1.0", source("1.0")).status()).isEqualTo(201);
            awaitSucceeded(world, world.rest().start(NAME, "1.0"));
            assertThat(world.publish(NAME, "2.0", source("2.0")).status()).isEqualTo(201);

            try (var timer = Executors.newScheduledThreadPool(1);
                    var clients = Executors.newVirtualThreadPerTaskExecutor()) {
                var number = new AtomicLong();
                var ticking = timer.scheduleAtFixedRate(
                        () -> clients.execute(() -> call(world, number.getAndIncrement())),
                        0,
                        1_000_000_000 / CALLS_PER_SECOND,
                        TimeUnit.NANOSECONDS);
                awaitAnswered("1.0");

                awaitSucceeded(world, world.rest().start(NAME, "2.0"));
                awaitAnswered("2.0");

                long pid = pid(world, "westus", "items");
                assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly())
                        .isTrue();
                await().atMost(LIMIT).untilAsserted(() -> assertThat(pid(world, "westus", "items"))
                        .isNotIn(0L, pid));

                answered.clear();
                var back = world.rest().post("/v1/rollbacks", Map.of("extension", NAME, "to", "auto"));
                awaitSucceeded(world, back.text("/id"));
                awaitAnswered("1.0");
                ticking.cancel(false);
            }

            System.out.println("calls=" + calls + " perSecond=" + CALLS_PER_SECOND + " wrong=" + wrong.size());
            assertThat(wrong).isEmpty();
            assertThat(calls.get()).isGreaterThan(CALLS_PER_SECOND);
            var restarted =
                    world.rest().get("/v1/extensions/" + NAME + "/status").body();
            assertThat(restarts(restarted))
                    .as("the killed one was started again")
                    .isPositive();
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
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(world.rest().awaitFinal(rollout).text("/state"))
                        .isEqualTo("SUCCEEDED"));
    }

    private void awaitAnswered(String version) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(answered.keySet())
                .containsAll(InProcessWorld.REGIONS.stream()
                        .map(region -> region + " " + version)
                        .toList()));
    }

    /** One call of a page that a region gave a moment ago, or one that names no version. */
    private void call(InProcessWorld world, long number) {
        if (!open.tryAcquire()) {
            wrong.add("more than " + MOST_AT_ONCE + " calls at once");
            return;
        }
        var region = InProcessWorld.REGIONS.get((int) (number % InProcessWorld.REGIONS.size()));
        var controller = CONTROLLERS.get((int) (number / InProcessWorld.REGIONS.size() % CONTROLLERS.size()));
        try {
            // A page is used for a while: its version may have been replaced since.
            var version = number % 97 < 12 || !pages.containsKey(region) ? load(world, region) : pages.get(region);
            boolean pinned = number % 4 != 0;
            var path = pinned ? "/orders/@" + version + "/api/" : "/orders/api/";
            var answer = get(world.nodeUri(region).resolve(path + controller + "/x"));
            var said = answer.statusCode() == 200
                    ? Json.mapper().readTree(answer.body()).path("version").asString()
                    : "";
            if (said.isEmpty() || (pinned && !said.equals(version))) {
                wrong.add(region + " " + path + controller + ": " + answer.statusCode() + " " + answer.body());
            } else if (pinned) {
                answered.merge(region + " " + version, 1L, Long::sum);
            }
            calls.incrementAndGet();
        } catch (IOException | InterruptedException | RuntimeException e) {
            wrong.add(region + " " + controller + ": " + e);
        } finally {
            open.release();
        }
    }

    private String load(InProcessWorld world, String region) throws IOException, InterruptedException {
        var page = get(world.nodeUri(region).resolve("/orders"));
        var version = page.headers().firstValue("X-Portolan-Version").orElseThrow();
        pages.put(region, version);
        return version;
    }

    private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Process of a controller as its answers tell; 0 where another region answered, or none. */
    private long pid(InProcessWorld world, String region, String controller) throws Exception {
        var answer = get(world.nodeUri(region).resolve("/orders/api/" + controller + "/x"));
        boolean own =
                answer.headers().firstValue("X-Portolan-Region").orElse(region).equals(region);
        return answer.statusCode() == 200 && own
                ? Json.mapper().readTree(answer.body()).path("pid").asLong()
                : 0;
    }
}
