package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Bake and gate of one wave. Pure. */
public final class Baking {
    private Baking() {}

    static Step bake(Rollout rollout, int index, Scene scene, Instant now) {
        var failed = Budget.failing(rollout, index, scene, now);
        if (failed.isPresent()) {
            return failed.get();
        }
        var stage = rollout.stages().get(index);
        var behind = RolloutPlanner.unserved(stage.wave(), scene.observed());
        if (!behind.isEmpty()) {
            // Unhealthy time does not count: the next healthy look starts a new tick.
            return stage.tickedAt() == null
                    ? new Step.Wait(
                            stage.name() + ": bake stands still, waiting for " + String.join("; ", behind),
                            null,
                            null,
                            RolloutPlanner.NODES)
                    : tick(
                            rollout.with(
                                    index,
                                    stage.healthy(stage.healthyFor(), null).enter(StageState.BAKING, now)),
                            scene,
                            stage);
        }
        if (stage.tickedAt() == null) {
            return tick(rollout.with(index, stage.healthy(stage.healthyFor(), now)), scene, stage);
        }
        var counted = countable(stage.tickedAt(), now);
        var total = stage.healthyFor().plus(counted);
        var required = required(rollout, index);
        var missing = required.minus(total);
        if (!missing.isPositive()) {
            return new Step.Change(
                    Step.Kind.GATING,
                    rollout.with(index, stage.healthy(total, now).enter(StageState.GATING, now)),
                    scene.deployment(),
                    stage.name() + " was healthy for " + Spans.text(total));
        }
        if (counted.compareTo(RolloutPlanner.TICK) >= 0 || now.isBefore(stage.tickedAt())) {
            return tick(rollout.with(index, stage.healthy(total, now)), scene, stage);
        }
        var end = now.plus(missing);
        var nextTick = stage.tickedAt().plus(RolloutPlanner.TICK);
        boolean paused = rollout.state() == RolloutState.PAUSED;
        return new Step.Wait(
                (paused ? "paused; meanwhile " : "") + stage.name() + ": baking" + RolloutPlanner.share(rollout, stage)
                        + ", healthy for " + Spans.text(total) + " of " + Spans.text(required),
                paused ? null : end,
                end.isBefore(nextTick) ? end : nextTick,
                paused ? List.of("anyone who may resume or abort it") : List.of("engine", "anyone who may advance it"));
    }

    private static Step tick(Rollout rollout, Scene scene, StageProgress stage) {
        return new Step.Change(Step.Kind.TICKED, rollout, scene.deployment(), stage.name() + " bakes");
    }

    private static Duration countable(Instant from, Instant now) {
        var passed = Duration.between(from, now);
        if (passed.isNegative()) {
            return Duration.ZERO;
        }
        return passed.compareTo(RolloutPlanner.LONGEST_TICK) > 0 ? RolloutPlanner.LONGEST_TICK : passed;
    }

    /** Healthy time that the present wave needs. */
    public static Duration required(Rollout rollout, int index) {
        var plan = rollout.plan();
        var stage = rollout.stages().get(index);
        var bake = stage.rampStep() < plan.ramp().size()
                ? plan.ramp().get(stage.rampStep()).bake()
                : Waves.bake(
                        plan,
                        plan.stages().get(index),
                        stage.in(TaskState.PLANNED).isEmpty(),
                        stage.wave());
        var least = plan.minimumBake();
        return rollout.advance() && least.compareTo(bake) < 0 ? least : bake;
    }

    static Step gate(Rollout rollout, int index, Scene scene, Instant now) {
        var failed = Budget.failing(rollout, index, scene, now);
        if (failed.isPresent()) {
            return failed.get();
        }
        var stage = rollout.stages().get(index);
        var behind = RolloutPlanner.unserved(stage.wave(), scene.observed());
        var gate = rollout.plan().unchecked() ? Gate.UNCHECKED : scene.gate();
        var verdict = gate.decide(
                rollout.plan().stages().get(index),
                new Gate.Evidence(
                        behind.isEmpty(),
                        stage.healthyFor(),
                        required(rollout, index),
                        controllers(stage, scene.observed())),
                now);
        return switch (verdict.outcome()) {
            case PASS -> passed(rollout, index, scene, verdict, now);
            case FAIL ->
                Reverting.onFailure(
                        rollout.with(index, stage.judged("FAIL: " + verdict.reason())),
                        scene.deployment(),
                        "gate of " + stage.name() + " failed: " + verdict.reason(),
                        now);
            case INCONCLUSIVE, ERROR -> unsure(rollout, index, scene, verdict, behind, now);
        };
    }

