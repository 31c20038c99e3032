package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import io.portolan.placement.latency.InteractionTime;
import io.portolan.placement.workload.Interaction;
import io.portolan.placement.workload.Network;
import io.portolan.testkit.DelayProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The placement planner's latency model against real transfers: a real HTTP server and real clients, with a proxy on loopback between
 * them that holds every byte back until it would have arrived. Judged by the proxy's virtual time, which counts the turns and bytes
 * that really passed and is the same on a busy machine; real time can only be longer, and is never shorter.
 */
class RealTransferTest {
    private static final double MBIT = 50;
    private static final int UPLOAD_BYTES = 50_000_000;
    private static final int CALLS = 60;
    private static final int PARALLELISM = 6;

    private static final Network NETWORK = new Network(0, 0, 1, false, Map.of(), MBIT, MBIT, 0, 1, 15);

    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
                var body = "{\"state\":\"RUNNING\"}".getBytes(StandardCharsets.US_ASCII);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void sixtyCallsAreSevenTimesAsSlowFarAwayAndAnUploadHardlyIs() throws Exception {
        var took = new ConcurrentHashMap<String, Measured>();
        try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
            var work = new ArrayList<Callable<Object>>();
            for (int rtt : new int[] {20, 150}) {
                work.add(() -> took.put("calls " + rtt, calls(rtt)));
                work.add(() -> took.put("upload " + rtt, upload(rtt)));
            }
            for (var done : all.invokeAll(work)) {
                done.get();
            }
        }

        if (Boolean.getBoolean("portolan.print")) {
            took.forEach((name, one) -> System.out.printf(
                    "%s ms: %.0f ms in virtual time, %.0f ms on the wall%n", name, one.millis(), one.realMillis()));
        }
        for (int rtt : new int[] {20, 150}) {
            var calls = get(took, "calls " + rtt);
            var upload = get(took, "upload " + rtt);
            assertThat(calls.turns()).isEqualTo(CALLS);
            assertThat(upload.turns()).isEqualTo(1);
            assertThat(calls.millis()).isCloseTo(model(CALLS, 0, rtt), within(0.1 * model(CALLS, 0, rtt)));
            assertThat(upload.millis())
                    .isCloseTo(model(0, UPLOAD_BYTES, rtt), within(0.04 * model(0, UPLOAD_BYTES, rtt)));
        }
        assertThat(took.values())
                .allSatisfy(one -> assertThat(one.realMillis()).isGreaterThanOrEqualTo(one.millis() - 1));
        assertThat(get(took, "calls 150").millis() / get(took, "calls 20").millis())
                .isBetween(6.5, 7.7);
        assertThat(get(took, "upload 150").millis() / get(took, "upload 20").millis())
                .isBetween(1.05, 1.2);
    }

    /**
     * One interaction through a proxy.
     *
     * @param millis     in virtual time
     * @param realMillis as a clock on the wall saw it
     */
    private record Measured(double millis, double realMillis, long turns) {}

    private static Measured get(Map<String, Measured> took, String name) {
        return java.util.Optional.ofNullable(took.get(name)).orElseThrow();
    }

    private static double model(int calls, double bytesUp, double rtt) {
        return InteractionTime.millis(
                new Interaction(
                        "one",
                        1,
                        0,
                        calls,
                        PARALLELISM,
                        100,
                        150,
                        bytesUp,
                        0,
                        0,
                        0,
                        false,
                        Double.POSITIVE_INFINITY,
                        Double.POSITIVE_INFINITY),
                NETWORK,
                rtt);
    }

    private Measured calls(int rtt) throws Exception {
        try (var proxy = DelayProxy.start(server.getAddress(), Duration.ofMillis(rtt), MBIT);
                var lanes = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            var work = new ArrayList<Callable<Object>>();
            for (int lane = 0; lane < PARALLELISM; lane++) {
                work.add(() -> {
                    try (var connection = connect(proxy)) {
                        for (int call = 0; call < CALLS / PARALLELISM; call++) {
                            exchange(connection, "GET /status HTTP/1.1\r\nHost: a\r\n\r\n", 0);
                        }
                    }
                    return "done";
                });
            }
            for (var done : lanes.invokeAll(work)) {
                done.get();
            }
            return measured(proxy, start);
        }
    }

    private Measured upload(int rtt) throws IOException {
        try (var proxy = DelayProxy.start(server.getAddress(), Duration.ofMillis(rtt), MBIT);
                var connection = connect(proxy)) {
            long start = System.nanoTime();
            exchange(
                    connection,
                    "PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: " + UPLOAD_BYTES + "\r\n\r\n",
                    UPLOAD_BYTES);
            return measured(proxy, start);
        }
    }

    private static Measured measured(DelayProxy proxy, long startNanos) {
        return new Measured(proxy.elapsed().toNanos() / 1e6, (System.nanoTime() - startNanos) / 1e6, proxy.turns());
    }

    private static Socket connect(DelayProxy proxy) throws IOException {
        var socket = new Socket();
        socket.connect(proxy.address());
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** Sends a request with so many bytes of body and reads the whole answer. */
    private static void exchange(Socket connection, String head, int bodyBytes) throws IOException {
        var out = connection.getOutputStream();
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        var piece = new byte[64 << 10];
        for (int left = bodyBytes; left > 0; left -= piece.length) {
            out.write(piece, 0, Math.min(left, piece.length));
        }
        var in = connection.getInputStream();
        var answer = new StringBuilder();
        while (!answer.toString().endsWith("}")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the answer broke off after: " + answer);
            }
            answer.append((char) next);
        }
        assertThat(answer.toString()).startsWith("HTTP/1.1 200");
    }
}
