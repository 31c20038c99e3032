package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.testkit.LonePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Calls of controllers through a node over real HTTP: where they go, what arrives, what comes back when something fails. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayTest {
    private static final String NAME = "Contoso_Orders";
    private static final CallTimeouts SHORT =
            new CallTimeouts(Duration.ofSeconds(5), Duration.ofMillis(1500), Duration.ofSeconds(20));

    private final Controllers controllers = new Controllers();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private NodeWorld world;
    private int turn;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        world = new NodeWorld(folder, FailPoints.NONE, settings -> settings, controllers);
        world.publish(new Extension(NAME, "orders")
                .holds(world.server, Release.simple(NAME, "1.0"))
                .holds(world.server, Release.simple(NAME, "2.0"))
                .revokes(world.server, Release.simple(NAME, "0.9"))
                .gives("2.0"));
        world.awaitVersion("orders", "2.0");
    }

    @AfterEach
    void closeBackends() throws Exception {
        for (var each : opened) {
            each.close();
        }
        opened.clear();
    }

    @AfterAll
    void stop() {
        world.close();
    }

    private <T extends AutoCloseable> T open(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    private Wire.Answer get(String target, String... headers) throws IOException {
        return Wire.get(world.uri(), target, headers);
    }

    /** A controller of its own, so that no test sees what another one left. */
    private String mount(CallTimeouts timeouts, String[] idempotent, URI... replicas) {
        var name = "c" + turn++;
        controllers.put(
                NAME, "2.0", Controllers.spec(name, name, timeouts, ControllerSpec.DRAIN, idempotent), replicas);
        return "/orders/api/" + name;
    }

    private String mount(URI... replicas) {
        return mount(CallTimeouts.STANDARD, new String[0], replicas);
    }

    /** Where nobody listens. */
    private static URI nowhere() throws IOException {
        return URI.create("http://127.0.0.1:" + LonePorts.next());
    }

    private long metric(String start) throws IOException {
        return get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(start))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void callsTheVersionOfTheRegionAndThePinnedOne() throws IOException {
        controllers.put(
                NAME,
                "1.0",
                Controllers.spec("both", "both"),
                open(Backend.named("one")).uri());
        controllers.put(
                NAME,
                "2.0",
                Controllers.spec("both", "both"),
                open(Backend.named("two")).uri());

        assertThat(get("/orders/api/both/x").text()).isEqualTo("two");
        var pinned = get("/orders/@1.0/api/both/x");
        assertThat(pinned.text()).isEqualTo("one");
        assertThat(pinned.header("X-Portolan-Version")).isEqualTo("1.0");
        assertThat(get("/orders/@2.0/api/both/x").text()).isEqualTo("two");
        assertThat(get("/orders/api/both/x", "Host: orders.ext.portolan.test").text())
                .isEqualTo("two");
    }

    @Test
    void takesTheLongestMount() throws IOException {
        controllers.put(
                NAME,
                "2.0",
                Controllers.spec("short", "long"),
                open(Backend.named("short")).uri());
        controllers.put(
                NAME,
                "2.0",
                Controllers.spec("longer", "long/er"),
                open(Backend.named("longer")).uri());

        assertThat(get("/orders/api/long/er/1").text()).isEqualTo("longer");
        assertThat(get("/orders/api/long/er").text()).isEqualTo("longer");
        assertThat(get("/orders/api/long/error").text()).isEqualTo("short");
    }

    @Test
    void saysWhyThereIsNobodyToCall() throws IOException {
        var gone = get("/orders/@7.0/api/x");
        assertThat(gone.status()).isEqualTo(410);
        assertThat(gone.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(gone.text()).contains("\"code\":\"VERSION_GONE\"");
        assertThat(get("/orders/@0.9/api/x").text()).contains("\"code\":\"REVOKED\"");
        var none = get("/orders/@1.0/api/nothing-here");
        assertThat(none.status()).isEqualTo(404);
        assertThat(none.text()).contains("\"code\":\"NO_CONTROLLER\"");
        assertThat(get("/nowhere/api/x").status()).isEqualTo(404);
        assertThat(get("/orders/api/x", "Host: other.example").status()).isEqualTo(421);
        assertThat(get("/orders/api/x", "Host: bills.ext.portolan.test").status())
                .isEqualTo(404);
        assertThat(get("/orders/api/diagnostics").text()).contains("\"region\":\"westus\"");
    }

    @Test
    void saysThatNoReplicaIsReady() throws IOException {
        var answer = get(mount() + "/x");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isNotEmpty();
        assertThat(answer.text()).contains("\"code\":\"NO_REPLICA\"");
    }

    @Test
    void passesPathQueryAndWhatIsKnownOfTheClient() throws IOException {
        var backend = open(Backend.named("x"));
        var mount = mount(backend.uri());

        get(
                mount + "/a%2Fb/c?d=%20e&f",
                "X-Forwarded-For: 10.0.0.1",
                "Connection: keep-alive, X-Secret",
                "X-Secret: 1");

        var call = backend.calls.get(0);
        assertThat(call.line()).isEqualTo("GET /a%2Fb/c?d=%20e&f HTTP/1.1");
        assertThat(call.all("X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(call.header("X-Forwarded-Prefix")).isEqualTo(mount);
        assertThat(call.header("X-Forwarded-Proto")).isEqualTo("http");
        assertThat(call.header("Host")).isEqualTo(world.uri().getAuthority());
        assertThat(call.header("X-Secret")).isEmpty();
        assertThat(call.header("Connection")).isEmpty();
        assertThat(call.header("Via")).isEqualTo("1.1 portolan");
        assertThat(call.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
        assertThat(Long.parseLong(call.header("X-Request-Timeout-Ms"))).isBetween(1L, 60_000L);

        get(mount);
        assertThat(backend.calls.get(1).target()).isEqualTo("/");
    }

    @Test
    void refusesPathsThatSomeServerWouldResolve() throws IOException {
        var backend = open(Backend.named("x"));
        var mount = mount(backend.uri());

        for (var path : List.of("/../x", "/a/..", "/%2e%2E/x", "/.", "/a/./b", "/.%2e/x", "/a\\..\\b", "/é")) {
            assertThat(get(mount + path).status()).as(path).isEqualTo(400);
        }
        assertThat(get(mount + "/...").status()).isEqualTo(200);
        assertThat(get(mount + "/a..b").status()).isEqualTo(200);
        assertThat(backend.calls).hasSize(2);
    }

    @Test
    void usesItsConnectionsAgain() throws IOException {
        var backend =
                open(Backend.answering((call, connection) -> connection.answer(200, call.method() + call.text())));
        var mount = mount(backend.uri());

        try (var wire = new Wire(world.uri())) {
            for (int i = 0; i < 20; i++) {
                assertThat(wire.ask("GET", mount).text()).isEqualTo("GET");
            }
            assertThat(wire.ask("HEAD", mount).header("content-length")).isEqualTo("4");
            assertThat(wire.ask("GET", mount).text()).isEqualTo("GET");
        }

        assertThat(Wire.post(world.uri(), mount, "body".getBytes(StandardCharsets.UTF_8))
                        .text())
                .isEqualTo("POSTbody");
        // One a loop of the node, and the clients were three.
        assertThat(backend.connections.get()).isLessThanOrEqualTo(3);
    }

    @Test
    void answersPipelinedCallsInTheirOrder() throws IOException {
        var backend = open(Backend.answering((call, connection) -> connection.answer(200, call.target())));
        var mount = mount(backend.uri());

        try (var wire = new Wire(world.uri())) {
            var text = new StringBuilder();
            for (int i = 0; i < 10; i++) {
                text.append("GET ").append(mount).append('/').append(i).append(" HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            wire.write(text + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            for (int i = 0; i < 10; i++) {
                assertThat(wire.read(false).text()).isEqualTo("/" + i);
            }
            assertThat(wire.read(false).text()).isEqualTo("alive\n");
        }
    }

    @Test
    void passesAnswersOfEveryLengthAndTheirTrailers() throws IOException {
        var backend = open(Backend.answering((call, connection) -> {
            switch (call.target()) {
                case "/chunked" ->
                    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                            + "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n");
                case "/none" -> connection.write("HTTP/1.1 204 No Content\r\n\r\n");
                case "/kept" -> connection.write("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n");
                default -> {
                    connection.write("HTTP/1.0 200 OK\r\n\r\nuntil the end");
                    connection.socket.close();
                }
            }
        }));
        var mount = mount(backend.uri());

        try (var wire = new Wire(world.uri())) {
            var chunked = wire.ask("GET", mount + "/chunked");
            assertThat(chunked.text()).isEqualTo("abcde");
            assertThat(chunked.header("X-Sum")).isEqualTo("5");
            assertThat(wire.ask("GET", mount + "/none").status()).isEqualTo(204);
            assertThat(wire.ask("GET", mount + "/kept").header("etag")).isEqualTo("\"x\"");
            assertThat(wire.ask("GET", mount + "/close").text()).isEqualTo("until the end");
            assertThat(wire.ask("GET", mount + "/chunked").text()).isEqualTo("abcde");
        }
        // A client of HTTP/1.0 knows no chunks.
        try (var old = new RawClient(world.uri())) {
            old.send("GET " + mount + "/chunked HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
            assertThat(old.readToEnd()).endsWith("\r\n\r\nabcde").doesNotContainIgnoringCase("transfer-encoding");
        }
    }

    @Test
    void passesBodiesWithAndWithoutALengthAndTheirTrailers() throws IOException {
        var backend = open(Backend.answering((call, connection) -> connection.answer(200, call.text())));
        var mount = mount(backend.uri());

        try (var wire = new Wire(world.uri())) {
            var chunked = wire.raw(
                    "POST " + mount + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "3\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 4\r\n\r\n",
                    false);
            assertThat(chunked.text()).isEqualTo("abcd[x-sum: 4]".replace("x-sum", "X-Sum"));
            assertThat(wire.raw("PUT " + mount + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi", false)
                            .text())
                    .isEqualTo("hi");
        }
    }

    @Test
    void letsTheReplicaSayWhetherTheBodyIsWanted() throws IOException {
        var backend = open(Backend.scripted(connection -> {
            var head = connection.head();
            while (head != null) {
                if (head.target().equals("/no")) {
                    connection.answer(417, "no", "Connection: close");
                    return;
                }
                connection.write("HTTP/1.1 100 Continue\r\n\r\n");
                connection.answer(200, new String(connection.body(head), StandardCharsets.UTF_8));
                head = connection.head();
            }
        }));
        var mount = mount(backend.uri());
        var head = " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";

        try (var wire = new Wire(world.uri())) {
            assertThat(wire.raw("POST " + mount + "/yes" + head, true).status()).isEqualTo(100);
            assertThat(wire.raw("12345", false).text()).isEqualTo("12345");
            assertThat(wire.raw("POST " + mount + "/no" + head, false).status()).isEqualTo(417);
            assertThat(wire.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void triesAnotherReplicaWhereOneTakesNoConnection() throws IOException {
        var good = open(Backend.answering((call, connection) -> connection.answer(200, call.text())));
        var mount = mount(nowhere(), good.uri());

        for (int i = 0; i < 20; i++) {
            assertThat(Wire.post(world.uri(), mount, "x".getBytes(StandardCharsets.UTF_8))
                            .text())
                    .isEqualTo("x");
        }
        assertThat(metric("portolan_controller_retries_total{extension=\"Contoso_Orders\",version=\"2.0\",controller=\""
                        + mount.substring("/orders/api/".length())))
                .isPositive();
    }

    @Test
    void triesACallAgainOnlyWhereThatIsSafe() throws IOException {
        var cutting = open(Backend.scripted(connection -> {
            if (connection.call() != null) {
                connection.socket.close();
            }
        }));
        var good = open(Backend.answering((call, connection) -> connection.answer(200, call.method() + call.text())));
        var mount = mount(CallTimeouts.STANDARD, new String[] {"POST /quotes/*"}, cutting.uri(), good.uri());

        var statuses = new ArrayList<Integer>();
        for (int i = 0; i < 8; i++) {
            assertThat(get(mount).text()).isEqualTo("GET");
            var quote = Wire.post(world.uri(), mount + "/quotes/1", "q".getBytes(StandardCharsets.UTF_8));
            assertThat(quote.text()).as("said to be idempotent").isEqualTo("POSTq");
        }
        int before = cutting.calls.size();
        assertThat(before).isPositive();
        // The first replica is ejected by now, so a controller of its own shows what a call that is not safe gets.
        var other = mount(cutting.uri());
        for (int i = 0; i < 3; i++) {
            statuses.add(Wire.post(world.uri(), other, "x".getBytes(StandardCharsets.UTF_8))
                    .status());
        }
        assertThat(statuses).containsOnly(502);
        assertThat(cutting.calls.size() - before).as("each once").isEqualTo(3);
    }

    @Test
    void findsAnIdleConnectionClosedAndMakesAnother() throws Exception {
        var backend = open(Backend.named("here"));
        var mount = mount(backend.uri());
        try (var wire = new Wire(world.uri())) {
            assertThat(wire.ask("GET", mount).text()).isEqualTo("here");
            backend.cut();
            assertThat(wire.ask("GET", mount).text()).isEqualTo("here");
        }
    }

    @Test
    void leavesAReplicaThatFailsAlone() throws IOException {
        var failing = open(Backend.answering((call, connection) -> connection.answer(503, "failing")));
        var good = open(Backend.named("good"));
        var mount = mount(failing.uri(), good.uri());

        for (int i = 0; i < 100; i++) {
            get(mount);
        }

        assertThat(failing.calls).hasSize(5);
        assertThat(good.calls).hasSize(95);
        assertThat(metric("portolan_controller_replicas_ejected")).isPositive();
    }

    @Test
    void answersForAReplicaThatDoesNot() throws IOException {
        var silent = open(Backend.scripted(connection -> {
            connection.call();
            connection.in.read();
        }));
        var mount = mount(SHORT, new String[0], silent.uri());

        var late = get(mount);
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.text())
                .contains("\"code\":\"LATE\"")
                .as("what was waited, not what is left of it")
                .contains("no answer in " + SHORT.response().toMillis() + " ms");

        var good = open(Backend.named("good"));
        var both = mount(SHORT, new String[0], silent.uri(), good.uri());
        for (int i = 0; i < 4; i++) {
            assertThat(get(both).text()).as("a GET may be made again").isEqualTo("good");
        }
    }

    @Test
    void keepsToTheDeadlineOfTheCaller() throws IOException {
        var silent = open(Backend.scripted(connection -> {
            connection.call();
            connection.in.read();
        }));
        var mount = mount(silent.uri());

        assertThat(get(mount, "X-Request-Timeout-Ms: 200").status()).isEqualTo(504);
        assertThat(Integer.parseInt(silent.calls.get(0).header("X-Request-Timeout-Ms")))
                .isLessThanOrEqualTo(200);
    }

    @Test
    void refusesWhatIsMoreThanAControllerMayHave() throws Exception {
        var release = new CountDownLatch(1);
        var slow = open(Backend.answering((call, connection) -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            connection.answer(200, "late");
        }));
        var mount = mount(slow.uri());
        // As many streams on few connections as the limit has calls.
        try (var client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var waiting = new ArrayList<java.util.concurrent.CompletableFuture<HttpResponse<String>>>();
            for (int i = 0; i < 1024; i++) {
                waiting.add(client.sendAsync(
                        HttpRequest.newBuilder(world.uri().resolve(mount)).build(),
                        HttpResponse.BodyHandlers.ofString()));
            }
            await().atMost(NodeWorld.LIMIT).until(() -> metric("portolan_controller_outstanding{") >= 1024);

            var shed = get(mount);

            release.countDown();
            assertThat(shed.status()).isEqualTo(503);
            assertThat(shed.text()).contains("\"code\":\"CROWDED\"");
            for (var each : waiting) {
                assertThat(each.get().statusCode()).isEqualTo(200);
            }
        }
        await().atMost(NodeWorld.LIMIT).until(() -> metric("portolan_controller_outstanding{") == 0);
    }

    @Test
    void countsCallsAndWritesThemDown() throws IOException {
        var mount = mount(open(Backend.answering((call, connection) -> connection.answer(201, "made")))
                .uri());
        var labels = "{extension=\"Contoso_Orders\",version=\"2.0\",controller=\""
                + mount.substring("/orders/api/".length()) + "\"";

        get(mount);
        get(mount);

        assertThat(metric("portolan_controller_requests_total" + labels + ",code=\"201\""))
                .isEqualTo(2);
        assertThat(metric("portolan_controller_request_duration_seconds_count" + labels))
                .isEqualTo(2);
        assertThat(metric("portolan_controller_outstanding" + labels)).isZero();
        assertThat(
                        metric(
                                "portolan_node_requests_total{extension=\"Contoso_Orders\",version=\"2.0\",code=\"201\",cache=\"controller\"}"))
                .isPositive();
    }
}
