package io.portolan.planner.bringup;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What comes next for a region on its way. */
public sealed interface BringUpStep {
    /**
     * Nothing until something happens or a time comes.
     *
     * @param text      what it waits for, one sentence
     * @param until     when that ends by itself, null when unknown
     * @param actors    who or what can end it
     */
    record Wait(String text, @Nullable Instant until, List<String> actors) implements BringUpStep {
        public Wait {
            actors = List.copyOf(actors);
        }
    }

    /**
     * Record it; then look again.
     *
     * @param cause    what happens, for the log
     * @param evidence what it was decided from
     */
    record Change(Kind kind, BringUp bringUp, String cause, List<String> evidence) implements BringUpStep {
        public Change {
            evidence = List.copyOf(evidence);
        }
    }

    /** What a change is about. */
    enum Kind {
        /** Another state, or another share. */
        ENTERED,
        /** Good time was counted, or begins to be. */
        TICKED,
        /** Good time is lost, or the ramp goes back. */
        SET_BACK,
        HELD,
        /** What it should have cannot be read, again and again. */
        BLIND,
        /** It can be read again. */
        SIGHTED
    }
}
