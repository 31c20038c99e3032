package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.InterruptedIOException;
import java.time.InstantSource;

/** Holds a flow of bytes to a rate, by making its takers wait. Thread-safe. A second's worth may pass at once. */
final class Throttle {
    private static final long BURST_MILLIS = 1_000;

    private final long bytesPerSecond;
    private final InstantSource clock;

    @GuardedBy("this")
    private long freeAtMicros;

    /** {@code bytesPerSecond} 0 means no limit. */
    Throttle(long bytesPerSecond, InstantSource clock) {
        this.bytesPerSecond = bytesPerSecond;
        this.clock = clock;
    }

    /** Takes so many bytes out of the flow; waits as long as it is ahead of its rate. */
    void take(int bytes) throws InterruptedIOException {
        long wait = bytesPerSecond == 0 ? 0 : waitMillis(bytes);
        if (wait > 0) {
            try {
                Thread.sleep(wait);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("waiting for bandwidth: interrupted");
            }
        }
    }

    /** How long whoever takes these bytes must wait. */
    synchronized long waitMillis(int bytes) {
        long now = clock.millis() * 1_000;
        freeAtMicros =
                Math.max(freeAtMicros, now - BURST_MILLIS * 1_000) + Math.ceilDiv(bytes * 1_000_000L, bytesPerSecond);
        return Math.max(0, (freeAtMicros - now) / 1_000);
    }
}
