package io.portolan.region;

import io.portolan.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one blob, from as many sources as it takes: where one breaks off, the next goes on by {@code Range}. One thread.
 *
 * <p>On {@link HttpURLConnection} and not on {@code HttpClient}, which has no limit for a body that stops coming.
 */
final class BlobTransfer extends InputStream {
    private static final int STORE_CONNECT_MILLIS = 5_000;
    private static final int PEER_CONNECT_MILLIS = 2_000;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final Digest digest;
    private final ArrayDeque<FetchSource> sources;
    private final long limitBytes;
    private final int stallMillis;
    private final Throttle throttle;
    private final InstantSource clock;
    private final FetchMetrics metrics;
    private final AtomicLong progress;
    private final Set<FetchSource> givers = new LinkedHashSet<>();
    private final byte[] one = new byte[1];
    private long offset;
    private long at;
    private @Nullable FetchSource source;
    private @Nullable HttpURLConnection connection;
    private InputStream in = InputStream.nullInputStream();
    private @Nullable IOException first;
    private boolean ended;

    /** {@code progress} is told how far the blob has come. */
    BlobTransfer(
            Digest digest,
            Collection<FetchSource> sources,
            long limitBytes,
            int stallMillis,
            Throttle throttle,
            InstantSource clock,
            FetchMetrics metrics,
            AtomicLong progress) {
        this.digest = digest;
        this.sources = new ArrayDeque<>(sources);
        this.limitBytes = limitBytes;
        this.stallMillis = stallMillis;
        this.throttle = throttle;
        this.clock = clock;
        this.metrics = metrics;
        this.progress = progress;
    }

    /** Begins at this byte. */
    InputStream from(long start) throws IOException {
        offset = start;
        at = start;
        progress.set(start);
        if (start < limitBytes) {
            open();
        } else {
            // All of it came before, and its name did not: nothing is left to ask for.
            ended = true;
        }
        return this;
    }

    /** Whether the beginning came with an earlier transfer. */
    boolean isResumed() {
        return offset > 0;
    }

    /** Who gave bytes. */
    List<FetchSource> givers() {
        return List.copyOf(givers);
    }

    /** Who was not asked. */
    List<FetchSource> unasked() {
        return List.copyOf(sources);
    }

    /** Opens the next source that answers; fails with what the first said when none does. */
    private void open() throws IOException {
        for (var next = sources.poll(); next != null; next = sources.poll()) {
            source = next;
            try {
                in = connect(next);
                return;
            } catch (IOException e) {
                failed(e);
            }
        }
        throw first == null ? new IOException("fetching blob " + digest + ": nobody left to ask") : first;
    }

    private void failed(IOException e) throws IOException {
        disconnect();
        if (Thread.currentThread().isInterrupted()) {
            throw e;
        }
        var from = source;
        if (from != null && e instanceof Absent) {
            metrics.absent(from);
        } else if (from != null) {
            from.failed(String.valueOf(e.getMessage()), clock.millis());
            metrics.failed(from);
        }
        if (first == null) {
            first = e;
        } else if (first != e) {
            first.addSuppressed(e);
        }
    }

    /** The source answers, and has no such blob. */
    private static final class Absent extends IOException {
        Absent(String message) {
            super(message);
        }
    }

    private InputStream connect(FetchSource from) throws IOException {
        var url = from.url(digest);
        var http = (HttpURLConnection) url.toURL().openConnection();
        connection = http;
        http.setConnectTimeout(from.isPeer() ? PEER_CONNECT_MILLIS : STORE_CONNECT_MILLIS);
        http.setReadTimeout(stallMillis);
        http.setUseCaches(false);
        http.setInstanceFollowRedirects(false);
        if (at > 0) {
            http.setRequestProperty("Range", "bytes=" + at + "-");
        }
        int status = http.getResponseCode();
        if (at > 0 && status == RANGE_NOT_SATISFIABLE) {
            // It ends where we are, or it is another blob: the hash will tell.
            return InputStream.nullInputStream();
        }
        boolean whole = status == HttpURLConnection.HTTP_OK;
        boolean rest = at > 0 && status == HttpURLConnection.HTTP_PARTIAL && isRest(http);
        if (!whole && !rest) {
            var message = "fetching " + url + ": status: " + status + " (expected: " + (at > 0 ? 206 : 200) + ")";
            throw status == HttpURLConnection.HTTP_NOT_FOUND ? new Absent(message) : new IOException(message);
        }
        var body = http.getInputStream();
        if (whole && at > 0) {
            body.skipNBytes(at);
        }
        return body;
    }

    private boolean isRest(HttpURLConnection http) {
        var range = http.getHeaderField("Content-Range");
        return range != null && range.startsWith("bytes " + at + "-");
    }

    @Override
    public int read() throws IOException {
        int count = read(one, 0, 1);
        return count < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int start, int length) throws IOException {
        while (!ended) {
            try {
                int count = in.read(buffer, start, length);
                if (count < 0) {
                    ended = true;
                    break;
                }
                took(count);
                return count;
            } catch (IOException e) {
                failed(e);
                open();
            }
        }
        return -1;
    }

    private void took(int count) throws IOException {
        at += count;
        progress.set(at);
        var from = source;
        if (from != null) {
            from.gave(count);
            metrics.gave(from, count);
            givers.add(from);
        }
        if (at > limitBytes) {
            // What was asked for is shorter. The hash refuses it; the rest need not be waited for.
            ended = true;
            disconnect();
        }
        throttle.take(count);
    }

    private void disconnect() {
        var open = connection;
        if (open != null) {
            // Not back into the pool: what is left of its body would be read as the next answer, or waited for.
            open.disconnect();
            connection = null;
        }
    }

    @Override
    public void close() throws IOException {
        if (ended && connection != null) {
            in.close();
        } else {
            disconnect();
        }
    }
}
