package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.StageState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What failing regions lead to: each is put back alone, until the stage's budget is spent. Pure. */
final class Budget {
    private Budget() {}

    /** How many more regions of the stage may fail. */
    static int left(Rollout rollout, int index) {
        return rollout.plan().stages().get(index).maxFailedRegions()
                - rollout.stages().get(index).lost();
    }

    /** What to do about a region of the present wave that fails or is late; empty when none does. */
    static Optional<Step> failing(Rollout rollout, int index, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        for (var region : stage.wave()) {
            var why = failure(rollout, stage, region, scene, now);
            if (!why.isEmpty()) {
                return Optional.of(failed(rollout, index, region, why, scene, now));
            }
        }
        return Optional.empty();
    }

    private static String failure(Rollout rollout, StageProgress stage, RegionName region, Scene scene, Instant now) {
        var observed = scene.observed().of(region);
        if (!observed.fault().isEmpty() && observed.reachable()) {
            return region + ": " + observed.fault();
        }
        boolean stands = stage.state() == StageState.CONVERGING
                || (stage.state() == StageState.BAKING && stage.tickedAt() == null);
        boolean late = stands && RolloutPlanner.isLate(rollout, stage, now);
        // With no budget a region that is out of reach is waited for: nobody is sent to it.
        boolean counts = observed.reachable() || left(rollout, rollout.stages().indexOf(stage)) > 0;
        return late && counts && !observed.serves()
                ? "not converged in " + Spans.text(rollout.plan().limits().progress()) + ": " + observed.waitsFor()
                : "";
    }

    private static Step failed(Rollout rollout, int index, RegionName region, String why, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        if (!mayLose(rollout, index)) {
            return Reverting.onFailure(
                    rollout,
                    scene.deployment(),
                    stage.name() + ": " + why + " (failure budget: "
                            + rollout.plan().stages().get(index).maxFailedRegions() + ")",
                    now);
        }
        return scene.observed().of(region).reachable()
                ? putBack(rollout, index, region, why, scene, now)
                : owe(rollout, index, region, why, scene, now);
    }

    /** Whether the stage may go on without one more region: one of the stage at least must show that the version works. */
    static boolean mayLose(Rollout rollout, int index) {
        var stage = rollout.stages().get(index);
        return left(rollout, index) > 0 && stage.lost() + 1 < stage.regions().size();
    }

    private static Step putBack(Rollout rollout, int index, RegionName region, String why, Scene scene, Instant now) {
        var target = Reverting.target(rollout, scene.deployment(), region);
        var name = rollout.stages().get(index).name();
        return new Step.Change(
                Step.Kind.REGION_FAILED,
                without(rollout, index, region, TaskState.FAILED, why, now),
                scene.deployment()
                        .pointing(Map.of(region, target), rollout.lineage())
                        .puttingBack(Map.of(region, List.of(rollout.version()))),
                name + ": " + region + " is put back alone: " + why);
    }

    /** Out of reach with the pointer set: it will have the version when it is back, and is owed the proof. */
    static Step owe(Rollout rollout, int index, RegionName region, String why, Scene scene, Instant now) {
        var name = rollout.stages().get(index).name();
        return new Step.Change(
                Step.Kind.OWED,
                without(rollout, index, region, TaskState.OWED, why, now),
                scene.deployment().owing(Map.of(region, new Deployment.Owed(name, rollout.id(), why, now))),
                name + " goes on without " + region + ", to which " + rollout.version() + " is owed: " + why);
    }

    private static Rollout without(
            Rollout rollout, int index, RegionName region, TaskState state, String why, Instant now) {
        var stage = rollout.stages().get(index).tasks(List.of(region), task -> task.because(state, why));
        var left = stage.wave().stream().filter(other -> !other.equals(region)).toList();
        return rollout.with(index, left.isEmpty() ? stage.moving(List.of(), now) : stage.wave(left));
    }
}
