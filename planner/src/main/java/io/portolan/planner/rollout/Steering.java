package io.portolan.planner.rollout;

import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import java.time.Instant;

/** The verbs of people on a running rollout. Pure. */
public final class Steering {
    private Steering() {}

    /** No forward move until resumed; healthy time still counts. */
    public static Step.Change pause(Rollout rollout, Deployment deployment, String reason, Instant now) {
        require(rollout, "pause", rollout.state() == RolloutState.RUNNING && rollout.kind() != RolloutKind.ROLLBACK);
        return steered(rollout.in(RolloutState.PAUSED, reason, now), deployment, "paused" + because(reason));
    }

    /** Forward moves again. */
    public static Step.Change resume(Rollout rollout, Deployment deployment, String reason, Instant now) {
        require(rollout, "resume", rollout.state() == RolloutState.PAUSED);
        // In place of why it was paused, which is over.
        var why = "resumed" + because(reason);
        return steered(sure(rollout).in(RolloutState.RUNNING, why, now), deployment, why);
    }

    /** Ends the present bake after one evaluation of the gate, never below the minimum bake. */
    public static Step.Change advance(Rollout rollout, Deployment deployment, String reason) {
        require(rollout, "advance", rollout.state() == RolloutState.RUNNING && rollout.kind() != RolloutKind.ROLLBACK);
        return steered(rollout.advancing(true), deployment, "advanced" + because(reason));
    }

    /** Reverts every touched region at once; beats everything else. Ends what has touched nothing. */
    public static Step.Change abort(Rollout rollout, Deployment deployment, String reason, Instant now) {
        require(rollout, "abort", !rollout.state().isFinal() && rollout.kind() != RolloutKind.ROLLBACK);
        require(rollout, "abort", rollout.state() != RolloutState.ROLLING_BACK);
        var why = "aborted" + because(reason);
        boolean untouched = rollout.stages().stream()
                .allMatch(stage -> stage.state() == StageState.PENDING || stage.state() == StageState.APPLYING);
        return untouched && rollout.notStarted()
                ? new Step.Change(Step.Kind.ENDED, rollout.ended(RolloutState.CANCELLED, why, now), deployment, why)
                : Reverting.revert(rollout, deployment, why, now);
    }

    /** Stops for good and leaves every region as it is. */
    public static Step.Change halt(Rollout rollout, Deployment deployment, String reason, Instant now) {
        require(rollout, "halt", !rollout.state().isFinal() && rollout.kind() != RolloutKind.ROLLBACK);
        require(rollout, "halt", rollout.state() != RolloutState.ROLLING_BACK);
        return Reverting.halted(rollout, deployment, "halted" + because(reason), now);
    }

    /** A person has looked: the gate has its whole time again. */
    private static Rollout sure(Rollout rollout) {
        return rollout.stages(rollout.stages().stream()
                .map(stage -> stage.unsureSince() == null ? stage : stage.unsure(stage.verdict(), null))
                .toList());
    }

    private static Step.Change steered(Rollout rollout, Deployment deployment, String cause) {
        return new Step.Change(Step.Kind.STEERED, rollout, deployment, cause);
    }

    private static void require(Rollout rollout, String verb, boolean allowed) {
        if (!allowed) {
            throw new Refusal(
                    Refusal.Code.WRONG_STATE,
                    "rollout " + rollout.id() + ": " + verb + ": it is " + rollout.state()
                            + (rollout.kind() == RolloutKind.ROLLBACK ? " and a rollback" : ""));
        }
    }

    private static String because(String reason) {
        return reason.isEmpty() ? "" : ": " + reason;
    }
}
