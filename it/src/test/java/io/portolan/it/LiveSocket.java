package io.portolan.it;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A page's WebSocket, as a careful page keeps it: it hears a tick five times a second, takes two seconds of silence for the end, and
 * connects again, at the next address when the one before does not answer. Thread-safe.
 */
final class LiveSocket implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofSeconds(2);
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final long LOOK_MILLIS = 50;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final List<URI> addresses;
    private final Thread keeping;
    private final AtomicLong heardNanos = new AtomicLong(System.nanoTime());
    /** From when silence counts: the last tick, or the last connection. */
    private final AtomicLong silentNanos = new AtomicLong(System.nanoTime());

    private final AtomicLong longestNanos = new AtomicLong();
    /** Who ticked: version, region, process. */
    private final Set<String> heard = ConcurrentHashMap.newKeySet();
    /** How each connection ended: a status of RFC 6455, 1006 where nobody said one. */
    final Queue<Integer> endings = new ConcurrentLinkedQueue<>();

    private volatile @Nullable WebSocket open;
    private volatile @Nullable WebSocket dropped;
    private volatile String lastFrom = "";
    private volatile boolean over;
    private volatile boolean ended = true;

    /** Begins at the first of the addresses. */
    LiveSocket(List<URI> addresses) {
        this.addresses = addresses;
        keeping = Thread.ofVirtual().start(this::keep);
    }

    /** Whether a tick was heard since {@link #mark} from a controller of that version and region. */
    boolean hears(String version, String region) {
        return heard.stream().anyMatch(from -> from.startsWith(version + " " + region + " "));
    }

    /** Process that ticked last. */
    long pid() {
        return Long.parseLong(lastFrom.substring(lastFrom.lastIndexOf(' ') + 1));
    }

    /** What was heard and the longest silence are counted anew. */
    void mark() {
        heard.clear();
        longestNanos.set(0);
    }

    /** Longest silence between two ticks since {@link #mark}, in milliseconds. */
    long longestSilenceMillis() {
        return TimeUnit.NANOSECONDS.toMillis(Math.max(longestNanos.get(), System.nanoTime() - heardNanos.get()));
    }

    private void keep() {
        int turn = 0;
        try {
            while (!over) {
                if (ended) {
                    turn += connect(addresses.get(turn % addresses.size())) ? 0 : 1;
                } else if (System.nanoTime() - silentNanos.get() > SILENCE.toNanos()) {
                    drop();
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean connect(URI address) {
        try {
            // Before it is there: it may end at once.
            silentNanos.set(System.nanoTime());
            ended = false;
            open = http.newWebSocketBuilder()
                    .connectTimeout(CONNECT)
                    .buildAsync(address, new Listener())
                    .join();
            return true;
        } catch (CompletionException e) {
            // The next address is asked.
            ended = true;
            return false;
        }
    }

    private void drop() {
        var silent = open;
        dropped = silent;
        if (silent != null) {
            silent.abort();
        }
        endings.add(1006);
        ended = true;
    }

    private final class Listener implements WebSocket.Listener {
        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence said, boolean last) {
            long now = System.nanoTime();
            long before = heardNanos.getAndSet(now);
            silentNanos.set(now);
            longestNanos.accumulateAndGet(now - before, Math::max);
            lastFrom = said.toString();
            heard.add(lastFrom);
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            gone(socket, status);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            gone(socket, 1006);
        }

        private void gone(WebSocket socket, int status) {
            if (!socket.equals(dropped)) {
                endings.add(status);
                ended = true;
            }
        }
    }

    @Override
    public void close() {
        over = true;
        try {
            keeping.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        var last = open;
        if (last != null) {
            last.abort();
        }
        http.shutdownNow();
    }
}
