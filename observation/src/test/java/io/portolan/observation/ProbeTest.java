package io.portolan.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.portolan.model.document.Monitor;
import io.portolan.planner.routing.EndpointHealth;
import io.portolan.planner.routing.ProbeState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Experiment 53 and what else a probe meets: real sockets, answers as they come from bad servers. */
final class ProbeTest {
    private static final Duration PATIENT = Duration.ofSeconds(30);
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final Probe probe = new Probe(timer);
    private final AtomicReference<String> request = new AtomicReference<>("");
    private ServerSocket server;

    /** Writes an answer; what it throws ends the connection. */
    private interface Script {
        void write(OutputStream out) throws IOException;
    }

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, LOOPBACK);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        timer.shutdownNow();
    }

    private void serve(Script script) {
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try (var socket = server.accept()) {
                    request.set(head(socket.getInputStream()));
                    script.write(socket.getOutputStream());
                } catch (IOException gone) {
                    // The probe hung up, or the test ended.
                }
            }
        });
    }

    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private void serve(String answer) {
        serve(out -> out.write(answer.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private URI address(String scheme) {
        return URI.create(scheme + "://127.0.0.1:" + server.getLocalPort());
    }

    private static Monitor monitor(Duration timeout, List<Monitor.Statuses> statuses, List<Monitor.Header> headers) {
        return new Monitor(
                Monitor.Protocol.HTTP,
                0,
                "/health?deep=1",
                "",
                Duration.ofSeconds(60),
                timeout,
                3,
                1,
                statuses,
                headers);
    }

    private String ask(Duration timeout, String body) {
        var monitor = monitor(timeout, List.of(new Monitor.Statuses(200, 204)), List.of());
        return probe.ask(address("http"), new ProbeTarget("target", List.of(address("http")), monitor, body));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nready\n",
                "HTTP/1.0 200 OK\r\n\r\nready\n",
                "HTTP/1.1 204 No Content but ready\r\nContent-Length: 6\r\n\r\nready\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nready\n\r\n0\r\n\r\n",
            })
    void aGoodAnswerIsASuccess(String answer) {
        serve(answer);

        assertThat(ask(PATIENT, "ready")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nnginx                              | another body",
                "HTTP/1.1 302 Found\\r\\nLocation: /ready\\r\\nContent-Length: 0\\r\\n\\r\\n         | status 302",
                "HTTP/1.1 503 Service Unavailable\\r\\nContent-Length: 6\\r\\n\\r\\nready\\n         | status 503",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 600\\r\\n\\r\\nready\\n                        | broke off",
                "SSH-2.0-OpenSSH_9.2\\r\\n\\r\\n                                                   | no HTTP answer",
                "''                                                                                | no HTTP answer",
            })
    void experiment53ABadAnswerIsAFailure(String answer, String fault) {
        serve(answer.replace("\\r", "\r").replace("\\n", "\n"));

        assertThat(ask(PATIENT, "ready")).contains(fault);
    }

    @Test
    void experiment53AnEndlessBodyEndsAtItsLimit() {
        serve(out -> {
            out.write("HTTP/1.1 200 OK\r\n\r\nready\n".getBytes(StandardCharsets.US_ASCII));
            var block = new byte[64 << 10];
            while (true) {
                out.write(block);
            }
        });

        assertThat(ask(PATIENT, "ready")).contains("longer than");
    }

    @Test
    void experiment53ASlowDripEndsAtTheTimeout() {
        serve(out -> {
            out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            drip(out);
        });

        assertThat(ask(Duration.ofMillis(700), "ready")).isEqualTo(Probe.TIMED_OUT);
    }

    @Test
    void experiment53AHeadThatNeverEndsToo() {
        serve(ProbeTest::drip);

        assertThat(ask(Duration.ofMillis(700), "ready")).isEqualTo(Probe.TIMED_OUT);
    }

    private static void drip(OutputStream out) throws IOException {
        while (true) {
            out.write('x');
            out.flush();
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
    }

    @Test
    void aServerThatTakesTheConnectionAndSaysNothingTimesOut() {
        assertThat(ask(Duration.ofMillis(500), "")).isEqualTo(Probe.TIMED_OUT);
    }

    @Test
    void sendsHostHeadersAndPath() {
        serve("HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n");
        var headers = List.of(new Monitor.Header("X-Probe", "portolan"), new Monitor.Header("X-Two", "2"));
        var named = new Monitor(
                Monitor.Protocol.HTTP,
                server.getLocalPort(),
                "/health?deep=1",
                "shop.example.net",
                Duration.ofSeconds(60),
                PATIENT,
                3,
                1,
                List.of(new Monitor.Statuses(200, 200), new Monitor.Statuses(290, 299)),
                headers);
        var target = new ProbeTarget("target", List.of(URI.create("http://127.0.0.1")), named, "");

        assertThat(probe.ask(URI.create("http://127.0.0.1"), target)).isEmpty();
        assertThat(request.get())
                .startsWith("GET /health?deep=1 HTTP/1.1\r\nHost: shop.example.net\r\n")
                .contains("\r\nX-Probe: portolan\r\n", "\r\nX-Two: 2\r\n", "\r\nConnection: close\r\n");
    }

    @Test
    void tcpOnlyConnects() throws IOException {
        var monitor = monitor(PATIENT, List.of(new Monitor.Statuses(200, 200)), List.of());
        var target = new ProbeTarget("target", List.of(address("tcp")), monitor, "");

        assertThat(probe.ask(address("tcp"), target)).isEmpty();

        var address = address("tcp");
        server.close();
        assertThat(probe.ask(address, target)).isNotEmpty().isNotEqualTo(Probe.TIMED_OUT);
    }

    /** The certificate is nobody's: a probe asks whether the endpoint answers. */
    @Test
    void httpsDoesNotLookAtTheCertificate(@TempDir Path folder) throws Exception {
        var keys = folder.resolve("keys.p12");
        var keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "probe",
                        "-keyalg",
                        "EC",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        "changeit",
                        "-dname",
                        "CN=somebody-else.example",
                        "-validity",
                        "1")
                .redirectErrorStream(true)
                .start();
        keytool.getInputStream().readAllBytes();
        assertThat(keytool.waitFor()).isZero();
        var store = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(keys)) {
            store.load(in, "changeit".toCharArray());
        }
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, "changeit".toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        var https = HttpsServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(context));
        https.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        https.start();
        try {
            var address = URI.create("https://127.0.0.1:" + https.getAddress().getPort());
            var monitor = monitor(PATIENT, List.of(new Monitor.Statuses(200, 200)), List.of());

            assertThat(probe.ask(address, new ProbeTarget("target", List.of(address), monitor, "")))
                    .isEmpty();
        } finally {
            https.stop(0);
        }
    }

    @Test
    void aTargetIsUpWhenOneOfItsAddressesAnswersAndDownWhenNoneDoes() throws IOException {
        serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        int closed;
        try (var taken = new ServerSocket(0, 1, LOOPBACK)) {
            closed = taken.getLocalPort();
        }
        var refused = URI.create("http://127.0.0.1:" + closed);
        var monitor = new Monitor(
                Monitor.Protocol.HTTP,
                0,
                "/",
                "",
                Duration.ofMillis(50),
                Duration.ofSeconds(20),
                1,
                1,
                List.of(new Monitor.Statuses(200, 200)),
                List.of());
        try (var prober = new Prober(InstantSource.system(), Map.of(), new Prober.Listener() {
            @Override
            public void probed(String target, ProbeState.Result result) {}

            @Override
            public void changed() {}
        })) {
            prober.watch(Map.of(
                    "both", new ProbeTarget("both", List.of(refused, address("http")), monitor, ""),
                    "none", new ProbeTarget("none", List.of(refused), monitor, ""),
                    "unprobed", new ProbeTarget("unprobed", List.of(), monitor, "")));

            await().atMost(PATIENT).until(() -> prober.seen()
                    .equals(Map.of(
                            "both", EndpointHealth.ONLINE,
                            "none", EndpointHealth.DEGRADED,
                            "unprobed", EndpointHealth.CHECKING)));
            assertThat(prober.faults()).containsKey("none");
        }
    }

    @Test
    void whatWasKnownBeforeHoldsUntilAProbeSaysOtherwise() {
        var monitor = monitor(PATIENT, List.of(new Monitor.Statuses(200, 200)), List.of());
        try (var prober = new Prober(
                InstantSource.system(),
                Map.of("one", EndpointHealth.DEGRADED, "two", EndpointHealth.ONLINE),
                new Prober.Listener() {
                    @Override
                    public void probed(String target, ProbeState.Result result) {}

                    @Override
                    public void changed() {}
                })) {
            prober.watch(Map.of(
                    "one", new ProbeTarget("one", List.of(), monitor, ""),
                    "two", new ProbeTarget("two", List.of(), monitor, ""),
                    "three", new ProbeTarget("three", List.of(), monitor, "")));

            assertThat(prober.seen())
                    .isEqualTo(Map.of(
                            "one", EndpointHealth.DEGRADED,
                            "two", EndpointHealth.ONLINE,
                            "three", EndpointHealth.CHECKING));
        }
    }
}
