package io.portolan.region;

import io.portolan.model.document.Monitor;
import java.time.Duration;

/**
 * How a node probes its neighbours: {@code GET /readyz}, a region is up when one of its nodes answers 200. Immutable.
 *
 * @param interval from one probe of a region to its next
 * @param timeout  longest time of a probe
 * @param down     failures in a row after which it says that a region is down
 * @param up       successes in a row after which it says that it is up again
 */
public record ObservationPace(Duration interval, Duration timeout, int down, int up) {
    /** Directors hear of a lost region within 6 s. */
    public static final ObservationPace DEFAULTS =
            new ObservationPace(Duration.ofSeconds(2), Duration.ofMillis(1_900), 3, 2);

    public ObservationPace {
        if (!interval.isPositive() || !timeout.isPositive()) {
            throw new IllegalArgumentException(
                    "observe: every " + interval + ", timeout " + timeout + " (expected: both over zero)");
        }
        if (down < 1 || up < 1) {
            throw new IllegalArgumentException("observe: down " + down + ", up " + up + " (expected: both 1 or more)");
        }
    }

    /** As a monitor of {@code /readyz}. */
    Monitor monitor() {
        return Monitor.readiness(interval, timeout, down, up);
    }
}
