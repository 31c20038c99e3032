package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.model.document.Delivery;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.protocol.CdnObservation;
import io.portolan.protocol.IncidentRecord;
import io.portolan.protocol.Json;
import io.portolan.protocol.ObservationTable;
import io.portolan.testkit.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What a node sees of a CDN, and what it does about files that are given wrongly; over real HTTP. */
class CdnProbesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Release release = Release.simple("Contoso_Orders", "1.0");
    private final Queue<String> purged = new ConcurrentLinkedQueue<>();
    private final AtomicInteger logos = new AtomicInteger();
    private final CountDownLatch end = new CountDownLatch(1);
    private HttpServer cdn;
    private NodeWorld world;
    private volatile Answer answer = Answer.RIGHT;

    private enum Answer {
        RIGHT,
        CODED,
        STATUS_503,
        WRONG,
        HANG,
        NO_CORS,
        BROKEN_OFF,
        LOGO_HANGS,
        ONE_FILE_WRONG
    }

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        cdn = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        cdn.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        cdn.createContext("/CDN/orders/Content/1.0/", this::answer);
        cdn.start();
        world = new NodeWorld(folder);
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterEach
    void stop() {
        end.countDown();
        world.close();
        cdn.stop(0);
    }

    private void answer(HttpExchange exchange) {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            var bytes = release.bytes(path.substring("/CDN/orders/Content/1.0/".length()));
            if (exchange.getRequestMethod().equals("PURGE")) {
                purged.add(path);
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            if (answer != Answer.NO_CORS) {
                exchange.getResponseHeaders().set("Access-Control-Allow-Origin", "*");
            }
            switch (answer) {
                case RIGHT, NO_CORS -> send(exchange, 200, bytes);
                case CODED -> {
                    var coded = new ByteArrayOutputStream();
                    try (var gzip = new GZIPOutputStream(coded)) {
                        gzip.write(bytes);
                    }
                    exchange.getResponseHeaders().set("Content-Encoding", "gzip");
                    send(exchange, 200, coded.toByteArray());
                }
                case STATUS_503 -> send(exchange, 503, new byte[0]);
                case WRONG -> send(exchange, 200, wrong(bytes));
                case ONE_FILE_WRONG -> send(exchange, 200, path.endsWith("app.js") ? wrong(bytes) : bytes);
                case BROKEN_OFF -> {
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
                }
                case HANG -> end.await();
                case LOGO_HANGS -> {
                    if (path.endsWith(".svg")) {
                        logos.incrementAndGet();
                        end.await();
                    }
                    send(exchange, 200, bytes);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] wrong(byte[] bytes) {
        var other = bytes.clone();
        other[other.length / 2] ^= 1;
        return other;
    }

    private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private void watch() {
        watch(Duration.ofMillis(300));
    }

    private void watch(Duration every) {
        world.server.put(delivery(every));
        world.publish();
    }

    private EnvironmentDocument delivery(Duration every) {
        return Samples.environment()
                .with(new Delivery(List.of(new Delivery.Cdn("edge", url())), Delivery.Worker.ON, Delivery.FirstVisit.GO)
                        .probedEvery(every));
    }

    private CdnObservation seen() throws IOException {
        var seen =
                Json.mapper().readTree(world.get(ObservationTable.PATH).body()).at("/cdns/edge");
        return seen.isMissingNode()
                ? new CdnObservation("", Duration.ZERO, "", "", 0)
                : Json.mapper().treeToValue(seen, CdnObservation.class);
    }

    @Test
    void whatARolloutBringsIsAskedForBeforeItIsShown() throws IOException {
        var page = "<!doctype html><head><script src=\"app.js\"></script><img src='img/logo%20%C3%A9.svg'></head>";
        var next = Release.simple("Contoso_Orders", "2.0").file("index.html", page);
        var bad = Release.simple("Contoso_Orders", "3.0").file("index.html", page);
        var asked = new ConcurrentLinkedQueue<String>();
        cdn.createContext("/CDN/orders/Content/2.0/", exchange -> {
            try (exchange) {
                var file = exchange.getRequestURI().getPath().substring("/CDN/orders/Content/2.0/".length());
                asked.add(file + " " + exchange.getRequestHeaders().getFirst("Accept-Encoding"));
                send(exchange, 200, next.bytes(file));
            }
        });
        world.server.put(delivery(Duration.ofMillis(300)));
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives("1.0")
                .rollsOut(world.server, next)
                .rollsOut(world.server, bad));

        await().atMost(LIMIT)
                .until(() -> warmed("2.0").at("/over").asBoolean()
                        && warmed("3.0").at("/over").asBoolean());
        assertThat(asked).containsExactlyInAnyOrder("app.js gzip, deflate, br", "img/logo é.svg gzip, deflate, br");
        assertThat(warmed("2.0").at("/files").asInt()).isEqualTo(2);
        assertThat(warmed("2.0").at("/right").asInt()).isEqualTo(2);
        assertThat(warmed("3.0").at("/right").asInt())
                .as("a CDN that does not give it keeps nobody waiting")
                .isZero();
        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");

        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .holds(world.server, next)
                .gives("2.0"));
        await().atMost(LIMIT).until(() -> warmed("2.0").isMissingNode());
    }

    private JsonNode warmed(String version) throws IOException {
        return Json.mapper()
                .readTree(world.get(ObservationTable.PATH).body())
                .at("/warmed/Contoso_Orders " + version + "/edge");
    }

    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            names = {"RIGHT", "CODED"})
    void tellsThatACdnGivesWhatItShould(Answer given) {
        answer = given;
        watch();

        await().atMost(LIMIT).until(() -> seen().results(), results -> results.endsWith("11111"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            names = {"STATUS_503", "WRONG", "HANG", "NO_CORS", "BROKEN_OFF"})
    void experiment41TellsOfEachWayToFail(Answer given) {
        answer = given;
        watch();

        await().atMost(LIMIT).until(() -> seen().results(), results -> results.endsWith("000"));
        await().atMost(LIMIT).until(() -> !seen().fault().isEmpty());
    }

    @Test
    void tellsThatNobodyListensAndThatItIsBack() throws Exception {
        watch();
        await().atMost(LIMIT).until(() -> seen().results(), results -> results.endsWith("11"));
        var address = cdn.getAddress();
        cdn.stop(0);
        await().atMost(LIMIT).until(() -> seen().results(), results -> results.endsWith("000"));

        cdn = HttpServer.create(address, 0);
        cdn.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        cdn.createContext("/CDN/orders/Content/1.0/", this::answer);
        cdn.start();

        await().atMost(LIMIT).until(() -> seen().results(), results -> results.endsWith("111"));
    }

    /** Row 4.6 of the contract: found by a probe, told with its address and where it was seen, purged, and followed until it is right. */
    @Test
    void row46AWrongFileIsToldPurgedAndFollowedUntilItIsRight() {
        answer = Answer.ONE_FILE_WRONG;
        watch();

        var told = world.awaitStatus(status -> status.incidents().stream()
                .anyMatch(incident -> incident.key().startsWith("cdn-file/edge/")
                        && incident.state().equals(IncidentRecord.TRIGGERED)));
        var incident = told.incidents().getFirst();
        assertThat(incident.extension()).isEqualTo("Contoso_Orders");
        assertThat(incident.severity()).as("rollouts go on").isGreaterThan(2);
        assertThat(incident.evidence())
                .containsEntry("cdn", "edge")
                .containsEntry("expected", release.digest("app.js").value())
                .containsEntry("foundBy", "probe in westus")
                .containsEntry("purge", "purged");
        assertThat(incident.evidence().get("url")).endsWith("/CDN/orders/Content/1.0/app.js");
        assertThat(incident.evidence().get("source")).startsWith("http://127.0.0.1:");
        assertThat(purged).contains("/CDN/orders/Content/1.0/app.js");
        await().atMost(LIMIT).until(() -> seen().results().contains("1"));

        answer = Answer.RIGHT;

        world.awaitStatus(status ->
                status.incidents().stream().allMatch(one -> one.state().equals(IncidentRecord.RESOLVED)));
    }

    /** Row 4.6, found by browsers: one is believed when the node sees the same, else two of them are. */
    @Test
    void row46AWrongFileThatBrowsersTellOfIsLookedAt() throws Exception {
        watch();
        await().atMost(LIMIT).until(() -> seen().results(), results -> results.endsWith("11"));

        tell("/orders/Content/1.0/img/logo%20%C3%A9.svg");
        tell("/orders/Content/1.0/nosuch.js");
        tell("/orders/Content/1.0/img/logo%20%C3%A9.svg");

        var told = world.awaitStatus(status -> !status.incidents().isEmpty());
        assertThat(told.incidents()).hasSize(1);
        var evidence = told.incidents().getFirst().evidence();
        assertThat(evidence).containsEntry("foundBy", "browsers in westus").containsEntry("purge", "purged");
        assertThat(evidence.get("url")).endsWith("/CDN/orders/Content/1.0/img/logo%20%C3%A9.svg");
        assertThat(purged).containsOnly("/CDN/orders/Content/1.0/img/logo é.svg");
        world.awaitStatus(status ->
                status.incidents().stream().allMatch(one -> one.state().equals(IncidentRecord.RESOLVED)));
    }

    /** The threads that take what browsers tell answer all users of the node. */
    @Test
    void neverLetsBrowsersThatTellWaitForTheCdn() throws Exception {
        watch(Duration.ofSeconds(1));
        answer = Answer.LOGO_HANGS;
        int sessions = 24;

        for (int i = 0; i < sessions; i++) {
            tell("/orders/Content/1.0/img/logo%20%C3%A9.svg");
        }
        // Each of them is looked at for three quarters of a second, one after the other.
        await().atMost(LIMIT).until(() -> logos.get() >= 2);
        tell("/orders/Content/1.0/img/logo%20%C3%A9.svg");

        assertThat(logos.get())
                .as("looks until the one that told had its answer")
                .isLessThan(sessions);
    }

    /** A session of a browser of its own tells that the CDN gave a file wrongly. */
    private void tell(String path) throws IOException {
        var admission = world.get("/orders/telemetry?version=1.0");
        var token = Json.mapper().readTree(admission.body()).at("/token").asString();
        var source =
                Map.of("source", url(), "fetched", 0, "bytes", 0, "failed", Map.of("hash", 1), "wrong", List.of(path));
        var beacon = Map.of(
                "schema",
                1,
                "token",
                token,
                "test",
                false,
                "events",
                List.of(),
                "sources",
                List.of(source),
                "dropped",
                0);
        assertThat(Wire.post(world.uri(), "/orders/telemetry", Json.bytes(beacon))
                        .status())
                .isLessThan(300);
    }

    private String url() {
        return "http://127.0.0.1:" + cdn.getAddress().getPort() + "/CDN";
    }

    @Test
    void asksNothingOfACdnThatNobodyWatches() throws Exception {
        watch();
        await().atMost(LIMIT).until(() -> seen().results(), results -> results.endsWith("1"));

        world.server.put(Samples.environment());
        world.publish();

        await().atMost(LIMIT).until(() -> seen().url().isEmpty());
    }
}
