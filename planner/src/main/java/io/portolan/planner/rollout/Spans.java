package io.portolan.planner.rollout;

import java.time.Duration;

/** Lengths of time as a sentence has them. Stateless. */
final class Spans {
    private static final Duration FINE = Duration.ofSeconds(10);
    private static final Duration LONG = Duration.ofMinutes(2);

    private Spans() {}

    /** The length, rounded down: {@code 2.3 s} below ten seconds, {@code 45 s} below two minutes, {@code 30 min} above. */
    static String text(Duration length) {
        if (length.compareTo(FINE) < 0) {
            return length.toSeconds() + "." + length.toMillisPart() / 100 + " s";
        }
        return length.compareTo(LONG) < 0 ? length.toSeconds() + " s" : length.toMinutes() + " min";
    }
}
