package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerSpec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** WebSockets through the gateway, by the JDK's own client. */
class GatewaySocketTest {
    private static final String NAME = "Contoso_Orders";

    private final Controllers controllers = new Controllers();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private NodeWorld world;

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        world = new NodeWorld(folder, FailPoints.NONE, settings -> settings, controllers);
        world.publish(new Extension(NAME, "orders")
                .holds(world.server, Release.simple(NAME, "1.0"))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterEach
    void stop() throws Exception {
        client.shutdownNow();
        for (var each : opened) {
            each.close();
        }
        world.close();
    }

    private Backend open(Backend backend) {
        opened.add(backend);
        return backend;
    }

    private void put(Duration drain, URI... replicas) {
        controllers.put(NAME, "1.0", Controllers.spec("live", "live", CallTimeouts.STANDARD, drain), replicas);
    }

    /** What comes out of a socket, in order; {@code close 1001} at the end. */
    private static final class Heard implements WebSocket.Listener {
        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private final StringBuilder part = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                heard.add(part.toString());
                part.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            heard.add("close " + code);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            heard.add("error");
        }

        String next() throws InterruptedException {
            return String.valueOf(heard.poll(20, TimeUnit.SECONDS));
        }
    }

    private WebSocket connect(Heard heard) {
        var uri = URI.create(world.uri().toString().replace("http:", "ws:") + "/orders/api/live/feed");
        return client.newWebSocketBuilder().buildAsync(uri, heard).join();
    }

    private static String accept(String key) {
        try {
            var digest = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(digest.digest(
                            (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void upgrade(Backend.Call call, Backend.Connection connection) throws IOException {
        connection.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + accept(call.header("Sec-WebSocket-Key")) + "\r\n\r\n");
    }

    /** Greets, then says again what it hears. */
    private static Backend echo(String greeting) throws IOException {
        return Backend.scripted(connection -> {
            var call = connection.call();
            if (call == null) {
                return;
            }
            upgrade(call, connection);
            write(connection, 0x81, greeting.getBytes(StandardCharsets.UTF_8));
            while (true) {
                int first = connection.in.read();
                if (first < 0) {
                    return;
                }
                int length = connection.in.read() & 0x7F;
                if (length == 126) {
                    length = connection.in.read() << 8 | connection.in.read();
                }
                var mask = connection.in.readNBytes(4);
                var body = connection.in.readNBytes(length);
                for (int i = 0; i < body.length; i++) {
                    body[i] ^= mask[i % 4];
                }
                write(connection, first, body);
                if ((first & 0x0F) == 8) {
                    return;
                }
            }
        });
    }

    private static void write(Backend.Connection connection, int first, byte[] body) throws IOException {
        connection.out.write(first);
        if (body.length < 126) {
            connection.out.write(body.length);
        } else {
            connection.out.write(new byte[] {126, (byte) (body.length >> 8), (byte) body.length});
        }
        connection.out.write(body);
        connection.out.flush();
    }

    @Test
    void carriesFramesBothWays() throws Exception {
        put(ControllerSpec.DRAIN, open(echo("hello")).uri());
        var heard = new Heard();
        var socket = connect(heard);

        assertThat(heard.next()).isEqualTo("hello");
        for (int length : new int[] {0, 5, 125, 126, 5_000, 60_000}) {
            var text = "x".repeat(length);
            socket.sendText(text, true).join();
            assertThat(heard.next()).isEqualTo(text);
        }
        assertThat(Wire.get(world.uri(), "/metrics").text()).contains("controller=\"live\"} 1\n");

        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        assertThat(heard.next()).isEqualTo("close 1000");
        await().atMost(NodeWorld.LIMIT)
                .until(() -> Wire.get(world.uri(), "/metrics").text(), text -> text.contains("code=\"101\"} 1\n"));
    }

    @Test
    void passesARefusalAsAnAnswer() throws Exception {
        put(
                ControllerSpec.DRAIN,
                open(Backend.answering((call, connection) -> connection.answer(403, "no")))
                        .uri());

        var answer = Wire.get(
                world.uri(),
                "/orders/api/live",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Version: 13");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text()).isEqualTo("no");
    }

    @Test
    void endsASocketOfAReplicaThatGoesWhenItsDrainIsOver() throws Exception {
        var old = open(echo("old"));
        var next = open(echo("next"));
        put(Duration.ofSeconds(2), old.uri());
        var heard = new Heard();
        var socket = connect(heard);
        assertThat(heard.next()).isEqualTo("old");

        put(Duration.ofSeconds(2), next.uri());

        // It goes on during the drain, while new ones go to the new replica.
        var fresh = new Heard();
        connect(fresh);
        assertThat(fresh.next()).isEqualTo("next");
        socket.sendText("still here", true).join();
        assertThat(heard.next()).isEqualTo("still here");
        assertThat(heard.next()).isEqualTo("close 1001");
        assertThat(fresh.heard).isEmpty();
    }

    @Test
    void endsSocketsOfANodeThatStops() throws Exception {
        put(Duration.ZERO, open(echo("hello")).uri());
        var heard = new Heard();
        connect(heard);
        assertThat(heard.next()).isEqualTo("hello");

        world.stop();

        assertThat(heard.next()).isEqualTo("close 1001");
    }

    @Test
    void finishesCallsOfANodeThatStops() throws Exception {
        var go = new CountDownLatch(1);
        var backend = open(Backend.answering((call, connection) -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            connection.answer(200, "finished");
        }));
        put(ControllerSpec.DRAIN, backend.uri());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answer = threads.submit(() -> Wire.get(world.uri(), "/orders/api/live"));
            await().atMost(NodeWorld.LIMIT).until(() -> !backend.calls.isEmpty());

            var stopping = threads.submit(() -> world.stop());
            await().atMost(NodeWorld.LIMIT).until(() -> isRefused(world.uri()));
            go.countDown();

            assertThat(answer.get().text()).isEqualTo("finished");
            stopping.get();
        }
    }

    private static boolean isRefused(URI uri) {
        try {
            Wire.get(uri, "/healthz");
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    @Test
    void tellsTheReplicaWhenTheClientIsGone() throws Exception {
        var backend = open(echo("hello"));
        put(ControllerSpec.DRAIN, backend.uri());
        var heard = new Heard();
        var socket = connect(heard);
        assertThat(heard.next()).isEqualTo("hello");

        socket.abort();

        await().atMost(NodeWorld.LIMIT)
                .until(() -> world.node()
                                .openCalls(NAME + "-1.0-live-" + backend.uri().getPort())
                        == 0);
    }

    @Test
    void takesNothingThatCameBeforeTheSocketWasOpenForFrames() throws Exception {
        var backend = open(Backend.scripted(connection -> {
            var call = connection.call();
            if (call != null) {
                upgrade(call, connection);
                // Were the second request tunnelled, it would be answered here.
                if (connection.in.read() >= 0) {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                }
            }
        }));
        put(ControllerSpec.DRAIN, backend.uri());

        try (var raw = new RawClient(world.uri())) {
            raw.send("GET /orders/api/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
                    + "GET /orders/api/live/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n");
            raw.endOfInput();
            assertThat(raw.readToEnd()).doesNotContain("poison").doesNotStartWith("HTTP/1.1 101");
        }
    }
}
