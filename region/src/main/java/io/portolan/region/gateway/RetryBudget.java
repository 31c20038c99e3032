package io.portolan.region.gateway;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many retries a controller may still cost its replicas: each call earns a share of one, and some come with time, so that a
 * controller with few calls can be retried too and one in trouble is never asked much more than its callers do. Thread-safe.
 *
 * @see <a href="https://sre.google/sre-book/handling-overload/">Site Reliability Engineering, chapter 21: per-client retry budget</a>
 */
final class RetryBudget {
    private static final long ONE = 1_000;
    /** What may be saved up, in seconds of {@code perSecond}. */
    private static final int SECONDS = 10;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long perCall;
    private final long perSecond;
    private final long most;
    private final AtomicLong earned = new AtomicLong();
    private long free;
    private long freeAt;

    /** {@code perSecond} retries are there from the start. */
    RetryBudget(double perCall, int perSecond, long nowNanos) {
        this.perCall = Math.round(perCall * ONE);
        this.perSecond = perSecond * ONE;
        this.most = Math.max(this.perSecond * SECONDS, this.perCall * 100);
        this.free = this.perSecond;
        this.freeAt = nowNanos;
    }

    /** A call has begun. */
    void called() {
        if (earned.get() < most) {
            earned.addAndGet(perCall);
        }
    }

    /** Takes one retry; false when there is none. */
    synchronized boolean take(long nowNanos) {
        long passed = Math.min(nowNanos - freeAt, NANOS_PER_SECOND);
        free = Math.min(perSecond, free + passed * perSecond / NANOS_PER_SECOND);
        freeAt = nowNanos;
        if (free >= ONE) {
            free -= ONE;
            return true;
        }
        if (earned.get() >= ONE) {
            earned.addAndGet(-ONE);
            return true;
        }
        return false;
    }
}
