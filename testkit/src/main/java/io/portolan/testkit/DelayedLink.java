package io.portolan.testkit;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One direction of a path in virtual time, segment by segment: a line of some rate, a delay, and a sender whose window begins with ten
 * segments (RFC 6928) and grows by every segment that is acknowledged (slow start, RFC 5681). Nothing is lost. One thread at a time.
 */
final class DelayedLink {
    private static final int SEGMENT_BYTES = 1460;
    private static final int FIRST_SEGMENTS = 10;

    private final double bytesPerNano;
    private final long delayNanos;
    private final Queue<Flying> flying = new ArrayDeque<>();
    private double window = (double) FIRST_SEGMENTS * SEGMENT_BYTES;
    private double unacknowledged;
    private double idleFromNanos;

    private record Flying(double acknowledgedAtNanos, int bytes) {}

    DelayedLink(double megabitsPerSecond, long delayNanos) {
        this.bytesPerNano = megabitsPerSecond / 8_000;
        this.delayNanos = delayNanos;
    }

    /** When the last of the bytes arrives that are there to be sent at some time. */
    long arrivalNanos(long atNanos, int bytes) {
        double now = Math.max(atNanos, idleFromNanos);
        for (int left = bytes; left > 0; left -= SEGMENT_BYTES) {
            int segment = Math.min(left, SEGMENT_BYTES);
            now = Math.max(now, whenOpen(now, segment));
            now += segment / bytesPerNano;
            unacknowledged += segment;
            flying.add(new Flying(now + 2.0 * delayNanos, segment));
        }
        idleFromNanos = now;
        return (long) now + delayNanos;
    }

    /** When the window has room for the segment. */
    private double whenOpen(double now, int segment) {
        double at = now;
        while (!flying.isEmpty()
                && (flying.element().acknowledgedAtNanos() <= at || unacknowledged + segment > window)) {
            var oldest = flying.remove();
            at = Math.max(at, oldest.acknowledgedAtNanos());
            unacknowledged -= oldest.bytes();
            window += oldest.bytes();
        }
        return at;
    }
}
