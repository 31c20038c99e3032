package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.util.NettyRuntime;
import io.portolan.model.FailPoints;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerSpec;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of controllers that are spoken to in HTTP/2, by clients of HTTP/1.1. */
class GatewayHttp2Test {
    private static final String NAME = "Contoso_Orders";
    private static final String MOUNT = "/orders/api/two";

    private final Controllers controllers = new Controllers();
    private NodeWorld world;
    private Http2Replica replica;

    @BeforeEach
    void start(@TempDir Path folder) {
        replica = new Http2Replica(4);
        controllers.put(NAME, "1.0", Controllers.http2(Controllers.spec("two", "two")), replica.uri());
        world = new NodeWorld(folder, FailPoints.NONE, settings -> settings, controllers);
        world.publish(new Extension(NAME, "orders")
                .holds(world.server, Release.simple(NAME, "1.0"))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterEach
    void stop() {
        world.close();
        replica.close();
    }

    @Test
    void carriesCallsTheirBodiesAndTrailers() throws IOException {
        var got = world.get(MOUNT + "/x?y=1", "Connection: keep-alive");
        assertThat(got.status()).isEqualTo(200);
        assertThat(got.header("x-path")).isEqualTo("/x?y=1");
        assertThat(got.header("x-authority")).isEqualTo(world.uri().getAuthority());
        assertThat(got.header("x-hops")).isEqualTo("null");
        assertThat(got.header("x-trailer")).isEqualTo("no body");

        var large = "0123456789".repeat(100_000);
        var posted = Wire.post(world.uri(), MOUNT + "/echo", large.getBytes(StandardCharsets.US_ASCII));
        assertThat(posted.text()).isEqualTo(large);
        assertThat(posted.header("x-trailer")).isEqualTo("none");

        try (var wire = new Wire(world.uri())) {
            var chunked = wire.raw(
                    "POST " + MOUNT + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n",
                    false);
            assertThat(chunked.text()).isEqualTo("abc");
            assertThat(chunked.header("x-trailer")).isEqualTo("got 3");
            assertThat(wire.ask("HEAD", MOUNT + "/head").status()).isEqualTo(200);
            assertThat(wire.ask("GET", MOUNT + "/head").text()).isEmpty();
        }
    }

    @Test
    void makesManyCallsOnFewConnections() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = new ArrayList<Callable<String>>();
            for (int i = 0; i < 40; i++) {
                var text = "body " + i;
                tasks.add(() -> Wire.post(world.uri(), MOUNT, text.getBytes(StandardCharsets.US_ASCII))
                                .text()
                                .equals(text)
                        ? ""
                        : text);
            }
            for (var each : threads.invokeAll(tasks)) {
                assertThat(each.get()).isEmpty();
            }
        }
        assertThat(replica.connections.get()).isLessThan(20);
    }

    /** As a server does that stops: what it has not looked at is told by number (RFC 9113, section 6.8). */
    @Test
    void makesACallAgainThatCameTooLateOnAConnection() throws IOException {
        assertThat(world.get(MOUNT + "/x").status()).isEqualTo(200);

        var answer = Wire.post(world.uri(), MOUNT + "/leaving", "once".getBytes(StandardCharsets.US_ASCII));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("once");
        assertThat(replica.left.get()).as("left once, and asked").isEqualTo(2);
    }

    @Test
    void answersOthersOnAConnectionWhileSomeClientsReadNothing() throws IOException {
        // Clients are given to event loops in turn: on the connection of each loop are two that do not read, and then
        // one that does.
        int loops = NettyRuntime.availableProcessors();
        var slow = new ArrayList<Wire>();
        try {
            for (int i = 0; i < 2 * loops; i++) {
                var wire = new Wire(world.uri());
                slow.add(wire);
                wire.write("GET " + MOUNT + "/large HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            var last = new AtomicLong(-1);
            await().atMost(NodeWorld.LIMIT)
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> replica.sent.get() > 0 && last.getAndSet(replica.sent.get()) == replica.sent.get());
            assertThat(replica.sent.get()).as("clients are waited for").isLessThan(2L * loops * (64 << 20));

            for (int i = 0; i < loops; i++) {
                var body = "0123456789".repeat(20_000);
                assertThat(Wire.post(world.uri(), MOUNT + "/echo", body.getBytes(StandardCharsets.US_ASCII))
                                .text())
                        .isEqualTo(body);
            }
            assertThat(replica.connections.get()).isLessThanOrEqualTo(loops);
        } finally {
            for (var each : slow) {
                each.close();
            }
        }
    }

    /** As behind a translator of addresses that has forgotten the connection: nobody ever says that it is gone. */
    @Test
    void callsOnANewConnectionOnceOneHasFallenSilent() throws Exception {
        try (var between = new Forgetful(replica.uri());
                var wire = new Wire(world.uri())) {
            var timeouts = new CallTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofMinutes(5));
            controllers.put(
                    NAME,
                    "1.0",
                    Controllers.http2(Controllers.spec("two", "two", timeouts, ControllerSpec.DRAIN)),
                    between.uri());
            // One client, so one event loop, so one connection.
            assertThat(wire.ask("GET", MOUNT + "/x").status()).isEqualTo(200);
            between.forget();
            assertThat(wire.ask("GET", MOUNT + "/x").status()).isEqualTo(504);

            var next = wire.ask("GET", MOUNT + "/x");

            assertThat(next.status()).as(next.text()).isEqualTo(200);
            assertThat(replica.connections.get()).isEqualTo(2);
        }
    }

    /** Carries bytes both ways, until it forgets the connections that it has: these stay open, and nothing comes through. */
    private static final class Forgetful implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
        private final AtomicInteger age = new AtomicInteger();
        private final URI target;

        Forgetful(URI target) throws IOException {
            this.target = target;
            Thread.ofVirtual().start(this::accept);
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + listener.getLocalPort());
        }

        void forget() {
            age.incrementAndGet();
        }

        private void accept() {
            while (!listener.isClosed()) {
                try {
                    var near = listener.accept();
                    int born = age.get();
                    var far = new Socket(target.getHost(), target.getPort());
                    open.add(near);
                    open.add(far);
                    Thread.ofVirtual().start(() -> carry(near, far, born));
                    Thread.ofVirtual().start(() -> carry(far, near, born));
                } catch (IOException closed) {
                    return;
                }
            }
        }

        private void carry(Socket from, Socket to, int born) {
            var buffer = new byte[16 << 10];
            try {
                for (int n = from.getInputStream().read(buffer);
                        n > 0;
                        n = from.getInputStream().read(buffer)) {
                    if (age.get() == born) {
                        to.getOutputStream().write(buffer, 0, n);
                    }
                }
            } catch (IOException closed) {
                // One side has gone; the test's end closes the other one.
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            for (var each : open) {
                each.close();
            }
        }
    }

    @Test
    void cutsAnAnswerThatIsReset() {
        assertThatThrownBy(() -> world.get(MOUNT + "/broken"))
                .isInstanceOfAny(EOFException.class, NumberFormatException.class);
    }

    @Test
    void triesACallThatWasRefusedUnreadAtAnotherReplica() throws IOException {
        try (var other = new Http2Replica(100)) {
            other.refused.set(1);
            controllers.put(NAME, "1.0", Controllers.http2(Controllers.spec("two", "two")), replica.uri(), other.uri());
            for (int i = 0; i < 6; i++) {
                assertThat(Wire.post(world.uri(), MOUNT + "/refused", new byte[0])
                                .status())
                        .isEqualTo(200);
            }
        }
        assertThat(replica.refused.get()).as("refused once, and asked").isPositive();
    }
}
