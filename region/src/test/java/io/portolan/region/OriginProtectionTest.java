package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Row 4.5 of the contract over real HTTP: all that a CDN carried comes to a node at once, most of it not in memory. Figures are printed,
 * never asserted; {@code bench/origin.sh} runs it with more.
 */
class OriginProtectionTest {
    private static final int FILES = 60;
    private static final int FILE_BYTES = 300_000;
    private static final int CLIENTS = Integer.getInteger("portolan.clients", 60);
    private static final int ROUNDS = Integer.getInteger("portolan.rounds", 4);

    /** As nodes are by default, for {@code bench/origin.sh --full}: then nothing has to be refused. */
    private static final boolean FULL = Boolean.getBoolean("portolan.fullSize");

    private final InstantSource clock = InstantSource.system();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private NodeWorld world;

    /** What came of one kind of requests. */
    private static final class Figures {
        private final List<Long> micros = Collections.synchronizedList(new ArrayList<>());
        private final List<Integer> statuses = new CopyOnWriteArrayList<>();
        private final List<String> retryAfter = new CopyOnWriteArrayList<>();

        String text(String name) {
            var sorted = micros.stream().mapToLong(Long::longValue).sorted().toArray();
            return "%s: %d answered, %d refused, p50 %.1f ms, p95 %.1f ms"
                    .formatted(
                            name,
                            statuses.stream().filter(status -> status == 200).count(),
                            statuses.stream().filter(status -> status == 503).count(),
                            at(sorted, 50),
                            at(sorted, 95));
        }

        private static double at(long[] sorted, int percent) {
            return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)] / 1000.0;
        }
    }

    @BeforeEach
    void start(@TempDir Path folder) {
        // Little memory and few at a time: what a large site is to a large node, this one is to a small one.
        world = new NodeWorld(
                folder,
                FailPoints.NONE,
                settings -> FULL
                        ? settings
                        : settings.withMemoryBytes(1 << 20)
                                .withAdmission(new AdmissionLimits(
                                        2, 500, 500, 4, Duration.ofSeconds(60), Duration.ofMinutes(1))));
        var random = new Random(20_261_127);
        var release = Release.simple("Contoso_Orders", "1.0");
        for (int i = 0; i < FILES; i++) {
            var bytes = new byte[FILE_BYTES];
            random.nextBytes(bytes);
            release.file("chunk" + i + ".js", bytes);
        }
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterEach
    void stop() {
        http.close();
        world.close();
    }

    private void ask(String target, Figures figures, String... headers) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(world.uri().resolve(target)).timeout(Duration.ofMinutes(2));
        if (headers.length > 0) {
            request.headers(headers);
        }
        var began = clock.instant();
        var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        figures.statuses.add(answer.statusCode());
        if (answer.statusCode() == 200) {
            figures.micros.add(Duration.between(began, clock.instant()).toNanos() / 1000);
        } else {
            answer.headers().firstValue("Retry-After").ifPresent(figures.retryAfter::add);
        }
    }

    @Test
    void row45UsersAreServedAndWhatIsFetchedAheadIsRefused() throws Exception {
        var pages = new Figures();
        var files = new Figures();
        var ahead = new Figures();
        var failures = new CopyOnWriteArrayList<Exception>();
        var ready = new CountDownLatch(CLIENTS);
        var clients = new ArrayList<Thread>();
        var began = clock.instant();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            clients.add(Thread.ofVirtual().start(() -> {
                try {
                    ready.countDown();
                    ready.await();
                    for (int round = 0; round < ROUNDS; round++) {
                        var chunk = "/orders/Content/1.0/chunk" + (number * 7 + round * 13) % FILES + ".js";
                        switch (number % 3) {
                            case 0 -> ask("/orders?round=" + number + "-" + round, pages);
                            case 1 -> ask(chunk, files);
                            default -> ask(chunk, ahead, "Sec-Purpose", "prefetch");
                        }
                    }
                } catch (IOException e) {
                    failures.add(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (var client : clients) {
            client.join();
        }
        double seconds = Duration.between(began, clock.instant()).toMillis() / 1000.0;
        System.out.printf(
                "origin with %d clients at once and %s: %.0f requests/s; %s; %s; %s%n",
                CLIENTS,
                FULL ? "the limits of every node" : "2 places",
                CLIENTS * ROUNDS / seconds,
                pages.text("pages"),
                files.text("files"),
                ahead.text("fetched ahead"));

        assertThat(failures).isEmpty();
        assertThat(pages.statuses).containsOnly(200);
        assertThat(files.statuses).containsOnly(200);
        assertThat(ahead.statuses).isSubsetOf(200, 503);
        if (FULL) {
            return;
        }
        assertThat(ahead.statuses).contains(503);
        assertThat(ahead.retryAfter).isNotEmpty().containsOnly("2");
        var metrics = world.get("/metrics").text();
        assertThat(metrics)
                .contains("portolan_node_shed_total{priority=\"page\"} 0")
                .contains("portolan_node_shed_total{priority=\"file\"} 0")
                .doesNotContain("portolan_node_shed_total{priority=\"prefetch\"} 0");
        await().atMost(NodeWorld.LIMIT).until(() -> world.get("/metrics").text().contains("portolan_node_working 0"));
    }

    @Test
    void row45ACrowdThatMissesTheSameFileCostsOneFetch() throws Exception {
        var later = Release.simple("Contoso_Orders", "0.9");
        var bytes = new byte[FILE_BYTES];
        new Random(9).nextBytes(bytes);
        later.file("only.js", bytes);
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                .gives("1.0")
                .retains(world.server, later));
        await().atMost(NodeWorld.LIMIT)
                .until(() -> world.get("/orders/-/manifest/0.9").status() == 200);
        long before = fetched();

        var figures = new Figures();
        var crowd = new ArrayList<Thread>();
        for (int i = 0; i < 25; i++) {
            crowd.add(Thread.ofVirtual().start(() -> {
                try {
                    ask("/orders/Content/0.9/only.js", figures);
                } catch (IOException e) {
                    figures.statuses.add(0);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (var thread : crowd) {
            thread.join();
        }

        assertThat(figures.statuses).hasSize(25).containsOnly(200);
        assertThat(fetched() - before).isEqualTo(1);
    }

    private long fetched() throws IOException {
        return world.get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith("portolan_node_blobs_fetched_total "))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
