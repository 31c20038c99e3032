package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client may cost the node, over real sockets: each limit refuses, counts, and leaves the others served. */
class HttpLimitsTest {
    private static final Duration LONG = Duration.ofSeconds(15);
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final byte[] LARGE = new byte[24 << 20];
    private static final String LARGE_PATH = "/orders/Content/2.0/large.bin";

    private HttpLimits limits = HttpLimits.DEFAULTS;
    private NodeWorld world;

    @BeforeEach
    void begin(@TempDir Path folder) {
        world = new NodeWorld(folder, FailPoints.NONE, settings -> settings.withHttp(limits));
        publish(Release.simple("Contoso_Orders", "1.0"));
    }

    private void publish(Release release) {
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives(release.label));
        world.awaitVersion("orders", release.label);
    }

    /** Is no part of what each test begins with: it takes a while. */
    private void publishLarge() {
        publish(Release.simple("Contoso_Orders", "2.0").file("large.bin", LARGE));
    }

    private void start(HttpLimits other) {
        limits = other;
        world.restart();
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private static HttpLimits deadlines(Duration header, Duration body, Duration idle, Duration write) {
        return HttpLimits.DEFAULTS.withDeadlines(header, body, idle, write);
    }

    private long refused(String limit) throws IOException {
        var line = "portolan_node_transport_rejected_total{limit=\"" + limit + "\"} ";
        return world.get("/metrics")
                .text()
                .lines()
                .filter(each -> each.startsWith(line))
                .mapToLong(each -> Long.parseLong(each.substring(line.length())))
                .findFirst()
                .orElseThrow();
    }

    private String answerTo(String request) throws IOException {
        try (var client = new RawClient(world.uri())) {
            client.send(request);
            return client.readToEnd();
        }
    }

    @Test
    void endsConnectionsWhoseHeadDoesNotCome() throws IOException {
        // What began behind a whole request counts as rest until more of it comes.
        start(deadlines(SHORT, LONG, Duration.ofSeconds(1), LONG));

        assertThat(answerTo("GET /orders HTTP/1.1\r\nHost: loc")).startsWith("HTTP/1.1 408 ");
        // Which protocol a silent client speaks, nobody knows.
        assertThat(answerTo("")).isEmpty();
        assertThat(answerTo("P")).isEmpty();
        assertThat(answerTo("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HT"))
                .startsWith("HTTP/1.1 200 ");

        assertThat(refused("header-deadline")).isGreaterThanOrEqualTo(3);
    }

    @Test
    void endsConnectionsWhoseBodyDoesNotCome() throws IOException {
        start(deadlines(LONG, SHORT, LONG, LONG));

        assertThat(answerTo("POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n12345678"))
                .startsWith("HTTP/1.1 408 ");
        assertThat(answerTo("POST /orders HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"))
                .startsWith("HTTP/1.1 408 ");

        assertThat(refused("body-deadline")).isEqualTo(2);
    }

    @Test
    void endsConnectionsAtRest() throws IOException {
        start(deadlines(LONG, LONG, SHORT, LONG));

        assertThat(answerTo("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("alive\n");

        assertThat(refused("idle-timeout")).isGreaterThanOrEqualTo(1);
    }

    @Test
    void endsAnswersThatAreNotTaken() throws IOException {
        var plain = HttpLimits.DEFAULTS;
        start(new HttpLimits(
                plain.connections(),
                plain.requestsPerConnection(),
                plain.requestLineBytes(),
                plain.headerBytes(),
                plain.headerCount(),
                LONG,
                plain.bodyBytes(),
                LONG,
                LONG,
                SHORT,
                1 << 30,
                Duration.ZERO));

        publishLarge();
        try (var client = new RawClient(world.uri().getHost(), world.uri().getPort(), 4 << 10)) {
            client.send("GET " + LARGE_PATH + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await().atMost(NodeWorld.LIMIT).until(() -> refused("write-deadline") == 1);
            assertThat(client.readToEnd().length()).isLessThan(LARGE.length);
        }
    }

    @Test
    void refusesMoreThanTheLimits() throws IOException {
        start(HttpLimits.DEFAULTS);
        var start = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";

        assertThat(answerTo("GET /" + "a".repeat(9_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ");
        assertThat(answerTo(start + "X: " + "a".repeat(17_000) + "\r\n\r\n")).startsWith("HTTP/1.1 431 ");
        assertThat(answerTo(start + "X: a\r\n".repeat(101) + "\r\n")).startsWith("HTTP/1.1 431 ");
        assertThat(answerTo(start + "Content-Length: 70000\r\n\r\n")).startsWith("HTTP/1.1 413 ");
        assertThat(answerTo(start + "Transfer-Encoding: chunked\r\n\r\n"
                        + ("4000\r\n" + "a".repeat(0x4000) + "\r\n").repeat(5)))
                .startsWith("HTTP/1.1 413 ");

        for (var limit : new String[] {"request-line-bytes", "header-bytes", "header-count"}) {
            assertThat(refused(limit)).as(limit).isEqualTo(1);
        }
        assertThat(refused("body-bytes")).isEqualTo(2);
    }

    @Test
    void takesSoManyConnectionsAndNoMore() throws IOException {
        start(HttpLimits.DEFAULTS.withCounts(3, 1_000));

        try (var one = new Wire(world.uri());
                var two = new Wire(world.uri());
                var three = new Wire(world.uri())) {
            for (var wire : new Wire[] {one, two, three}) {
                assertThat(wire.ask("GET", "/healthz").status()).isEqualTo(200);
            }
            try (var four = new RawClient(world.uri())) {
                assertThat(four.readToEnd()).isEmpty();
            }
            assertThat(one.ask("GET", "/metrics").text())
                    .contains("portolan_node_transport_rejected_total{limit=\"connections\"} 1\n");
        }
    }

    @Test
    void takesSoManyRequestsPerConnectionAndNoMore() throws IOException {
        start(HttpLimits.DEFAULTS.withCounts(100, 3));

        try (var wire = new Wire(world.uri())) {
            assertThat(wire.ask("GET", "/healthz").header("Connection")).isEmpty();
            assertThat(wire.ask("GET", "/healthz").header("Connection")).isEmpty();
            assertThat(wire.ask("GET", "/healthz").header("Connection")).isEqualTo("close");
            assertThat(wire.isClosedByPeer()).isTrue();
        }
        assertThat(refused("requests-per-connection")).isEqualTo(1);
    }

    @Test
    void finishesAnswersInProgressAndThenStops() throws IOException {
        start(HttpLimits.DEFAULTS);
        publishLarge();

        try (var busy = new RawClient(world.uri().getHost(), world.uri().getPort(), 4 << 10);
                var resting = new Wire(world.uri())) {
            resting.ask("GET", "/healthz");
            busy.send("GET " + LARGE_PATH + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(busy.in().read()).isEqualTo('H');
            var stopped = CompletableFuture.runAsync(world.node()::close);
            assertThat(resting.isClosedByPeer()).isTrue();

            assertThat(busy.readToEnd().length()).isGreaterThan(LARGE.length);
            assertThat(stopped).succeedsWithin(NodeWorld.LIMIT);
        }
    }

    @Test
    void isUnreadyBeforeItAcceptsNoMore() throws IOException {
        var plain = HttpLimits.DEFAULTS;
        start(new HttpLimits(
                plain.connections(),
                plain.requestsPerConnection(),
                plain.requestLineBytes(),
                plain.headerBytes(),
                plain.headerCount(),
                LONG,
                plain.bodyBytes(),
                LONG,
                LONG,
                LONG,
                plain.writeBytesPerSecond(),
                Duration.ofSeconds(2)));

        var stopped = CompletableFuture.runAsync(world.node()::close);
        await().atMost(NodeWorld.LIMIT).until(() -> world.get("/readyz").status(), status -> status == 503);

        assertThat(world.get("/orders").status()).isEqualTo(200);
        assertThat(stopped).succeedsWithin(NodeWorld.LIMIT);
    }
}
