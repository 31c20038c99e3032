package io.portolan.planner.cdn;

import java.util.List;

/** What becomes of a CDN's breaker next. */
public sealed interface BreakerStep {
    /** Nothing; {@code text} says what it waits for. */
    record Wait(String text) implements BreakerStep {}

    /**
     * Another state, to be recorded.
     *
     * @param cause    one sentence
     * @param evidence what it rests on, each for itself
     */
    record Change(Kind kind, Breaker breaker, String cause, List<String> evidence) implements BreakerStep {
        public Change {
            evidence = List.copyOf(evidence);
        }
    }

    /** What changes. */
    enum Kind {
        /** The CDN is taken from all browsers. */
        TRIPPED,
        /** It is given to a greater share. */
        RAMPED,
        /** It has all that a person leaves it. */
        CLOSED,
        /** It was seen well after a person gave it back: from now on it may be tripped. */
        ARMED
    }
}
