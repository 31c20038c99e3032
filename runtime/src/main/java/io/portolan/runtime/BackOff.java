package io.portolan.runtime;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How often a replica failed in a row, and how long is waited before it is started again: the first pause of the settings, then twice as
 * long each time, up to the longest. One thread at a time.
 *
 * <p>Of each pause a share of {@link #LEAST} to all of it is taken at random, so that the replicas of many regions that failed together,
 * for one store that all of them need, do not come back together. What was ready for the settings' {@code settled} begins anew.
 */
final class BackOff {
    /** Least share of a pause that is waited. */
    static final double LEAST = 0.75;

    private static final int MOST_DOUBLINGS = 20;

    private final ProcessSettings settings;
    private final DoubleSupplier random;
    private int failures;

    /** {@code random}: 0 to less than 1. */
    BackOff(ProcessSettings settings, DoubleSupplier random) {
        this.settings = settings;
        this.random = random;
    }

    /** It failed once more, having been ready for so long; answers how long to wait. */
    Duration failed(Duration readyFor) {
        failures = readyFor.compareTo(settings.settled()) >= 0 ? 1 : failures + 1;
        var doubled = settings.backOff().multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLINGS));
        var longest = Times.least(doubled, settings.longestBackOff());
        return Duration.ofNanos((long) (longest.toNanos() * (LEAST + (1 - LEAST) * random.getAsDouble())));
    }

    /** Failures in a row. */
    int failures() {
        return failures;
    }

    /** Whether these are too many to be called anything but a loop. */
    boolean loops() {
        return failures >= settings.crashLoop();
    }
}
