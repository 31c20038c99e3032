package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.portolan.artifact.ServedFile;
import io.portolan.model.Digest;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** One probe of a CDN over real HTTP. */
class CdnProbeTest {
    private static final byte[] BYTES = "the bytes".getBytes(StandardCharsets.UTF_8);
    private static final int PROBES = 3_000;

    /** The deadline comes at every moment of a request: while it connects, before and after its headers, within its body. */
    @Test
    void aDeadlineIsAFailedProbeWheneverItComes() throws Exception {
        var file = new ServedFile("app.js", Digest.of(BYTES), BYTES.length, "text/javascript", "sha384-", List.of());
        var asked = new AtomicInteger();
        var cdn = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        cdn.createContext("/", exchange -> {
            try (exchange) {
                pause(asked.incrementAndGet() % 5);
                exchange.getResponseHeaders().set("Access-Control-Allow-Origin", "*");
                exchange.sendResponseHeaders(200, BYTES.length);
                pause(asked.get() % 3);
                exchange.getResponseBody().write(BYTES);
            }
        });
        var url = "http://127.0.0.1:" + cdn.getAddress().getPort() + "/app.js";
        try (var timer = Executors.newSingleThreadScheduledExecutor();
                var requests = Executors.newVirtualThreadPerTaskExecutor()) {
            cdn.setExecutor(requests);
            cdn.start();
            var probe = new CdnProbe(timer, InstantSource.system());
            var seen = new HashSet<Class<?>>();
            for (int i = 0; i < PROBES; i++) {
                seen.add(probe.ask(url, file, Duration.ofMillis(1 + i % 6)).getClass());
            }
            assertThat(seen).containsExactlyInAnyOrder(CdnProbe.Result.Right.class, CdnProbe.Result.Failed.class);
        } finally {
            cdn.stop(0);
        }
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
