package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Decides the next step of a rollout. Pure: the same arguments give the same step.
 *
 * <p>Stages go in sequence, and within a stage its waves. A stage without regions is skipped, but its alias takes the version.
 * Otherwise, for each wave: preload (every node in rotation of its regions holds the version and runs its controllers), switch, converge, bake, gate, ramp
 * on, seal. Healthy time is accumulated tick by tick and persisted; no tick counts more than {@link #LONGEST_TICK}, so neither a
 * jump of the clock nor an outage of the engine completes a bake. A paused rollout still counts healthy time and makes no forward
 * move.
 */
public final class RolloutPlanner {
    /** Healthy time is recorded about this often. */
    public static final Duration TICK = Duration.ofSeconds(1);

    /** The most that one tick can count. */
    public static final Duration LONGEST_TICK = Duration.ofSeconds(5);

    static final List<String> NODES = List.of("region nodes");

    private RolloutPlanner() {}

    /** The next step. */
    public static Step next(Rollout rollout, Scene scene, Instant now) {
        return switch (rollout.state()) {
            case QUEUED, RUNNING, PAUSED ->
                rollout.kind() == RolloutKind.ROLLBACK
                        ? Reverting.nextOfRollback(rollout, scene, now)
                        : nextOfStages(rollout, scene, now);
            case ROLLING_BACK -> Reverting.nextOfRevert(rollout, scene, now);
            case SUCCEEDED, ROLLED_BACK, ROLLED_BACK_PARTIAL, HALTED, SUPERSEDED, CANCELLED, REJECTED ->
                new Step.Done();
        };
    }

    private static Step nextOfStages(Rollout rollout, Scene scene, Instant now) {
        var left = Leaving.next(rollout, scene, now);
        if (left.isPresent()) {
            return left.get();
        }
        for (int i = 0; i < rollout.stages().size(); i++) {
            if (!rollout.stages().get(i).done()) {
                return nextOfStage(rollout, i, scene, now);
            }
        }
        return rollout.state() == RolloutState.PAUSED
                ? Entry.paused("completion")
                : Completing.next(rollout, scene, now);
    }

    private static Step nextOfStage(Rollout rollout, int index, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        return switch (stage.state()) {
            case PENDING, APPLYING ->
                superseded(rollout, stage, scene, now)
                        .or(() -> again(rollout, stage, scene, now))
                        .orElseGet(() -> forward(rollout, index, scene, now));
            case CONVERGING -> converge(rollout, index, scene, now);
            case BAKING -> Baking.bake(rollout, index, scene, now);
            case GATING -> Baking.gate(rollout, index, scene, now);
            case SKIPPED, SEALED, REVERTED -> throw new IllegalStateException("stage " + stage.name() + " is done");
        };
    }

    /** At a stage boundary: a hotfix that completed meanwhile would be undone by a version without it. */
    private static Optional<Step> superseded(Rollout rollout, StageProgress stage, Scene scene, Instant now) {
        var hotfix = scene.deployment().hotfix();
        if (Entry.isBegun(stage)
                || hotfix == null
                || hotfix.lineage() <= rollout.lineage()
                || rollout.has(hotfix.version())) {
            return Optional.empty();
        }
        var why = "superseded by hotfix " + hotfix.version() + " (" + hotfix.rollout() + "), which it does not contain";
        return Optional.of(new Step.Change(
                Step.Kind.SUPERSEDED, rollout.ended(RolloutState.SUPERSEDED, why, now), scene.deployment(), why));
    }

    /** At a stage boundary: where hotfixes went first that this version contains, it goes through its stages again. */
    private static Optional<Step> again(Rollout rollout, StageProgress stage, Scene scene, Instant now) {
        if (Entry.isBegun(stage)) {
            return Optional.empty();
        }
        var first = new TreeSet<VersionLabel>();
        var overtaken = new ArrayList<String>();
        for (var other : rollout.stages()) {
            var passed = other.in(TaskState.SEALED).stream()
                    .flatMap(region -> wentFirst(rollout, region, scene).stream())
                    .toList();
            if (!passed.isEmpty()) {
                first.addAll(passed);
                overtaken.add(other.name());
            }
        }
        if (overtaken.isEmpty()) {
            return Optional.empty();
        }
        var stages = rollout.stages().stream()
                .map(other -> overtaken.contains(other.name()) ? other.afresh(now) : other)
                .toList();
        return Optional.of(new Step.Change(
                Step.Kind.OVERTAKEN,
                rollout.stages(stages),
                scene.deployment(),
                String.join(", ", overtaken) + " once more: hotfix "
                        + first.stream().map(VersionLabel::value).collect(Collectors.joining(", ")) + " went first"));
    }

    /** The version that a newer rollout gave a region, if this one contains it and that one is over. */
    private static Optional<VersionLabel> wentFirst(Rollout rollout, RegionName region, Scene scene) {
        return Optional.ofNullable(scene.deployment().regions().get(region))
                .filter(pointer -> pointer.lineage() > rollout.lineage())
                .map(Deployment.Pointer::version)
                .filter(version -> !version.equals(rollout.version()) && rollout.has(version))
                .filter(version -> scene.others().stream().map(Rollout::version).noneMatch(version::equals));
    }

    private static Step forward(Rollout rollout, int index, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        if (stage.regions().isEmpty() || Leaving.isDeserted(stage)) {
            return skip(rollout, index, scene, now);
        }
        if (!stage.wave().isEmpty()) {
            return apply(rollout, index, scene, now);
        }
        return Entry.isBegun(stage) && stage.in(TaskState.PLANNED).isEmpty()
                ? bakeTheRest(rollout, index, scene, now)
                : nextWave(rollout, index, scene, now);
    }

    private static Step skip(Rollout rollout, int index, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        if (rollout.state() == RolloutState.PAUSED) {
            return Entry.paused("stage " + stage.name());
        }
        var version = rollout.version();
        var alias = Map.of(stage.name(), version.value());
        // An older rollout that is still about sets its aliases later; this one's come after it.
        var blocked = Entry.behindOthers(rollout, stage, scene);
        return blocked.isPresent()
                ? blocked.get()
                : new Step.Change(
                        Step.Kind.SKIPPED,
                        rollout.with(index, stage.enter(StageState.SKIPPED, now))
                                .displacing(stage.name(), scene.deployment()),
                        scene.deployment().staging(alias),
                        stage.name() + " has no region" + (stage.regions().isEmpty() ? "" : " any more")
                                + ": alias set to " + version);
    }

    /** The last wave was lost: what is left still has to be healthy for the whole bake of the stage. */
    private static Step bakeTheRest(Rollout rollout, int index, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        var rest = stage.in(TaskState.SEALED);
        if (rest.isEmpty()) {
            return Reverting.onFailure(
                    rollout,
                    scene.deployment(),
                    stage.name() + ": no region is left in it that could show that " + rollout.version() + " works",
                    now);
        }
        if (rollout.state() == RolloutState.PAUSED) {
            return Entry.paused("the rest of stage " + stage.name());
        }
        return new Step.Change(
                Step.Kind.APPLYING,
                rollout.with(
                        index,
                        stage.moving(rest, now).rampTo(rollout.plan().ramp().size(), now)),
                scene.deployment(),
                stage.name() + " goes on with " + names(rest));
    }

    private static Step nextWave(Rollout rollout, int index, Scene scene, Instant now) {
        var blocked = Entry.blocked(rollout, index, scene, now);
        if (blocked.isPresent()) {
            return blocked.get();
        }
        var stage = rollout.stages().get(index);
        var wave = free(rollout, index, stage.in(TaskState.PLANNED), scene);
        return wave.isEmpty() ? crowded(stage, scene) : moving(rollout, index, wave, scene, now);
    }

    /** Those of the regions that may move beside what other rollouts have not sealed now. */
    private static List<RegionName> free(Rollout rollout, int index, List<RegionName> left, Scene scene) {
        return Waves.next(rollout.plan(), rollout.plan().stages().get(index), left, unsealed(scene));
    }

    private static List<RegionName> unsealed(Scene scene) {
        return scene.others().stream()
                .flatMap(other -> other.unsealedRegions().stream())
                .toList();
    }

    private static Step crowded(StageProgress stage, Scene scene) {
        return new Step.Wait(
                stage.name() + ": waiting for regions that other rollouts have not sealed: " + names(unsealed(scene)),
                null,
                null,
                List.of("engine"));
    }

    private static Step moving(Rollout rollout, int index, List<RegionName> wave, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        return new Step.Change(
                Step.Kind.APPLYING,
                rollout.with(index, stage.moving(wave, now)),
                scene.deployment(),
                stage.name() + ": waiting until " + names(wave) + " hold " + rollout.version());
    }

    private static Step apply(Rollout rollout, int index, Scene scene, Instant now) {
        var failed = Pair.failing(rollout, index, scene, now);
        if (failed.isPresent()) {
            return failed.get();
        }
        var stage = rollout.stages().get(index);
        var observed = scene.observed();
        var lacking = stage.wave().stream()
                .filter(region -> !observed.of(region).holds())
                .toList();
        if (lacking.isEmpty()) {
            var cold = Pair.waiting(rollout, index, scene);
            if (cold.isPresent()) {
                return cold.get();
            }
            var blocked = Entry.blocked(rollout, index, scene, now);
            if (blocked.isPresent()) {
                return blocked.get();
            }
            // Others may have moved while this wave waited for its content.
            var free = free(rollout, index, stage.wave(), scene);
            return free.equals(stage.wave())
                    ? switchWave(rollout, index, scene, now)
                    : free.isEmpty() ? crowded(stage, scene) : moving(rollout, index, free, scene, now);
        }
        var late = lacking.stream()
                .filter(region -> !observed.of(region).reachable() || isLate(rollout, stage, now))
                .toList();
        int left = Budget.left(rollout, index);
        // One region of the stage at least must show that the version works.
        if (!late.isEmpty() && left > 0 && stage.lost() + 1 < stage.regions().size()) {
            // To leave a region out begins the stage: not before its turn.
            var blocked = Entry.blocked(rollout, index, scene, now);
            if (blocked.isPresent()) {
                return blocked.get();
            }
            var region = late.getFirst();
            return Budget.owe(rollout, index, region, observed.of(region).lacks(), scene, now);
        }
        return new Step.Wait(
                stage.name() + ": waiting until every node holds " + rollout.version() + ": "
                        + String.join(
                                "; ",
                                lacking.stream()
                                        .map(region -> observed.of(region).lacks())
                                        .toList())
                        + (late.isEmpty() || left > 0 ? "" : "; the stage's failure budget leaves no region out"),
                null,
                late.isEmpty() && stage.since() != null
                        ? stage.since().plus(rollout.plan().limits().progress())
                        : null,
                NODES);
    }

    static boolean isLate(Rollout rollout, StageProgress stage, Instant now) {
        var since = stage.since();
        return since != null
                && Duration.between(since, now)
                                .compareTo(rollout.plan().limits().progress())
                        >= 0;
    }

    private static Step switchWave(Rollout rollout, int index, Scene scene, Instant now) {
        var stage = rollout.stages().get(index);
        var version = rollout.version();
        return new Step.Change(
                Step.Kind.SWITCHED,
                rollout.with(
                                index,
                                stage.tasks(stage.wave(), task -> task.in(TaskState.SWITCHED))
                                        .enter(StageState.CONVERGING, now))
                        .advancing(false)
                        .displacing(stage.name(), scene.deployment()),
                pointed(rollout, stage, scene.deployment()).staging(Map.of(stage.name(), version.value())),
                stage.name() + ": " + names(stage.wave()) + " switched to " + version + share(rollout, stage));
    }

    static Deployment pointed(Rollout rollout, StageProgress stage, Deployment deployment) {
        var pointers = new java.util.HashMap<RegionName, String>();
        stage.wave().forEach(region -> pointers.put(region, rollout.version().value()));
        // Above it only where a newer hotfix went first that this version contains.
        long lineage = stage.wave().stream()
                .flatMap(region ->
                        java.util.Optional.ofNullable(deployment.regions().get(region)).stream())
                .mapToLong(Deployment.Pointer::lineage)
                .reduce(rollout.lineage(), Math::max);
        return deployment.pointing(pointers, lineage, percent(rollout, stage));
    }

    static int percent(Rollout rollout, StageProgress stage) {
        var ramp = rollout.plan().ramp();
        return stage.rampStep() < ramp.size() ? ramp.get(stage.rampStep()).percent() : 100;
    }

    static String share(Rollout rollout, StageProgress stage) {
        int percent = percent(rollout, stage);
        return percent == 100 ? "" : " for " + percent + " % of the sessions";
    }

    private static Step converge(Rollout rollout, int index, Scene scene, Instant now) {
        var failed = Budget.failing(rollout, index, scene, now);
        if (failed.isPresent()) {
            return failed.get();
        }
        var stage = rollout.stages().get(index);
        var behind = unserved(stage.wave(), scene.observed());
        if (!behind.isEmpty()) {
            return new Step.Wait(
                    stage.name() + ": waiting for " + String.join("; ", behind),
                    null,
                    stage.since() == null
                            ? null
                            : stage.since().plus(rollout.plan().limits().progress()),
                    NODES);
        }
        var loaded = stage;
        for (var region : stage.wave()) {
            loaded = loaded.tasks(
                    List.of(region),
                    task -> task.loadedBy(scene.observed().of(region).boots()));
        }
        return new Step.Change(
                Step.Kind.CONVERGED,
                rollout.with(index, loaded.converged(now)),
                scene.deployment(),
                stage.name() + ": " + names(stage.wave()) + " converged on " + rollout.version()
                        + share(rollout, stage));
    }

    static List<String> behind(List<RegionName> regions, Observation observed) {
        return regions.stream()
                .filter(region -> !observed.of(region).converged())
                .map(region -> observed.of(region).behind())
                .toList();
    }

    /** Whom regions wait for that do not serve their pointer in full, controllers included. */
    static List<String> unserved(List<RegionName> regions, Observation observed) {
        return regions.stream()
                .filter(region -> !observed.of(region).serves())
                .map(region -> observed.of(region).waitsFor())
                .toList();
    }

    static String names(List<RegionName> regions) {
        return String.join(
                ", ", regions.stream().map(RegionName::value).distinct().toList());
    }
}
