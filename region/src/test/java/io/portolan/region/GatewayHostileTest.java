package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerSpec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Clients and replicas that do not mean well, or are broken: nobody gets the answer of another call, and nothing is half believed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayHostileTest {
    private static final String NAME = "Contoso_Orders";
    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final Controllers controllers = new Controllers();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private NodeWorld world;
    private int turn;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        world = new NodeWorld(folder, FailPoints.NONE, settings -> settings, controllers);
        world.publish(new Extension(NAME, "orders")
                .holds(world.server, Release.simple(NAME, "1.0"))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
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

    private Backend open(Backend backend) {
        opened.add(backend);
        return backend;
    }

    private String mount(Backend backend, Duration idle) {
        var name = "c" + turn++;
        var timeouts = new CallTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(20), idle);
        controllers.put(NAME, "1.0", Controllers.spec(name, name, timeouts, ControllerSpec.DRAIN), backend.uri());
        return "/orders/api/" + name;
    }

    private String mount(Backend backend) {
        return mount(backend, Duration.ofMinutes(1));
    }

    @Test
    void passesNoRequestThatHidesAnother() throws IOException {
        var backend = open(Backend.answering((call, connection) -> connection.answer(200, call.target())));
        var mount = mount(backend);
        var post = "POST " + mount + " HTTP/1.1\r\nHost: localhost\r\n";
        var cases = List.of(
                post + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
                post + "Content-Length: 3\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
                post + "Content-Length: 0, 3\r\n\r\n" + HIDDEN,
                post + "Content-Length: +3\r\n\r\n" + HIDDEN,
                post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
                post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
                post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
                post + "Transfer-Encoding: chunked\r\n\r\n0_3\r\nabc\r\n0\r\n\r\n" + HIDDEN,
                post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n" + HIDDEN,
                post + "X: a\r\n Transfer-Encoding: chunked\r\n\r\n" + HIDDEN,
                post + "X: a\0b\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
                "POST " + mount + " HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        + HIDDEN,
                "GET " + mount + "\u000bx HTTP/1.1\r\nHost: localhost\r\n\r\n");
        for (var text : cases) {
            try (var client = new RawClient(world.uri())) {
                client.sendAnyway(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
                client.endOfInput();
                assertThat(client.readToEnd()).as(text).startsWith("HTTP/1.1 4");
            }
        }
        assertThat(backend.calls)
                .filteredOn(call -> call.target().equals("/hidden"))
                .isEmpty();
        assertThat(Wire.get(world.uri(), mount + "/clean").text()).isEqualTo("/clean");
    }

    @Test
    void takesNoAnswerThatCanBeReadInTwoWays() throws IOException {
        var answers = Map.ofEntries(
                Map.entry(
                        "/both", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Map.entry("/lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
                Map.entry("/same", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
                Map.entry("/sign", "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc"),
                Map.entry("/coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                Map.entry("/header", "HTTP/1.1 200 OK\r\nX\0: 1\r\nContent-Length: 0\r\n\r\n"),
                Map.entry("/value", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"),
                Map.entry("/line", "not HTTP at all\r\n\r\n"),
                Map.entry("/status", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"),
                Map.entry("/switch", "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
                Map.entry("/large", "HTTP/1.1 200 OK\r\nX: " + "a".repeat(64 << 10) + "\r\nContent-Length: 0\r\n\r\n"),
                Map.entry(
                        "/many",
                        "HTTP/1.1 103 Early\r\n\r\n".repeat(50) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                Map.entry("/end", "HTTP/1.1 200 OK\r\nContent-Le"));
        var backend = open(Backend.scripted(connection -> {
            var call = connection.call();
            if (call != null) {
                connection.write(answers.getOrDefault(call.target(), ""));
            }
        }));
        var mount = mount(backend);

        for (var target : answers.keySet()) {
            var answer = Wire.send(world.uri(), "POST", mount + target, "Content-Length: 0");
            assertThat(answer.status()).as(target).isEqualTo(target.equals("/many") ? 103 : 502);
        }
    }

    @Test
    void givesNobodyAnAnswerThatWasNotAskedFor() throws IOException {
        var backend = open(Backend.answering((call, connection) -> {
            // An answer to HEAD with a body, one with another behind it, and one with half of another behind it.
            var poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
            switch (call.target()) {
                case "/head" -> connection.answer(200, "poison");
                case "/two" -> connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + poison);
                case "/half" ->
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX: ");
                case "/empty" -> connection.write("HTTP/1.1 204 No\r\n\r\n" + poison);
                default -> connection.answer(200, "clean");
            }
        }));
        var mount = mount(backend);

        try (var wire = new Wire(world.uri())) {
            for (var target : List.of("/two", "/half", "/empty", "/head", "/two")) {
                var dirty = wire.ask(target.equals("/head") ? "HEAD" : "GET", mount + target);
                assertThat(dirty.status()).isLessThan(300);
                assertThat(dirty.text()).doesNotContain("poison");
                assertThat(wire.ask("GET", mount + "/clean").text())
                        .as("after " + target)
                        .isEqualTo("clean");
            }
        }
    }

    @Test
    void takesAnAnswerThatComesBeforeItsCallForNobodys() throws IOException {
        var backend = open(Backend.scripted(connection -> {
            for (var call = connection.call(); call != null; call = connection.call()) {
                connection.answer(200, "clean");
                if (call.target().equals("/first")) {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                }
            }
        }));
        var mount = mount(backend);

        for (int i = 0; i < 10; i++) {
            assertThat(Wire.get(world.uri(), mount + "/first").text()).isEqualTo("clean");
            assertThat(Wire.get(world.uri(), mount + "/second").text()).isEqualTo("clean");
        }
    }

    @Test
    void showsTheClientThatAnAnswerEndedTooEarly() throws IOException {
        var backend = open(Backend.scripted(connection -> {
            var call = connection.call();
            connection.write(
                    call != null && call.target().equals("/length")
                            ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
                            : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        }));
        var mount = mount(backend);

        for (var target : List.of("/length", "/chunks")) {
            try (var wire = new Wire(world.uri())) {
                org.assertj.core.api.Assertions.assertThatThrownBy(() -> wire.ask("GET", mount + target))
                        .as(target)
                        .isInstanceOfAny(EOFException.class, NumberFormatException.class);
            }
        }
    }

    @Test
    void cutsAnAnswerThatStalls() throws IOException {
        var backend = open(Backend.scripted(connection -> {
            connection.call();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            connection.in.read();
        }));
        var mount = mount(backend, Duration.ofMillis(500));

        try (var client = new RawClient(world.uri())) {
            client.send("GET " + mount + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.readToEnd()).endsWith("\r\n\r\nabc");
        }
    }

    @Test
    void givesUpOnAClientThatStalls() throws IOException {
        var backend = open(Backend.named("x"));
        var mount = mount(backend, Duration.ofMillis(500));

        try (var client = new RawClient(world.uri())) {
            client.send("POST " + mount + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 408 ");
        }
        await().atMost(NodeWorld.LIMIT)
                .until(() -> world.node()
                                .openCalls(NAME + "-1.0-c" + (turn - 1) + "-"
                                        + backend.uri().getPort())
                        == 0);
    }

    @Test
    void endsACallWhoseClientLeaves() throws Exception {
        var left = new java.util.concurrent.CountDownLatch(1);
        var backend = open(Backend.scripted(connection -> {
            connection.call();
            if (connection.in.read() < 0) {
                left.countDown();
            }
        }));
        var mount = mount(backend);

        try (var client = new RawClient(world.uri())) {
            client.send("GET " + mount + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await().atMost(NodeWorld.LIMIT).until(() -> !backend.calls.isEmpty());
        }

        assertThat(left.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void cutsACallWhoseBodyCannotBeRead() throws IOException {
        var backend = open(Backend.answering((call, connection) -> connection.answer(200, call.text())));
        var mount = mount(backend);

        try (var client = new RawClient(world.uri())) {
            client.send("POST " + mount
                    + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 400 ");
        }
        assertThat(backend.calls).isEmpty();
    }
}
