package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.Overrides;
import io.portolan.protocol.Problem;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.Operator;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

/** An operator takes a region out of a director's answers while the control plane is away; over real HTTP and DNS. */
class DirectorOverridesTest {
    private static final String HELLO = "hello.ext.portolan.test";
    private static final String LONDON = "81.2.69.0/24";
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Operator operator = new Operator(Samples.PROD);
    private final List<HttpServer> nodes = new ArrayList<>();
    private final AtomicInteger elsewhere = new AtomicInteger(200);

    @TempDir
    private Path folder;

    private RevisionServer control;

    @BeforeEach
    void startTheWorld() throws IOException {
        control = RevisionServer.start(Samples.PROD);
        control.put(Samples.environment(List.of(new RegionName("westeurope"), new RegionName("westus"))));
        region("westeurope", new GeoPoint(52.3667, 4.9), "127.0.1.4", new AtomicInteger(200));
        region("westus", new GeoPoint(37.783, -122.417), "127.0.1.3", elsewhere);
        control.put(Samples.extension("Portolan_Hello", "hello", "1", List.of("westeurope", "westus")));
        control.put(Samples.extension("Contoso_Orders", "orders", "1", List.of("westeurope")));
        control.operatorKeys(List.of(operator.publicKey()));
        control.publish("first");
    }

