package io.portolan.planner.capacity;

import io.portolan.model.RegionName;
import java.util.List;
import java.util.Objects;

/**
 * Whether regions may be taken out, with the figures that decided it. Immutable.
 *
 * @param sentence  the figures in one sentence for people, without a full stop
 * @param remaining regions that would serve, in the given order
 * @param load      all that has to be carried
 * @param needed    the load with the headroom that is asked for
 * @param capacity  what the remaining regions can carry
 * @param capacityAfterLoss what they can carry after the further losses that must be survived
 */
public record CapacityVerdict(
        Outcome outcome,
        String sentence,
        List<RegionName> remaining,
        double load,
        double needed,
        double capacity,
        double capacityAfterLoss) {
    public CapacityVerdict {
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(sentence, "sentence");
        remaining = List.copyOf(remaining);
    }

    /** Why it is allowed or refused. */
    public enum Outcome {
        ALLOWED,
        /** Nothing that serves would be taken out: nothing gets worse. */
        NOTHING_TAKEN,
        /** No region would be left. */
        LAST_REGION,
        /** A larger share of the regions would be out than the policy allows. */
        TOO_MANY,
        /** The rest cannot carry the load with the headroom. */
        NOT_ENOUGH,
        /** The rest carries the load, but not once it loses its largest regions. */
        NOT_ENOUGH_AFTER_LOSS
    }

    /** Whether it may be done. */
    public boolean allowed() {
        return outcome == Outcome.ALLOWED || outcome == Outcome.NOTHING_TAKEN;
    }
}
