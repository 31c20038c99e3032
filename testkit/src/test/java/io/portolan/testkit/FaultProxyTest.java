package io.portolan.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultProxyTest {
    private static final byte[] BODY = new byte[300_000];

    static {
        new Random(1).nextBytes(BODY);
    }

    private HttpServer server;
    private FaultProxy proxy;
    private HttpClient client;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            var head = exchange.getRequestMethod().equals("HEAD");
            // 0 is this server's word for chunked
            long length = exchange.getRequestURI().getPath().startsWith("/chunked") ? 0 : BODY.length;
            exchange.sendResponseHeaders(200, head ? -1 : length);
            try (var body = exchange.getResponseBody()) {
                if (!head) {
                    body.write(BODY);
                }
            }
        });
        server.start();
        proxy = FaultProxy.start(server.getAddress(), InstantSource.system());
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        client.shutdownNow();
        server.stop(0);
    }

    @Test
    void passesAndCounts() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(get("/a").body()).isEqualTo(BODY);
            assertThat(get("/chunked").body()).isEqualTo(BODY);
        }

        assertThat(proxy.connections()).isEqualTo(1);
        assertThat(proxy.responseBytes()).isGreaterThan(6L * BODY.length);
        assertThat(proxy.requestBytes()).isBetween(1L, 10_000L);
        assertThat(proxy.corrupted()).isZero();
    }

    @Test
    void corruptsOneByteOfEachBody() throws Exception {
        proxy.set(new Fault.CorruptBody(123_456, ""));

        for (var path : new String[] {"/a", "/chunked", "/b"}) {
            var body = get(path).body();
            assertThat(body).hasSize(BODY.length).isNotEqualTo(BODY);
            body[123_456] = (byte) ~body[123_456];
            assertThat(body).isEqualTo(BODY);
        }
        assertThat(proxy.corrupted()).isEqualTo(3);

        proxy.set(new Fault.Pass());
        assertThat(get("/a").body()).isEqualTo(BODY);
    }

    @Test
    void corruptsOnlyTheNamedPaths() throws Exception {
        proxy.set(new Fault.CorruptBody(0, "/v1/blobs/"));
        var head = HttpRequest.newBuilder(proxy.uri().resolve("/v1/blobs/x"))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build();

        assertThat(client.send(head, BodyHandlers.ofByteArray()).statusCode()).isEqualTo(200);
        assertThat(get("/v1/objects/x").body()).isEqualTo(BODY);
        assertThat(post("/v1/objects/x").body()).isEqualTo(BODY);
        assertThat(get("/v1/blobs/x").body()).isNotEqualTo(BODY);
        assertThat(proxy.corrupted()).isEqualTo(1);
        assertThat(proxy.connections()).isEqualTo(1);
    }

    @Test
    void corruptsNothingBeyondTheEndOfABody() throws Exception {
        proxy.set(new Fault.CorruptBody(BODY.length, ""));

        assertThat(get("/a").body()).isEqualTo(BODY);
        assertThat(get("/chunked").body()).isEqualTo(BODY);
    }

    @Test
    void cutsAfterSoManyBytes() throws Exception {
        proxy.set(new Fault.Cut(100_000));

        assertThatThrownBy(() -> get("/a")).isInstanceOf(IOException.class);
        // The client may try once more by itself.
        assertThat(proxy.responseBytes()).isEqualTo(100_000 * proxy.connections());

        proxy.set(new Fault.Pass());
        assertThat(get("/a").body()).isEqualTo(BODY);
    }

    @Test
    void cutsBeforeTheFirstByteOnAnOpenConnection() throws Exception {
        get("/a");
        long before = proxy.responseBytes();
        proxy.set(new Fault.Cut(0));

        assertThatThrownBy(() -> get("/a")).isInstanceOf(IOException.class);
        assertThat(proxy.responseBytes()).isEqualTo(before);
    }

    @Test
    void stallsAfterSoManyBytesUntilReleased() throws Exception {
        proxy.set(new Fault.Stall(100_000));
        var waiting = client.sendAsync(request("/a"), BodyHandlers.ofByteArray());

        await().atMost(Duration.ofSeconds(20)).until(() -> proxy.responseBytes() == 100_000);
        assertThatThrownBy(() -> waiting.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(proxy.responseBytes()).isEqualTo(100_000);

        proxy.set(new Fault.Pass());
        assertThat(waiting.get(20, TimeUnit.SECONDS).body()).isEqualTo(BODY);
    }

    @Test
    void hangsUntilReleased() throws Exception {
        get("/a");
        long before = proxy.requestBytes();
        proxy.set(new Fault.Hang());
        var waiting = client.sendAsync(request("/a"), BodyHandlers.ofByteArray());

        assertThatThrownBy(() -> waiting.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(proxy.requestBytes()).isEqualTo(before);

        proxy.set(new Fault.Pass());
        assertThat(waiting.get(20, TimeUnit.SECONDS).body()).isEqualTo(BODY);
    }

    @Test
    void throttlesUntilReleased() throws Exception {
        proxy.set(new Fault.Throttle(100));
        var waiting = client.sendAsync(request("/a"), BodyHandlers.ofByteArray());

        assertThatThrownBy(() -> waiting.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(proxy.responseBytes()).isLessThan(BODY.length);

        proxy.set(new Fault.Pass());
        assertThat(waiting.get(20, TimeUnit.SECONDS).body()).isEqualTo(BODY);
    }

    @Test
    void carriesAllWhileThrottled() throws Exception {
        var clock = InstantSource.system();
        var start = clock.instant();
        proxy.set(new Fault.Throttle(1_000_000));

        assertThat(get("/a").body()).isEqualTo(BODY);
        assertThat(Duration.between(start, clock.instant())).isGreaterThan(Duration.ofMillis(250));
    }

    @Test
    void endsConnectionsWhenClosed() throws Exception {
        proxy.set(new Fault.Hang());
        var waiting = client.sendAsync(request("/a"), BodyHandlers.ofByteArray());

        proxy.close();

        assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(proxy.uri().resolve(path)).build();
    }

    private HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return client.send(request(path), BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> post(String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(proxy.uri().resolve(path))
                .POST(HttpRequest.BodyPublishers.ofByteArray(BODY))
                .build();
        return client.send(request, BodyHandlers.ofByteArray());
    }
}
