package io.portolan.planner.rollout;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What comes next for a rollout. */
public sealed interface Step {
    /**
     * Nothing until something happens or a time comes.
     *
     * @param text      what it waits for, one sentence
     * @param until     when that ends by itself, null when unknown
     * @param nextCheck when to look again without any event, null for never
     * @param actors    who or what can end it
     */
    record Wait(
            String text, @Nullable Instant until, @Nullable Instant nextCheck, List<String> actors) implements Step {
        public Wait {
            actors = List.copyOf(actors);
        }
    }

    /**
     * Record both, in one transaction; then look again.
     *
     * @param cause what happens, for the log and for the revision that follows
     */
    record Change(Kind kind, Rollout rollout, Deployment deployment, String cause) implements Step {}

    /** The rollout is final. */
    record Done() implements Step {}

    /** What a change is about. */
    enum Kind {
        STARTED,
        SKIPPED,
        APPLYING,
        OWED,
        LEFT,
        SWITCHED,
        REGION_FAILED,
        CONVERGED,
        TICKED,
        GATING,
        UNSURE,
        RAMPED,
        WAVE_SEALED,
        JOINED,
        SEALED,
        PROVING,
        COMPLETED,
        SUPERSEDED,
        OVERTAKEN,
        STEERED,
        REVERTING,
        ENDED,
        ROLLBACK_STARTED,
        ROLLBACK_SWITCHED,
        ROLLBACK_CONVERGED
    }
}
