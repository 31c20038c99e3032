package io.portolan.testkit;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends this process at one arrival at one point, without shutdown hooks, finally blocks or buffers, as {@code kill -9}
 * does. Thread-safe.
 */
public final class HaltingFailPoints implements FailPoints {
    /** System property that names the point and the arrival: {@code COMPILE_STORED} or {@code COMPILE_STORED:3}. */
    public static final String PROPERTY = "portolan.failpoint";

    /** Exit code of a process that was ended here; the same as of one killed by signal 9. */
    public static final int EXIT_CODE = 137;

    private final FailPoint point;
    private final int arrival;
    private final AtomicInteger arrivals = new AtomicInteger();

    /**
     * Halts at the given arrival.
     *
     * @param arrival 1 or more: the first, the second, ...
     */
    public HaltingFailPoints(FailPoint point, int arrival) {
        if (arrival < 1) {
            throw new IllegalArgumentException(point + ": arrival: " + arrival + " (expected: 1 or more)");
        }
        this.point = point;
        this.arrival = arrival;
    }

    /** What the system property asks for; {@link FailPoints#NONE} when it is not set. */
    public static FailPoints fromProperty() {
        var text = System.getProperty(PROPERTY, "");
        return text.isEmpty() ? FailPoints.NONE : parse(text);
    }

    /** Reads {@code NAME} or {@code NAME:n}. */
    public static HaltingFailPoints parse(String text) {
        int colon = text.indexOf(':');
        var name = colon < 0 ? text : text.substring(0, colon);
        var point = Arrays.stream(FailPoint.values())
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(PROPERTY + ": " + text + " (expected: one of "
                        + Arrays.toString(FailPoint.values()) + ", or with :n)"));
        try {
            return new HaltingFailPoints(point, colon < 0 ? 1 : Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(PROPERTY + ": " + text + " (expected: a number after the colon)", e);
        }
    }

    @Override
    public void reached(FailPoint here) {
        if (here == point && arrivals.incrementAndGet() == arrival) {
            System.err.println("halting at " + point + ":" + arrival);
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}
