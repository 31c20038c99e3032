package io.portolan.planner.rollout;

import java.time.Duration;
import java.time.Instant;

/** A rule over evidence that must hold before a stage is sealed. Pure. */
@FunctionalInterface
public interface Gate {
    /** Judges a stage. */
    Verdict decide(RolloutPlan.PlannedStage plan, Evidence evidence, Instant now);

    /**
     * What is known about a stage; later kinds of evidence are added here.
     *
     * @param converged  whether every region of the stage is converged now
     * @param healthyFor healthy time accumulated
     * @param required   healthy time that is enough: the plan's bake, or the least when a person advanced it
     */
    record Evidence(boolean converged, Duration healthyFor, Duration required) {}

    /** The gate of time: enough healthy time, and healthy now. */
    Gate TIME = (plan, evidence, now) -> {
        if (!evidence.converged()) {
            return new Verdict(Verdict.Outcome.INCONCLUSIVE, "not converged at the end of the bake", null);
        }
        var missing = evidence.required().minus(evidence.healthyFor());
        if (missing.isPositive()) {
            return new Verdict(
                    Verdict.Outcome.INCONCLUSIVE,
                    "healthy for " + Spans.text(evidence.healthyFor()) + " of " + Spans.text(evidence.required()),
                    now.plus(missing));
        }
        return new Verdict(Verdict.Outcome.PASS, "healthy for " + Spans.text(evidence.healthyFor()), null);
    };
}
