package io.portolan.testkit;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Counts arrivals, to prove that a scenario passes the points it is meant to. Thread-safe. */
public final class RecordingFailPoints implements FailPoints {
    private final AtomicIntegerArray arrivals = new AtomicIntegerArray(FailPoint.values().length);

    @Override
    public void reached(FailPoint point) {
        arrivals.incrementAndGet(point.ordinal());
    }

    /** Arrivals at the point so far. */
    public int count(FailPoint point) {
        return arrivals.get(point.ordinal());
    }

    /** Points with at least one arrival, in the order of the enum. */
    public Set<FailPoint> reached() {
        var reached = EnumSet.noneOf(FailPoint.class);
        for (var point : FailPoint.values()) {
            if (count(point) > 0) {
                reached.add(point);
            }
        }
        return reached;
    }
}
