package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A page and its controllers move as a pair: before the page of a version is shown in a region, its controllers are ready on every
 * node in rotation there. Pure.
 *
 * <p>Controllers that do not come up by themselves any more, or not within the plan's time, count as a failure of the region: it is
 * left as it is and owed the version while the stage's budget lasts, else the whole rollout is put back. Whoever moves backwards is not
 * asked: {@link Reverting} and {@link RollingBack} say what holds for them.
 */
final class Pair {
    private Pair() {}

    /** What to do about controllers of the present wave that will not come up; empty when there are none. */
    static Optional<Step> failing(Rollout rollout, int index, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        for (var region : stage.wave()) {
            var seen = scene.observed().of(region);
            if (!seen.reachable() || seen.controllers().ready()) {
                continue;
            }
            if (!seen.controllers().failure().isEmpty()) {
                return Optional.of(
                        failed(rollout, index, region, seen.controllers().failure(), scene, now));
            }
            // A person who pauses it stops the clock too; a rollout that waits for its turn has not begun.
            boolean counts = rollout.state() == RolloutState.RUNNING && seen.holds();
            if (counts
                    && RolloutPlanner.isLate(rollout, stage, now)
                    && Entry.blocked(rollout, index, scene, now).isEmpty()) {
                var why = "not within " + Spans.text(rollout.plan().limits().progress()) + ": "
                        + seen.controllers().lacks();
                return Optional.of(failed(rollout, index, region, why, scene, now));
            }
        }
        return Optional.empty();
    }

    /** What the present wave waits for whose content is there; empty when all of its controllers are ready. */
    static Optional<Step> waiting(Rollout rollout, int index, Scene scene) {
        var stage = rollout.stages().get(index);
        var cold = lacks(stage.wave(), scene.observed());
        var since = stage.since();
        return cold.isEmpty()
                ? Optional.empty()
                : Optional.of(new Step.Wait(
                        stage.name() + ": " + String.join("; ", cold),
                        null,
                        since == null
                                ? null
                                : since.plus(rollout.plan().limits().progress()),
                        RolloutPlanner.NODES));
    }

    /** Which controllers are not ready in these regions, in words. */
    static List<String> lacks(List<RegionName> regions, Observation observed) {
        return regions.stream()
                .map(region -> observed.of(region).controllers())
                .filter(seen -> !seen.ready())
                .map(Observation.Controllers::lacks)
                .toList();
    }

    private static Step failed(Rollout rollout, int index, RegionName region, String why, Scene scene, Instant now) {
        var name = rollout.stages().get(index).name();
        // Its pointer has not moved: nothing is to be put back there.
        return Budget.mayLose(rollout, index)
                ? Budget.owe(rollout, index, region, why, scene, now)
                : Reverting.onFailure(
                        rollout,
                        scene.deployment(),
                        name + ": " + region + ": " + why + " (failure budget: "
                                + rollout.plan().stages().get(index).maxFailedRegions() + ")",
                        now);
    }
}
