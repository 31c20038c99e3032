package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The end of a rollout, and what becomes last known good. Pure.
 *
 * <p>A version becomes last known good only if in each region a process has served it without a restart since it loaded it. Where
 * every process of a region was restarted since it converged, the rollout waits until the new ones have run for the minimum bake. A newer
 * one may pass it meanwhile: then it ends, and that one stays last known good.
 */
final class Completing {
    private Completing() {}

    static Step next(Rollout rollout, Scene scene, Instant now) {
        var restarted = restarted(rollout, scene);
        if (!restarted.isEmpty()) {
            return prove(rollout, scene, restarted, now);
        }
        var until = rollout.provingUntil();
        if (until != null && now.isBefore(until)) {
            return new Step.Wait(
                    "last known good: waiting until " + rollout.version() + " has run for "
                            + Spans.text(rollout.plan().minimumBake()) + " after a restart",
                    until,
                    until,
                    List.of("engine", "anyone who may halt it"));
        }
        return complete(rollout, scene.deployment(), now);
    }

    /** Regions none of whose processes has had the version since it was loaded there. */
    private static List<RegionName> restarted(Rollout rollout, Scene scene) {
        return rollout.stages().stream()
                .flatMap(stage -> stage.in(TaskState.SEALED).stream()
                        .filter(region -> scene.deployment().versionIn(region).equals(Optional.of(rollout.version())))
                        .filter(region -> isRestarted(
                                stage.task(region).boots(),
                                scene.observed().of(region).boots())))
                .toList();
    }

    private static boolean isRestarted(Set<String> loaded, Set<String> running) {
        return !loaded.isEmpty() && !running.isEmpty() && running.stream().noneMatch(loaded::contains);
    }

    private static Step prove(Rollout rollout, Scene scene, List<RegionName> restarted, Instant now) {
        var stages = rollout.stages();
        for (var region : restarted) {
            stages = stages.stream()
                    .map(stage -> stage.tasks(
                            stage.regions().contains(region) ? List.of(region) : List.of(),
                            task -> task.loadedBy(scene.observed().of(region).boots())))
                    .toList();
        }
        var changed = stages;
        var until = now.plus(rollout.plan().minimumBake());
        return new Step.Change(
                Step.Kind.PROVING,
                rollout.change(draft -> {
                    draft.stages = changed;
                    draft.provingUntil = until;
                }),
                scene.deployment(),
                "every process of " + RolloutPlanner.names(restarted) + " was restarted since it loaded "
                        + rollout.version() + ": last known good not before " + until);
    }

    private static Step complete(Rollout rollout, Deployment deployment, Instant now) {
        boolean hotfix = rollout.kind() == RolloutKind.HOTFIX;
        var owed = deployment.owed().entrySet().stream()
                .filter(entry -> entry.getValue().rollout().equals(rollout.id()))
                .map(entry -> entry.getKey())
                .toList();
        var changed = hotfix
                ? deployment.hotfixed(new Deployment.Hotfix(rollout.version(), rollout.lineage(), rollout.id()))
                : deployment;
        if (isOvertaken(rollout, deployment)) {
            return new Step.Change(
                    Step.Kind.COMPLETED,
                    rollout.ended(RolloutState.SUCCEEDED, "", now),
                    changed,
                    rollout.version()
                            + " completed its rollout; it is not last known good, for a newer version has gone"
                            + " through its regions meanwhile");
        }
        var without = without(rollout, deployment);
        if (!without.isEmpty()) {
            return new Step.Change(
                    Step.Kind.COMPLETED,
                    rollout.ended(RolloutState.SUCCEEDED, "", now),
                    changed,
                    rollout.version() + " completed its rollout of " + stages(rollout)
                            + "; it is not last known good while " + String.join(", ", without)
                            + " has not baked it");
        }
        var done = owed.isEmpty()
                ? promote(changed, rollout.version(), hotfix)
                : changed.proposing(new Deployment.Candidate(rollout.version(), hotfix, rollout.id()));
        return new Step.Change(
                Step.Kind.COMPLETED,
                rollout.ended(RolloutState.SUCCEEDED, "", now),
                done,
                rollout.version() + " completed its rollout"
                        + (owed.isEmpty()
                                ? ""
                                : "; it becomes last known good when " + RolloutPlanner.names(owed) + " has it"));
    }

    /**
     * Whether none of its regions has the version any more, or one that baked it has a newer one by now that is good: what was last
     * known good before the newest is not so again because it waited for longer.
     */
    private static boolean isOvertaken(Rollout rollout, Deployment deployment) {
        var regions = rollout.regions();
        var version = Optional.of(rollout.version());
        return !regions.isEmpty()
                && (regions.stream()
                                .noneMatch(
                                        region -> deployment.versionIn(region).equals(version))
                        // One that a person took back counts as failed, not as sealed.
                        || rollout.stages().stream()
                                .flatMap(stage -> stage.in(TaskState.SEALED).stream())
                                .flatMap(region ->
                                        Optional.ofNullable(deployment.regions().get(region)).stream())
                                .anyMatch(pointer -> pointer.lineage() > rollout.lineage()
                                        && !pointer.version().equals(rollout.version())
                                        && deployment.good().contains(pointer.version())));
    }

    /** Stages that the plan left out and whose regions have not all had the version for a whole bake, and still have it. */
    private static List<String> without(Rollout rollout, Deployment deployment) {
        return rollout.plan().left().stream()
                .filter(stage -> stage.regions().stream()
                        .anyMatch(region -> !deployment.versionIn(region).equals(Optional.of(rollout.version()))
                                || !deployment
                                        .sealed()
                                        .getOrDefault(region, List.of())
                                        .contains(rollout.version())))
                .map(RolloutPlan.PlannedStage::name)
                .toList();
    }

    private static String stages(Rollout rollout) {
        return String.join(
                ", ", rollout.stages().stream().map(StageProgress::name).toList());
    }

    /** Sets the slots: a hotfix has two of its own, every other kind moves last known good. */
    static Deployment promote(Deployment deployment, VersionLabel version, boolean hotfix) {
        var last = hotfix ? Slot.LAST_HOTFIX : Slot.LKG;
        var previous = hotfix ? Slot.PREVIOUS_HOTFIX : Slot.PREVIOUS_LKG;
        var slots = new HashMap<>(deployment.slots());
        VersionLabel old = slots.get(last);
        // A rollback of one region withdraws what it leaves and moves no slot.
        if (old != null && !old.equals(version) && !deployment.withdrawn().contains(old)) {
            slots.put(previous, old);
        }
        slots.put(last, version);
        return deployment.slotting(slots).remembering(version).proposing(null);
    }
}
