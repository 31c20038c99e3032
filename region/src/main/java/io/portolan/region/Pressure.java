package io.portolan.region;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How late the threads of the sockets are: what they have to do waits so long. Thread-safe.
 *
 * <p>Each measures itself: a tick that comes late says how long whatever came with it has waited.
 */
@SuppressWarnings("FutureReturnValueIgnored") // ticks end with their loop
final class Pressure {
    private static final Duration TICK = Duration.ofMillis(50);

    private volatile AtomicLongArray late = new AtomicLongArray(0);

    /** Measures these from now on. */
    void watch(Iterable<EventExecutor> loops) {
        int count = 0;
        for (var loop : loops) {
            java.util.Objects.requireNonNull(loop, "loop");
            count++;
        }
        var measured = new AtomicLongArray(count);
        int index = 0;
        for (var loop : loops) {
            tick(loop, measured, index++);
        }
        late = measured;
    }

    private static void tick(EventExecutor loop, AtomicLongArray measured, int index) {
        long due = loop.ticker().nanoTime() + TICK.toNanos();
        loop.schedule(
                () -> {
                    long now = Math.max(0, loop.ticker().nanoTime() - due);
                    // A burst is over when half of it is: no single late tick shuts anybody out for long.
                    measured.set(index, Math.max(now, measured.get(index) / 2));
                    if (!loop.isShuttingDown()) {
                        tick(loop, measured, index);
                    }
                },
                TICK.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    /** Of the latest of them. */
    Duration late() {
        long most = 0;
        for (int i = 0; i < late.length(); i++) {
            most = Math.max(most, late.get(i));
        }
        return Duration.ofNanos(most);
    }
}
