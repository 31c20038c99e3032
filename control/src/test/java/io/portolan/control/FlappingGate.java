package io.portolan.control;

import io.portolan.planner.rollout.Gate;
import io.portolan.planner.rollout.RolloutPlan;
import io.portolan.planner.rollout.Verdict;
import java.time.Instant;

/** For some of the time it fails, doubts or does not answer; it passes only with the evidence. Which, the clock alone says. */
final class FlappingGate implements Gate {
    /** What it has at a time. */
    enum Mood {
        DATA,
        NO_ANSWER,
        TOO_LITTLE,
        BAD
    }

    static Mood at(Instant now) {
        return switch (Math.floorMod(now.getEpochSecond() / 20, 14)) {
            case 3 -> Mood.NO_ANSWER;
            case 7 -> Mood.TOO_LITTLE;
            case 11 -> Mood.BAD;
            default -> Mood.DATA;
        };
    }

    @Override
    public Verdict decide(RolloutPlan.PlannedStage stage, Evidence evidence, Instant now) {
        return switch (at(now)) {
            case NO_ANSWER -> new Verdict(Verdict.Outcome.ERROR, "no answer", null);
            case TOO_LITTLE -> new Verdict(Verdict.Outcome.INCONCLUSIVE, "too few samples", null);
            case BAD -> new Verdict(Verdict.Outcome.FAIL, "errors", null);
            case DATA -> Gate.TIME.decide(stage, evidence, now);
        };
    }
}
