package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PooledByteBufAllocator;
import io.portolan.model.FailPoints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Bodies on their way through the gateway, both ways, in HTTP/1.1 and HTTP/2: as they come, and no faster than they are taken. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayStreamingTest {
    private static final String NAME = "Contoso_Orders";
    private static final long LARGE = 96L << 20;
    /** What the kernel's buffers of two connections and the node's own may hold, generously. */
    private static final long HELD = 40L << 20;

    private static final Duration STILL = Duration.ofMillis(700);

    private final Controllers controllers = new Controllers();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private NodeWorld world;
    private Path tls;
    private int turn;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        tls = folder.resolve("tls");
        world = new NodeWorld(
                folder,
                FailPoints.NONE,
                settings -> settings.withTls(new TlsSettings(0, "", "", Duration.ofSeconds(5), List.of("localhost"))),
                controllers);
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

    private String mount(Backend backend) {
        opened.add(backend);
        var name = "c" + turn++;
        controllers.put(NAME, "1.0", Controllers.spec(name, name), backend.uri());
        return "/orders/api/" + name;
    }

    private URI secure(String target) {
        return URI.create("https://127.0.0.1:" + world.node().httpsPort().orElseThrow() + target);
    }

    private HttpClient client() throws IOException, GeneralSecurityException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (var pem = Files.newInputStream(tls.resolve("certificate.pem"))) {
            trusted.setCertificateEntry(
                    "node", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_2)
                .sslContext(context)
                .build();
    }

    /** Bytes of which each says where it stands. */
    private static class Numbered extends InputStream {
        private final long length;
        private long at;

        Numbered(long length) {
            this.length = length;
        }

        static byte at(long place) {
            return (byte) (place * 31 >> 3);
        }

        @Override
        public int read() {
            return at < length ? at(at++) & 0xFF : -1;
        }

        @Override
        public int read(byte[] into, int offset, int most) {
            if (at >= length) {
                return -1;
            }
            int count = (int) Math.min(most, length - at);
            for (int i = 0; i < count; i++) {
                into[offset + i] = at(at++);
            }
            return count;
        }
    }

    /** How many of the right bytes come, in the right order. */
    private static long right(InputStream in, long most) throws IOException {
        var buffer = new byte[64 << 10];
        long at = 0;
        for (int n = in.read(buffer, 0, (int) Math.min(buffer.length, most));
                n > 0;
                n = in.read(buffer, 0, (int) Math.min(buffer.length, most - at))) {
            for (int i = 0; i < n; i++) {
                if (buffer[i] != Numbered.at(at++)) {
                    return -at;
                }
            }
        }
        return at;
    }

    private static void send(OutputStream out, long length, AtomicLong sent) throws IOException {
        var in = new Numbered(length);
        var buffer = new byte[64 << 10];
        for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            sent.addAndGet(n);
        }
        out.flush();
    }

    /** Waits until nothing more moves. */
    private static long settled(AtomicLong moved) {
        var last = new AtomicLong(-1);
        await().atMost(NodeWorld.LIMIT)
                .pollInterval(STILL)
                .until(() -> moved.get() > 0 && last.getAndSet(moved.get()) == moved.get());
        return moved.get();
    }

    private static long direct() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }

    @Test
    void takesAnUploadNoFasterThanTheReplicaDoes() throws Exception {
        var go = new CountDownLatch(1);
        var received = new AtomicLong();
        var mount = mount(Backend.scripted(connection -> {
            connection.head();
            awaitQuietly(go);
            received.set(right(connection.in, LARGE));
            connection.answer(200, "got " + received.get());
        }));
        var sent = new AtomicLong();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var wire = new Wire(world.uri())) {
            wire.write("POST " + mount + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + LARGE + "\r\n\r\n");
            var sending = threads.submit(() -> {
                send(wire.out(), LARGE, sent);
                return null;
            });
            assertThat(settled(sent)).isLessThan(HELD);
            assertThat(direct()).isLessThan(HELD);
            go.countDown();
            sending.get();

            assertThat(wire.read(false).text()).isEqualTo("got " + LARGE);
        }
    }

    @Test
    void takesAnAnswerNoFasterThanTheClientDoes() throws Exception {
        var sent = new AtomicLong();
        var mount = mount(Backend.scripted(connection -> {
            connection.call();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
            send(connection.out, LARGE, sent);
        }));

        try (var socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(world.uri().getHost(), world.uri().getPort()));
            socket.getOutputStream()
                    .write(("GET " + mount + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(settled(sent)).isLessThan(HELD);
            assertThat(direct()).isLessThan(HELD);

            var in = socket.getInputStream();
            for (int ends = 0; ends < 4; ) {
                int c = in.read();
                ends = c == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : 0;
            }
            assertThat(right(in, LARGE)).isEqualTo(LARGE);
        }
    }

    @Test
    void keepsPaceWithAClientOfHttp2() throws Exception {
        var sent = new AtomicLong();
        var mount = mount(Backend.scripted(connection -> {
            for (var head = connection.head(); head != null; head = connection.head()) {
                if (head.method().equals("POST")) {
                    connection.answer(200, "got " + countChunks(connection));
                } else {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
                    send(connection.out, LARGE, sent);
                }
            }
        }));

        try (var client = client()) {
            var up = client.send(
                    HttpRequest.newBuilder(secure(mount))
                            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new Numbered(LARGE)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(up.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(up.body()).isEqualTo("got " + LARGE);

            var down = client.send(
                    HttpRequest.newBuilder(secure(mount)).build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(down.headers().firstValue("content-length")).contains("" + LARGE);
            assertThat(settled(sent)).isLessThan(HELD);
            try (var body = down.body()) {
                assertThat(right(body, LARGE)).isEqualTo(LARGE);
            }
        }
    }

    @Test
    void takesOtherBodiesOnAConnectionOfHttp2WhileAReplicaDoesNotTakeOne() throws Exception {
        var unread = new CountDownLatch(1);
        var began = new CountDownLatch(1);
        var stuck = mount(Backend.scripted(connection -> {
            connection.head();
            began.countDown();
            awaitQuietly(unread);
        }));
        var well = mount(Backend.answering((call, connection) -> connection.answer(200, "got " + call.body().length)));
        var sent = new AtomicLong();

        var client = client();
        try {
            assertThat(client.send(HttpRequest.newBuilder(secure(well)).build(), HttpResponse.BodyHandlers.ofString())
                            .version())
                    .isEqualTo(HttpClient.Version.HTTP_2);
            var upload = client.sendAsync(
                    HttpRequest.newBuilder(secure(stuck))
                            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new Numbered(LARGE) {
                                @Override
                                public int read(byte[] into, int from, int length) {
                                    int count = super.read(into, from, length);
                                    sent.addAndGet(Math.max(0, count));
                                    return count;
                                }
                            }))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            began.await();
            assertThat(settled(sent)).isLessThan(HELD);

            var other = client.send(
                    HttpRequest.newBuilder(secure(well))
                            .timeout(NodeWorld.LIMIT)
                            .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[200_000]))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(other.body()).isEqualTo("got 200000");
            assertThat(upload).isNotDone();
        } finally {
            unread.countDown();
            client.shutdownNow();
            client.close();
        }
    }

    private static long countChunks(Backend.Connection connection) throws IOException {
        long all = 0;
        while (true) {
            int length = Integer.parseInt(String.valueOf(connection.line()), 16);
            var chunk = new ByteArrayInputStream(connection.in.readNBytes(length));
            for (int c = chunk.read(); c >= 0; c = chunk.read()) {
                if ((byte) c != Numbered.at(all++)) {
                    return -all;
                }
            }
            connection.line();
            if (length == 0) {
                return all;
            }
        }
    }

    @Test
    void passesEventsAsTheyCome() throws Exception {
        var next = new java.util.concurrent.Semaphore(1);
        var mount = mount(Backend.scripted(connection -> {
            connection.call();
            connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 5; i++) {
                next.acquireUninterruptibly();
                connection.write("9\r\ndata: " + i + "\n\n\r\n");
            }
            connection.write("0\r\n\r\n");
        }));

        try (var client = client()) {
            for (var uri : List.of(world.uri().resolve(mount), secure(mount))) {
                next.drainPermits();
                next.release();
                var events = client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofLines());
                var lines = events.body().filter(line -> !line.isEmpty()).iterator();
                for (int i = 0; i < 5; i++) {
                    assertThat(lines.next()).isEqualTo("data: " + i);
                    // Only what was read lets the next one be sent.
                    next.release();
                }
                assertThat(lines.hasNext()).isFalse();
            }
        }
    }

    @Test
    void passesAnAnswerThatIsMadeOfTheBodyAsItComes() throws Exception {
        var mount = mount(Backend.scripted(connection -> {
            connection.head();
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 3; i++) {
                connection.line();
                var part = connection.line();
                connection.write("1\r\n" + part + "\r\n");
            }
            connection.write("0\r\n\r\n");
        }));

        try (var wire = new Wire(world.uri())) {
            wire.write(
                    "POST " + mount + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
            assertThat(wire.head()).contains("HTTP/1.1 200 OK");
            assertThat(wire.text("1\r\na\r\n".length())).isEqualTo("1\r\na\r\n");
            wire.write("1\r\nb\r\n");
            assertThat(wire.text("1\r\nb\r\n".length())).isEqualTo("1\r\nb\r\n");
            wire.write("1\r\nc\r\n0\r\n\r\n");
            assertThat(wire.text("1\r\nc\r\n0\r\n\r\n".length())).isEqualTo("1\r\nc\r\n0\r\n\r\n");
        }
    }

    @Test
    void passesAnAnswerThatWantsNoMoreOfTheBody() throws Exception {
        var mount = mount(Backend.scripted(connection -> {
            connection.head();
            connection.answer(413, "too much", "Connection: close");
            connection.socket.shutdownOutput();
            connection.in.readNBytes(1 << 20);
        }));

        try (var wire = new Wire(world.uri())) {
            wire.write("POST " + mount + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + LARGE + "\r\n\r\n12345");
            var answer = wire.read(false);
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.header("connection")).isEqualTo("close");
            try {
                send(wire.out(), LARGE, new AtomicLong());
            } catch (SocketException closed) {
                // As it said.
            }
        }
        try (var client = client()) {
            var answer = client.send(
                    HttpRequest.newBuilder(secure(mount))
                            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new Numbered(LARGE)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(413);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
