package io.portolan.region.gateway;

import java.time.Duration;

/** How long a call may take, all of it and each of its attempts. On the event loop of the call. */
final class CallTime {
    private final Duration allowed;
    private final int attempts;
    private final boolean hurried;
    private boolean running;
    private long until;
    private Duration waited = Duration.ZERO;

    /**
     * Time that does not run yet.
     *
     * @param own      how long the controller may take
     * @param allowed  the same, or less where the client waits for less
     * @param attempts most replicas that share it
     */
    CallTime(Duration own, Duration allowed, int attempts) {
        this.allowed = allowed;
        this.attempts = attempts;
        this.hurried = allowed.compareTo(own) < 0;
    }

    /** Whether the client waits less than the controller may take: what is late then is no fault of a replica. */
    boolean isHurried() {
        return hurried;
    }

    /** All of the call was sent: it runs from now on, once. */
    void run(long now) {
        if (!running) {
            running = true;
            until = now + allowed.toNanos();
        }
    }

    /** Whether another attempt has any. */
    boolean isLeft(long now) {
        return !running || until - now > 0;
    }

    /** How long an attempt may take; {@code shared}: others may follow. */
    Duration ofAttempt(boolean shared, long now) {
        var left = running ? Duration.ofNanos(Math.max(0, until - now)) : allowed;
        // Not dividedBy, which counts in decimals.
        return shared ? Deadlines.least(Duration.ofNanos(allowed.toNanos() / attempts), left) : left;
    }

    /** An answer is waited for so long. */
    Duration waiting(Duration forAnswer) {
        waited = forAnswer;
        return forAnswer;
    }

    /** How long it was waited for. */
    Duration waited() {
        return waited;
    }
}
