package io.portolan.region;

import io.portolan.artifact.DigestMismatch;
import io.portolan.artifact.FolderBlobStore;
import io.portolan.model.Digest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where blobs come from: the store ({@code GET /v1/blobs/{sha256}} below a base URL), else other nodes, the best first ({@code GET
 * /-/blobs/{sha256}}). Thread-safe. Nothing that is sent is believed: whoever stores the bytes checks their hash.
 *
 * <p>(A) A body that breaks off is gone on with where it broke off, from the next source. (B) Bytes that are not what the hash says
 * are refused, and the next source is asked; where several gave a part, each is asked for the whole, so that the right one is
 * blamed. (C) A peer that could not be reached, or lied, rests for a while; the store that could not be reached is asked last.
 */
final class BlobSource {
    private final FetchSource store;
    private final int stallMillis;
    private final InstantSource clock;
    private final Throttle throttle;
    private final Supplier<List<URI>> peers;
    private final FetchMetrics metrics = new FetchMetrics();
    private final ConcurrentHashMap<URI, FetchSource> known = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Digest, AtomicLong> underWay = new ConcurrentHashMap<>();

    /**
     * @param stall          a source that sends no byte for so long has broken off
     * @param bytesPerSecond most bytes a second over all fetches, 0 for no limit
     * @param peers          base URLs of other nodes, the best first
     */
    BlobSource(URI store, Duration stall, long bytesPerSecond, Supplier<List<URI>> peers, InstantSource clock) {
        this.store = new FetchSource(store, false);
        this.stallMillis = Math.toIntExact(stall.toMillis());
        this.clock = clock;
        this.throttle = new Throttle(bytesPerSecond, clock);
        this.peers = peers;
    }

    /** Takes content to its end and checks its hash. */
    interface Sink {
        void accept(FolderBlobStore.Resumable content) throws IOException;
    }

    /**
     * Fetches one blob.
     *
     * @param limitBytes its size, or the most that it may have; more are refused
     * @throws DigestMismatch when all that came was not what the hash says
     */
    void fetch(Digest digest, long limitBytes, Sink sink) throws IOException {
        var progress = new AtomicLong();
        underWay.put(digest, progress);
        try {
            fetch(digest, limitBytes, sink, progress);
        } finally {
            underWay.remove(digest, progress);
        }
    }

    /** Bytes that have come of a blob that is being fetched, 0 for one that is not. */
    long underWayBytes(Digest digest) {
        var progress = underWay.get(digest);
        return progress == null ? 0 : progress.get();
    }

    /** Store and peers, for diagnostics. */
    List<FetchSource.Report> reports() {
        return sources().stream().map(FetchSource::report).toList();
    }

    FetchMetrics metrics() {
        return metrics;
    }

    private void fetch(Digest digest, long limitBytes, Sink sink, AtomicLong progress) throws IOException {
        var order = order();
        var transfer = transfer(digest, order, limitBytes, progress);
        var refused = attempt(transfer, sink);
        if (refused == null) {
            return;
        }
        var again = new ArrayList<FetchSource>();
        if (transfer.isResumed() || transfer.givers().size() > 1) {
            again.addAll(transfer.givers());
        } else {
            blame(transfer.givers(), refused);
        }
        again.addAll(transfer.unasked());
        for (var source : again) {
            if (isWhole(digest, source, limitBytes, sink, progress, refused)) {
                return;
            }
        }
        throw refused;
    }

    /** Fetches the whole from one source alone; twice where the first attempt went on with what another had begun. */
    private boolean isWhole(
            Digest digest, FetchSource source, long limitBytes, Sink sink, AtomicLong progress, IOException before)
            throws IOException {
        for (int attempt = 0; attempt < 2; attempt++) {
            var transfer = transfer(digest, List.of(source), limitBytes, progress);
            try {
                var refused = attempt(transfer, sink);
                if (refused == null) {
                    return true;
                }
                if (!transfer.isResumed()) {
                    blame(List.of(source), refused);
                    return false;
                }
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                before.addSuppressed(e);
                return false;
            }
        }
        return false;
    }

    private @Nullable DigestMismatch attempt(BlobTransfer transfer, Sink sink) throws IOException {
        try {
            sink.accept(transfer::from);
            var givers = transfer.givers();
            if (!givers.isEmpty()) {
                givers.getLast().gaveBlob();
            }
            metrics.fetched(givers);
            return null;
        } catch (DigestMismatch refused) {
            return refused;
        }
    }

    private BlobTransfer transfer(Digest digest, List<FetchSource> sources, long limitBytes, AtomicLong progress) {
        return new BlobTransfer(digest, sources, limitBytes, stallMillis, throttle, clock, metrics, progress);
    }

    private void blame(List<FetchSource> liars, DigestMismatch refused) {
        liars.forEach(liar -> {
            liar.refused("blob " + refused.expected() + ": " + refused.getMessage(), clock.millis());
            metrics.refused(liar);
        });
    }

    /** Whom to ask, in this order. */
    private List<FetchSource> order() {
        long now = clock.millis();
        var order = new ArrayList<>(sources());
        order.removeIf(source -> source.isPeer() && source.rests(now));
        if (store.rests(now)) {
            order.remove(store);
            order.add(store);
        }
        return order;
    }

    private List<FetchSource> sources() {
        var urls = peers.get();
        known.keySet().retainAll(urls);
        var all = new ArrayList<FetchSource>();
        all.add(store);
        urls.forEach(url -> all.add(known.computeIfAbsent(url, fresh -> new FetchSource(fresh, true))));
        return all;
    }
}
