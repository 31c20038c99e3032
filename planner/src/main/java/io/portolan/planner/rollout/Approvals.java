package io.portolan.planner.rollout;

import java.time.Instant;
import java.util.ArrayList;

/** Rules of approvals: bound to the plan and the stage, expiring, from somebody else where the plan wants two persons. Pure. */
public final class Approvals {
    private Approvals() {}

    /** Whether the stage is approved now. */
    static boolean approved(Rollout rollout, String stage, Instant now) {
        return rollout.approvals().stream()
                .anyMatch(approval -> approval.stage().equals(stage)
                        && approval.planHash().equals(rollout.planHash())
                        && approval.expiresAt().isAfter(now)
                        && (!rollout.plan().policy().twoPersons()
                                || !approval.actor().equals(rollout.actor())));
    }

    /** The first stage that is not over, needs an approval and has none that counts; refused where there is none. */
    public static String awaited(Rollout rollout, Instant now) {
        var what = "approving " + rollout.id() + ": ";
        if (rollout.state().isFinal()) {
            throw new Refusal(Refusal.Code.WRONG_STATE, what + "it is " + rollout.state());
        }
        for (int i = 0; i < rollout.stages().size(); i++) {
            var stage = rollout.stages().get(i);
            if (!stage.done()
                    && !stage.regions().isEmpty()
                    && Entry.approval(rollout, i, now).isPresent()) {
                return stage.name();
            }
        }
        throw new Refusal(
                Refusal.Code.NOTHING_TO_CHANGE,
                what + "no stage of it waits for an approval or will (to give one all the same, name the stage)");
    }

    /**
     * A person approves a stage.
     *
     * @param planHash of the plan that the person saw, empty text for the present one
     */
    public static Step.Change approve(
            Rollout rollout, Deployment deployment, String stage, String planHash, String actor, Instant now) {
        var what = "approving stage " + stage + " of " + rollout.id() + ": ";
        if (rollout.state().isFinal()) {
            throw new Refusal(Refusal.Code.WRONG_STATE, what + "it is " + rollout.state());
        }
        var progress = rollout.stage(stage)
                .orElseThrow(() -> new Refusal(
                        Refusal.Code.UNKNOWN,
                        what + "no such stage (expected: "
                                + String.join(
                                        ", ",
                                        rollout.stages().stream()
                                                .map(StageProgress::name)
                                                .toList())
                                + ")"));
        if (progress.done()) {
            throw new Refusal(Refusal.Code.WRONG_STATE, what + "the stage is " + progress.state());
        }
        if (!planHash.isEmpty() && !planHash.equals(rollout.planHash())) {
            throw new Refusal(
                    Refusal.Code.CONFLICT,
                    what + "plan hash: " + planHash + " (expected: " + rollout.planHash()
                            + ", look at the plan again)");
        }
        if (rollout.plan().policy().twoPersons() && actor.equals(rollout.actor())) {
            throw new Refusal(
                    Refusal.Code.POLICY,
                    what + actor + " started it (expected: another person, the plan asks for two)");
        }
        var expires = now.plus(rollout.plan().policy().approvalExpiry());
        var approvals = new ArrayList<>(rollout.approvals());
        approvals.add(new Approval(stage, rollout.planHash(), actor, now, expires));
        return new Step.Change(
                Step.Kind.STEERED,
                rollout.change(draft -> draft.approvals = approvals),
                deployment,
                stage + " approved by " + actor + " until " + expires);
    }
}
