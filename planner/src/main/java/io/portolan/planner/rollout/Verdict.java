package io.portolan.planner.rollout;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a gate says. Immutable.
 *
 * @param nextCheck when it is worth asking again, null when something must happen first
 */
public record Verdict(
        Outcome outcome, String reason, @Nullable Instant nextCheck) {
    /** Four ways; only {@link #PASS} promotes. */
    public enum Outcome {
        PASS,
        FAIL,
        INCONCLUSIVE,
        ERROR
    }
}
