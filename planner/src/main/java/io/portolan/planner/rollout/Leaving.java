package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Regions that leave the environment, or the extension's placement, while a rollout has them in its plan: it goes on without them.
 * Nothing is owed to them, and they count against no failure budget: they did not fail. Pure.
 */
final class Leaving {
    private static final String WHY = "has left the environment";

    private Leaving() {}

    /** The rollout without regions that are gone and that it has still to do something with; empty when there are none. */
    static Optional<Step> next(Rollout rollout, Scene scene, Instant now) {
        var left = new ArrayList<RegionName>();
        var stages = new ArrayList<StageProgress>();
        for (var stage : rollout.stages()) {
            var gone = stage.done() ? List.<RegionName>of() : leaving(stage, scene);
            left.addAll(gone);
            stages.add(gone.isEmpty() ? stage : without(stage, gone, now));
        }
        return left.isEmpty()
                ? Optional.empty()
                : Optional.of(new Step.Change(
                        Step.Kind.LEFT,
                        rollout.stages(stages),
                        scene.deployment(),
                        RolloutPlanner.names(left) + " " + WHY + ": the rollout goes on without it"));
    }

    private static List<RegionName> leaving(StageProgress stage, Scene scene) {
        return stage.regions().stream()
                .filter(scene.gone()::contains)
                .filter(region -> switch (stage.task(region).state()) {
                    case PLANNED, SWITCHED -> true;
                    case SEALED, FAILED, OWED, REVERTED, OVERTAKEN -> false;
                })
                .toList();
    }

    private static StageProgress without(StageProgress stage, List<RegionName> gone, Instant now) {
        var changed = stage.tasks(gone, task -> task.because(TaskState.OVERTAKEN, WHY));
        var wave =
                stage.wave().stream().filter(region -> !gone.contains(region)).toList();
        // One that has not begun stays so: a wave of nobody would be one that has.
        return wave.isEmpty() && stage.isOpen() ? changed.moving(List.of(), now) : changed.wave(wave);
    }

    /** Whether all regions of a stage have left before it had moved one. */
    static boolean isDeserted(StageProgress stage) {
        return !stage.regions().isEmpty()
                && stage.regions().stream()
                        .allMatch(region -> stage.task(region).state() == TaskState.OVERTAKEN
                                && stage.task(region).reason().equals(WHY));
    }
}
