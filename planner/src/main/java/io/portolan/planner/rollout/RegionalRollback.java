package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What the rollback of some regions, and not of all, means for everything else. Pure.
 *
 * <ul>
 *   <li>The versions that a region leaves are withdrawn from that region alone, and a hold stands there: neither a rollout that is
 *       under way nor a debt brings them back, and nothing that has them is started before the hold is lifted. Slots, stages and other
 *       regions stay as they are.
 *   <li>A rollout whose version the region leaves has lost the region, as one that failed: it goes on with the others while its
 *       stage's failure budget lasts and another region of the stage can show that the version works; else it reverts, or halts if its
 *       plan says so.
 *   <li>A rollout that has not reached the region, or that the region left for another one, is not touched: a newer version comes to
 *       the region in its turn.
 *   <li>A rollback that is under way there goes on with its other regions, and is superseded if it has none.
 * </ul>
 */
final class RegionalRollback {
    private RegionalRollback() {}

    /** How the rollouts under way and the deployment are afterwards. */
    record Outcome(Deployment deployment, List<Rollout> ended, List<Rollout> changed) {}

    /**
     * Follows the regions being pointed at the target.
     *
     * @param before     the deployment until now
     * @param deployment with the regions pointed at the target
     * @param regions    that are rolled back
     * @param why        for the log and the holds
     */
    static Outcome of(
            Deployment before,
            Deployment deployment,
            List<RegionName> regions,
            VersionLabel target,
            List<Rollout> running,
            String id,
            String why,
            Instant now) {
        var candidate = before.candidate();
        // What a region has left by a person's word is not proved there: it does not become last known good by itself.
        boolean unproved = candidate != null
                && regions.stream()
                        .flatMap(region -> Optional.ofNullable(before.owed().get(region)).stream())
                        .anyMatch(owed -> owed.rollout().equals(candidate.rollout()));
        var holds = holds(before, regions, target, why, now);
        var left = new HashMap<RegionName, List<VersionLabel>>();
        regions.forEach(region ->
                left.put(region, Objects.requireNonNull(holds.get(region)).withdrawn()));
        var held = (unproved ? deployment.proposing(null) : deployment)
                .holdingRegions(holds)
                .puttingBack(left);
        var ended = new ArrayList<Rollout>();
        var changed = new ArrayList<Rollout>();
        for (var rollout : running) {
            if (rollout.kind() == RolloutKind.ROLLBACK || rollout.state() == RolloutState.ROLLING_BACK) {
                overtaken(rollout, regions, id, now)
                        .ifPresent(other -> (other.state().isFinal() ? ended : changed).add(other));
                continue;
            }
            var lost = regions.stream()
                    .filter(region -> isTouched(rollout, region)
                            && before.versionIn(region).equals(Optional.of(rollout.version()))
                            && !rollout.version().equals(target))
                    .toList();
            if (!lost.isEmpty()) {
                var change = without(rollout, lost, held, "taken back by " + id + ": " + why, now);
                held = change.deployment();
                (change.rollout().state().isFinal() ? ended : changed).add(change.rollout());
            }
        }
        return new Outcome(held, ended, changed);
    }

    private static boolean isTouched(Rollout rollout, RegionName region) {
        return rollout.stages().stream()
                .anyMatch(stage -> stage.regions().contains(region)
                        && stage.task(region).state().isTouched());
    }

    private static Map<RegionName, Deployment.Hold> holds(
            Deployment before, List<RegionName> regions, VersionLabel target, String why, Instant now) {
        var holds = new HashMap<>(before.regionHolds());
        for (var region : regions) {
            var withdrawn = new LinkedHashSet<VersionLabel>();
            Optional.ofNullable(before.regionHolds().get(region)).ifPresent(hold -> withdrawn.addAll(hold.withdrawn()));
            before.versionIn(region).ifPresent(withdrawn::add);
            withdrawn.remove(target);
            holds.put(region, new Deployment.Hold(why, now, List.copyOf(withdrawn)));
        }
        return holds;
    }

    /** The rollout without these regions, or on its way back. */
    private static Step.Change without(
            Rollout rollout, List<RegionName> lost, Deployment deployment, String why, Instant now) {
        var changed = rollout;
        boolean spent = false;
        for (int i = 0; i < rollout.stages().size(); i++) {
            var stage = changed.stages().get(i);
            var gone = lost.stream()
                    .filter(region -> stage.regions().contains(region)
                            && stage.task(region).state().isTouched())
                    .toList();
            if (!gone.isEmpty()) {
                spent |= Budget.left(changed, i) < gone.size()
                        || stage.lost() + gone.size() >= stage.regions().size();
                changed = changed.with(i, left(stage, gone, why, now));
            }
        }
        return spent
                ? Reverting.onFailure(changed, deployment, why + " (failure budget spent)", now)
                : new Step.Change(Step.Kind.REGION_FAILED, changed, deployment, why);
    }

    private static StageProgress left(StageProgress stage, List<RegionName> gone, String why, Instant now) {
        var marked = stage.tasks(gone, task -> task.because(TaskState.FAILED, why));
        var wave =
                stage.wave().stream().filter(region -> !gone.contains(region)).toList();
        // A stage that is done stays so; of one under way the next wave follows.
        return stage.done() || !wave.isEmpty() ? marked.wave(wave) : marked.moving(List.of(), now);
    }

    /** Whether a rollback or a revert still waits for a region, or has yet to point it at its version. */
    private static boolean isToCome(Rollout rollout, TaskState state) {
        return state == TaskState.REVERTED
                || state == TaskState.SWITCHED
                || (state == TaskState.PLANNED && rollout.kind() == RolloutKind.ROLLBACK);
    }

    /** A rollback or a revert under way: the regions are no longer its to bring back. */
    private static Optional<Rollout> overtaken(Rollout rollout, List<RegionName> regions, String id, Instant now) {
        var its = Set.copyOf(rollout.regions());
        if (regions.stream().noneMatch(its::contains)) {
            return Optional.empty();
        }
        if (rollout.kind() == RolloutKind.ROLLBACK && regions.containsAll(its)) {
            return Optional.of(rollout.ended(RolloutState.SUPERSEDED, "ended by rollback " + id, now));
        }
        var stages = rollout.stages().stream()
                .map(stage -> stage.tasks(
                        regions.stream()
                                .filter(region -> stage.regions().contains(region)
                                        && isToCome(rollout, stage.task(region).state()))
                                .toList(),
                        task -> task.because(TaskState.OVERTAKEN, "taken back by " + id)))
                .toList();
        return Optional.of(rollout.stages(stages));
    }
}
