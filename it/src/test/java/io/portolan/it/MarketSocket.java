package io.portolan.it;

import static org.awaitility.Awaitility.await;

import io.portolan.protocol.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A WebSocket to the chat of {@code examples/market}, opened once and never again. Thread-safe. */
final class MarketSocket implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final AtomicLong SAID = new AtomicLong();

    /** How it ended: a status of RFC 6455, 1006 where nobody said one. */
    final Queue<Integer> endings = new ConcurrentLinkedQueue<>();

    private final Queue<JsonNode> heard = new ConcurrentLinkedQueue<>();
    private final WebSocket socket;
    private final String region;
    private final String version;

    /** Opens one at a node, to the chat of exactly that version. */
    MarketSocket(HttpClient http, URI node, String region, String version) {
        this.region = region;
        this.version = version;
        var address = "ws://" + node.getAuthority() + "/market/@" + version + "/api/chat/socket";
        this.socket = http.newWebSocketBuilder()
                .connectTimeout(LIMIT)
                .buildAsync(URI.create(address), new Listener())
                .join();
    }

    /** Whether it is open and works both ways: what is said through it comes back, from its own version and region. */
    boolean works() {
        if (!endings.isEmpty() || socket.isOutputClosed()) {
            return false;
        }
        var text = "said " + SAID.incrementAndGet();
        socket.sendText(text, true).join();
        await().atMost(LIMIT)
                .until(() -> !endings.isEmpty()
                        || heard.stream()
                                .anyMatch(each -> each.path("text").asString("").equals(text)));
        return endings.isEmpty()
                && heard.stream()
                        .allMatch(each -> each.path("version").asString("").equals(version)
                                && each.path("region").asString("").equals(region));
    }

    @Override
    public String toString() {
        return region + " " + version + " ended " + endings;
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder parts = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            parts.append(part);
            if (last) {
                heard.add(Json.mapper().readTree(parts.toString()));
                parts.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            endings.add(status);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            endings.add(1006);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }
}
