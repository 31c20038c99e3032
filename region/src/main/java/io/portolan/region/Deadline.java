package io.portolan.region;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One moment that may be moved and called off many times. On one event loop only.
 *
 * <p>Moving it to later costs no timer: the timer that runs wakes up, sees that it was moved, and sleeps again. A connection in
 * use hence makes no timer per request.
 */
final class Deadline {
    private final EventExecutor executor;
    private final Runnable missed;
    private boolean set;
    private long atNanos;
    private long wakesAtNanos;
    private @Nullable Future<?> timer;

    /** A deadline that is not set; {@code missed} is called each time that it passes. */
    Deadline(EventExecutor executor, Runnable missed) {
        this.executor = executor;
        this.missed = missed;
    }

    /** Sets it to so long from now, whatever it was before. */
    void in(Duration duration) {
        set = true;
        long now = executor.ticker().nanoTime();
        atNanos = now + duration.toNanos();
        var running = timer;
        if (running != null && wakesAtNanos - atNanos <= 0) {
            return;
        }
        if (running != null) {
            running.cancel(false);
        }
        sleep(now);
    }

    /** Calls it off. */
    void clear() {
        set = false;
    }

    /** Calls it off for good. */
    void end() {
        set = false;
        var running = timer;
        timer = null;
        if (running != null) {
            running.cancel(false);
        }
    }

    private void sleep(long now) {
        wakesAtNanos = atNanos;
        timer = executor.schedule(this::awake, Math.max(0, atNanos - now), TimeUnit.NANOSECONDS);
    }

    private void awake() {
        timer = null;
        if (!set) {
            return;
        }
        long now = executor.ticker().nanoTime();
        if (atNanos - now > 0) {
            sleep(now);
        } else {
            set = false;
            missed.run();
        }
    }
}
