package io.portolan.planner.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * When this machine did not get to run: gaps between ticks that should have come evenly. Thread-safe.
 *
 * <p>A probe that failed while its own process was stalled says nothing of its target.
 */
public final class StallRecord {
    private static final int KEPT = 128;

    private final Duration period;
    private final Duration tolerance;
    private final Deque<Stall> stalls = new ArrayDeque<>();
    private Instant last;

    private record Stall(Instant from, Instant to) {}

    /**
     * @param period    time between two ticks
     * @param tolerance lateness of a tick that is no stall
     */
    public StallRecord(Duration period, Duration tolerance, Instant start) {
        this.period = period;
        this.tolerance = tolerance;
        this.last = start;
    }

    /** One tick. */
    public synchronized void tick(Instant now) {
        var gap = Duration.between(last, now);
        if (gap.compareTo(period.plus(tolerance)) > 0) {
            stalls.addLast(new Stall(last.plus(period), now));
            if (stalls.size() > KEPT) {
                stalls.removeFirst();
            }
        }
        last = now;
    }

    /** How long this machine was stalled between two moments, a tick that has not come yet counted. */
    public synchronized Duration stalled(Instant from, Instant to) {
        var sum = Duration.ZERO;
        for (var stall : stalls) {
            sum = sum.plus(overlap(stall.from(), stall.to(), from, to));
        }
        var due = last.plus(period);
        if (Duration.between(due, to).compareTo(tolerance) > 0) {
            sum = sum.plus(overlap(due, to, from, to));
        }
        return sum;
    }

    private static Duration overlap(Instant from, Instant to, Instant start, Instant end) {
        var first = from.isAfter(start) ? from : start;
        var after = to.isBefore(end) ? to : end;
        return after.isAfter(first) ? Duration.between(first, after) : Duration.ZERO;
    }
}