    private void region(String name, GeoPoint at, String address, AtomicInteger status) throws IOException {
        var node = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        node.createContext("/readyz", exchange -> {
            var body = (status.get() == 200 ? "ready\n" : "not ready\n").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status.get(), body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        node.start();
        nodes.add(node);
        control.put(Samples.region(
                name, at, address, "http://127.0.0.1:" + node.getAddress().getPort()));
    }

    @AfterEach
    void stopTheWorld() {
        control.close();
        nodes.forEach(node -> node.stop(0));
    }

    private static Instant now() {
        return InstantSource.system().instant();
    }

    private DirectorServer director(FailPoints failPoints) {
        var local = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        var replica = new ReplicaSettings(
                "director",
                "director",
                Samples.PROD,
                new RegionName("director"),
                "",
                control.uri(),
                RevisionServer.TOKEN,
                folder,
                Duration.ofSeconds(5),
                Duration.ofMillis(200));
        var director = DirectorServer.start(
                new DirectorSettings(
                        replica,
                        DnsSettings.of(local),
                        local,
                        List.of(InetAddress.ofLiteral("127.0.0.1")),
                        new DirectorSettings.Probes(Duration.ofMillis(40), Duration.ofSeconds(2), 3, 2),
                        ""),
                InstantSource.system(),
                failPoints);
        await().atMost(LIMIT).until(() -> director.sync().current().isPresent());
        return director;
    }

    private static List<String> answer(DirectorServer director, String name) {
        return Dig.data(Dig.udp(director.dnsAddress(), Dig.query(name, Type.A, LONDON)));
    }

    private static HttpResponse<byte[]> post(DirectorServer director, byte[] body)
            throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(director.uri() + OperatorOverride.PATH))
                            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private static HttpResponse<String> get(DirectorServer director, String path)
            throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(director.uri() + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void drainsARegionWithTheControlPlaneDownAcrossRestartsUntilItIsLifted() throws Exception {
        var order = operator.drain("westeurope", now());
        try (var director = director(FailPoints.NONE)) {
            assertThat(answer(director, HELLO)).containsExactly("127.0.1.4");
            control.available(false);

            var taken = post(director, operator.sign(order));

            assertThat(taken.statusCode()).isEqualTo(200);
            assertThat(Json.read(taken.body(), Overrides.Answer.class).outcome())
                    .isEqualTo(Overrides.Outcome.IN_FORCE);
            assertThat(answer(director, HELLO)).as("at once").containsExactly("127.0.1.3");
            assertThat(answer(director, "orders.ext.portolan.test"))
                    .as("no other region serves it")
                    .containsExactly("127.0.1.4");
            assertThat(get(director, "/-/explain?name=" + HELLO + "&client=81.2.69.142")
                            .body())
                    .contains("is drained by an operator's override");
            assertThat(get(director, "/metrics").body()).contains("portolan_director_drained_regions 1\n");
        }
        try (var director = director(FailPoints.NONE)) {
            assertThat(answer(director, HELLO)).as("after a restart").containsExactly("127.0.1.3");
            control.available(true);
            await().atMost(LIMIT).until(() -> control.lastStatus("director")
                    .filter(status -> status.overrides().stream()
                            .anyMatch(report -> report.region().equals("westeurope")))
                    .isPresent());
            var listed = Json.read(get(director, OperatorOverride.PATH).body(), Overrides.Listing.class);
            assertThat(listed.overrides().getFirst().id()).isEqualTo(order.id());

            assertThat(post(director, operator.sign(operator.lift(order, now())))
                            .statusCode())
                    .isEqualTo(200);

            assertThat(answer(director, HELLO)).as("lifted").containsExactly("127.0.1.4");
            assertThat(post(director, operator.sign(order)).statusCode())
                    .as("replayed")
                    .isEqualTo(409);
        }
    }

    @Test
    void aDrainedRegionIsAnsweredWhereEveryOtherOneIsDown() throws Exception {
        try (var director = director(FailPoints.NONE)) {
            post(director, operator.sign(operator.drain("westeurope", now())));
            assertThat(answer(director, HELLO)).containsExactly("127.0.1.3");

            elsewhere.set(503);

            await().atMost(LIMIT).until(() -> answer(director, HELLO).equals(List.of("127.0.1.4")));
        }
    }

    @Test
    void aRevisionThatSettlesTheOrderEndsIt() throws Exception {
        var order = operator.drain("westeurope", now());
        try (var director = director(FailPoints.NONE)) {
            post(director, operator.sign(order));
            control.settledOverrides(List.of(order.id()));
            control.publish("settles it");

            await().atMost(LIMIT).until(() -> answer(director, HELLO).equals(List.of("127.0.1.4")));
        }
    }

    @Test
    void refusesStrangersRollbacksAndRegionsThatItDoesNotKnow() throws Exception {
        try (var director = director(FailPoints.NONE)) {
            var stranger = new Operator(Samples.PROD);
            assertProblem(post(director, stranger.sign(stranger.drain("westeurope", now()))), 403, "UNTRUSTED_KEY");
            assertProblem(
                    post(director, operator.sign(operator.rollback("Portolan_Hello", Slot.LKG, now()))),
                    409,
                    "WRONG_ADDRESSEE");
            assertProblem(post(director, operator.sign(operator.drain("mars", now()))), 404, "NOT_KNOWN");
            assertProblem(post(director, new byte[100_000]), 400, "MALFORMED_OVERRIDE");
            assertThat(answer(director, HELLO)).containsExactly("127.0.1.4");
        }
    }

    private static void assertProblem(HttpResponse<byte[]> answer, int status, String code) {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(Json.read(answer.body(), Problem.class).code()).isEqualTo(code);
    }

    @Test
    void aCrashBeforeItActsLeavesAnOrderThatActsFromTheNextStartOn() throws Exception {
        var crash = new AtomicBoolean(true);
        var order = operator.drain("westeurope", now());
        try (var director = director(point -> {
            if (point == FailPoint.OVERRIDE_STORED && crash.get()) {
                throw new IllegalStateException("crash");
            }
        })) {
            assertThat(post(director, operator.sign(order)).statusCode()).isEqualTo(500);
            assertThat(answer(director, HELLO)).containsExactly("127.0.1.4");
        }
        crash.set(false);
        try (var director = director(FailPoints.NONE)) {
            assertThat(answer(director, HELLO)).containsExactly("127.0.1.3");
        }
    }
}
