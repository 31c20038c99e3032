package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.sync.PeerPaths;
import java.net.URI;
import java.util.concurrent.atomic.LongAdder;

/** One place that blobs come from, and how it did so far. Thread-safe. */
final class FetchSource {
    private static final long FIRST_REST_MILLIS = 1_000;
    private static final long LONGEST_REST_MILLIS = 30_000;
    /** After content that was not what its hash says: another try is not likely to be better. */
    private static final long REFUSED_REST_MILLIS = 60_000;

    private final URI base;
    private final boolean peer;
    private final LongAdder blobs = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder refusals = new LongAdder();
    private volatile int failuresInARow;
    private volatile long restsUntilMillis = Long.MIN_VALUE;
    private volatile String lastError = "";

    FetchSource(URI base, boolean peer) {
        this.base = base;
        this.peer = peer;
    }

    /**
     * How it did since this process began, for diagnostics.
     *
     * @param failures  times that it could not be reached or broke off; not having a blob is none
     * @param refused   blobs that it gave and that were not what their hash says
     * @param lastError of failures and refusals, empty text for none since its last good answer
     */
    record Report(String url, String kind, long blobs, long bytes, long failures, long refused, String lastError) {}

    Report report() {
        return new Report(base.toString(), kind(), blobs.sum(), bytes.sum(), failures.sum(), refusals.sum(), lastError);
    }

    /** {@code store} or {@code peer}. */
    String kind() {
        return peer ? "peer" : "store";
    }

    boolean isPeer() {
        return peer;
    }

    URI url(Digest digest) {
        return base.resolve((peer ? PeerPaths.BLOBS : "/v1/blobs/") + digest);
    }

    /** Whether it is better not asked now. */
    boolean rests(long nowMillis) {
        return nowMillis < restsUntilMillis;
    }

    void gave(int more) {
        bytes.add(more);
    }

    /** The rest of a blob came from here and it was right. */
    void gaveBlob() {
        blobs.increment();
        failuresInARow = 0;
        lastError = "";
    }

    void failed(String reason, long nowMillis) {
        failures.increment();
        lastError = reason;
        int row = Math.min(failuresInARow + 1, 10);
        failuresInARow = row;
        restsUntilMillis = nowMillis + Math.min(LONGEST_REST_MILLIS, FIRST_REST_MILLIS << (row - 1));
    }

    void refused(String reason, long nowMillis) {
        refusals.increment();
        lastError = reason;
        restsUntilMillis = nowMillis + REFUSED_REST_MILLIS;
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