    private static Map<RegionName, Observation.Controllers> controllers(StageProgress stage, Observation observed) {
        var seen = new TreeMap<RegionName, Observation.Controllers>();
        stage.wave().forEach(region -> seen.put(region, observed.of(region).controllers()));
        return seen;
    }

    private static Step passed(Rollout rollout, int index, Scene scene, Verdict verdict, Instant now) {
        var stage = rollout.stages().get(index);
        if (rollout.state() == RolloutState.PAUSED) {
            return Entry.paused("sealing stage " + stage.name());
        }
        var judged = stage.judged("PASS: " + verdict.reason());
        if (stage.rampStep() < rollout.plan().ramp().size()) {
            var closed = Entry.closed(rollout, stage, scene, now);
            if (closed.isPresent()) {
                return closed.get();
            }
            var next = judged.rampTo(stage.rampStep() + 1, now);
            return new Step.Change(
                    Step.Kind.RAMPED,
                    rollout.with(index, next).advancing(false),
                    RolloutPlanner.pointed(rollout, next, scene.deployment()),
                    stage.name() + " ramps to " + RolloutPlanner.percent(rollout, next) + " %: " + verdict.reason());
        }
        if (stage.in(TaskState.PLANNED).isEmpty()) {
            var joining = Joining.beforeSealing(rollout, index, judged, scene, now);
            if (joining.isPresent()) {
                return joining.get();
            }
            judged = Joining.sealed(judged, scene);
        }
        var sealed = judged.tasks(stage.wave(), task -> task.in(TaskState.SEALED));
        var deployment = scene.deployment().sealing(sealed.in(TaskState.SEALED), rollout.version());
        if (!stage.in(TaskState.PLANNED).isEmpty()) {
            return new Step.Change(
                    Step.Kind.WAVE_SEALED,
                    rollout.with(index, sealed.moving(List.of(), now)).advancing(false),
                    deployment,
                    stage.name() + ": " + RolloutPlanner.names(stage.wave()) + " sealed: " + verdict.reason());
        }
        return new Step.Change(
                Step.Kind.SEALED,
                rollout.with(index, sealed.enter(StageState.SEALED, now)).advancing(false),
                deployment,
                stage.name() + " sealed: " + verdict.reason());
    }

    /** Neither passes nor fails: no data is never a pass, and for ever is too long to wait without a person. */
    private static Step unsure(
            Rollout rollout, int index, Scene scene, Verdict verdict, List<String> behind, Instant now) {
        var stage = rollout.stages().get(index);
        var said = verdict.outcome() + ": " + verdict.reason();
        var since = stage.unsureSince();
        if (since == null) {
            return new Step.Change(
                    Step.Kind.UNSURE,
                    rollout.with(index, stage.unsure(said, now)),
                    scene.deployment(),
                    "gate of " + stage.name() + " says " + said);
        }
        var limit = since.plus(rollout.plan().policy().unsureLimit());
        if (!now.isBefore(limit) && rollout.state() == RolloutState.RUNNING) {
            var why = "gate of " + stage.name() + " has said " + verdict.outcome() + " for "
                    + Spans.text(Duration.between(since, now)) + ": " + verdict.reason();
            return new Step.Change(
                    Step.Kind.UNSURE,
                    rollout.with(index, stage.unsure(said, now)).in(RolloutState.PAUSED, "", now),
                    scene.deployment(),
                    why + ": waits for a person");
        }
        var check = verdict.nextCheck();
        return new Step.Wait(
                (rollout.state() == RolloutState.PAUSED ? "paused, " : "") + stage.name() + ": gate says " + said
                        + (behind.isEmpty() ? "" : ", waiting for " + String.join("; ", behind)),
                limit.isAfter(now) ? limit : null,
                check != null && check.isBefore(limit) ? check : limit.isAfter(now) ? limit : check,
                rollout.state() == RolloutState.PAUSED
                        ? List.of("anyone who may resume or abort it")
                        : List.of("engine", "anyone who may abort it"));
    }
}
