package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides the next step of a rollout. Pure: the same arguments give the same step.
 *
 * <p>Stages go in sequence. A stage without regions is skipped, but its alias takes the version. Otherwise: preload (every node
 * in rotation of its regions holds the version), switch, converge, bake, gate, seal. Healthy time is accumulated tick by tick and
 * persisted; no tick counts more than {@link #LONGEST_TICK}, so neither a jump of the clock nor an outage of the engine completes
 * a bake. A paused rollout still counts healthy time and makes no forward move.
 */
public final class RolloutPlanner {
    /** Healthy time is recorded about this often. */
    public static final Duration TICK = Duration.ofSeconds(1);

    /** The most that one tick can count. */
    public static final Duration LONGEST_TICK = Duration.ofSeconds(5);

    private static final List<String> NODES = List.of("region nodes");

    private RolloutPlanner() {}

    /** The next step. */
    public static Step next(Rollout rollout, Deployment deployment, Observation observed, Gate gate, Instant now) {
        return switch (rollout.state()) {
            case QUEUED, RUNNING, PAUSED ->
                rollout.kind() == RolloutKind.ROLLBACK
                        ? nextOfRollback(rollout, deployment, observed, now)
                        : nextOfStages(rollout, deployment, observed, gate, now);
            case ROLLING_BACK -> nextOfRevert(rollout, deployment, observed, now);
            case SUCCEEDED, ROLLED_BACK, ROLLED_BACK_PARTIAL, HALTED, SUPERSEDED, CANCELLED, REJECTED ->
                new Step.Done();
        };
    }

    private static Step nextOfStages(
            Rollout rollout, Deployment deployment, Observation observed, Gate gate, Instant now) {
        for (int i = 0; i < rollout.stages().size(); i++) {
            if (!rollout.stages().get(i).done()) {
                return nextOfStage(rollout, i, deployment, observed, gate, now);
            }
        }
        return paused(rollout) ? waitForResume("completion") : complete(rollout, deployment, now);
    }

    private static Step nextOfStage(
            Rollout rollout, int index, Deployment deployment, Observation observed, Gate gate, Instant now) {
        var stage = rollout.stages().get(index);
        var version = rollout.version();
        return switch (stage.state()) {
            case PENDING -> {
                if (paused(rollout)) {
                    yield waitForResume("stage " + stage.name());
                }
                yield stage.regions().isEmpty()
                        ? new Step.Change(
                                Step.Kind.SKIPPED,
                                rollout.with(index, stage.in(StageState.SKIPPED)),
                                deployment.staging(Map.of(stage.name(), version.value())),
                                stage.name() + " has no region: alias set to " + version)
                        : new Step.Change(
                                Step.Kind.APPLYING,
                                rollout.with(index, stage.in(StageState.APPLYING)),
                                deployment,
                                stage.name() + ": waiting until its regions hold " + version);
            }
            case APPLYING -> {
                var lacking = stage.regions().stream()
                        .filter(region -> !observed.of(region).holds())
                        .map(region -> observed.of(region).lacks())
                        .toList();
                if (!lacking.isEmpty()) {
                    yield new Step.Wait(
                            stage.name() + ": waiting until every node holds " + version + ": "
                                    + String.join("; ", lacking),
                            null,
                            null,
                            NODES);
                }
                yield paused(rollout)
                        ? waitForResume("the switch of stage " + stage.name())
                        : switchStage(rollout, index, deployment);
            }
            case CONVERGING -> {
                var behind = behind(stage.regions(), observed);
                yield behind.isEmpty()
                        ? new Step.Change(
                                Step.Kind.CONVERGED,
                                rollout.with(index, stage.converged(now)),
                                deployment,
                                stage.name() + " converged on " + version)
                        : new Step.Wait(stage.name() + ": waiting for " + String.join("; ", behind), null, null, NODES);
            }
            case BAKING -> bake(rollout, index, deployment, observed, now);
            case GATING -> gate(rollout, index, deployment, observed, gate, now);
            case SKIPPED, SEALED, REVERTED -> throw new IllegalStateException("stage " + stage.name() + " is done");
        };
    }

    private static Step switchStage(Rollout rollout, int index, Deployment deployment) {
        var stage = rollout.stages().get(index);
        var version = rollout.version().value();
        var pointers = new HashMap<RegionName, String>();
        stage.regions().forEach(region -> pointers.put(region, version));
        return new Step.Change(
                Step.Kind.SWITCHED,
                rollout.with(index, stage.in(StageState.CONVERGING)).advancing(false),
                deployment.pointing(pointers).staging(Map.of(stage.name(), version)),
                stage.name() + " switched to " + version);
    }

    private static Step bake(Rollout rollout, int index, Deployment deployment, Observation observed, Instant now) {
        var stage = rollout.stages().get(index);
        var behind = behind(stage.regions(), observed);
        if (!behind.isEmpty()) {
            // Unhealthy time does not count: the next healthy look starts a new tick.
            return stage.tickedAt() == null
                    ? new Step.Wait(
                            stage.name() + ": bake stands still, waiting for " + String.join("; ", behind),
                            null,
                            null,
                            NODES)
                    : tick(rollout.with(index, stage.healthy(stage.healthyFor(), null)), deployment, stage);
        }
        if (stage.tickedAt() == null) {
            return tick(rollout.with(index, stage.healthy(stage.healthyFor(), now)), deployment, stage);
        }
        var counted = countable(stage.tickedAt(), now);
        var total = stage.healthyFor().plus(counted);
        var missing = required(rollout, index).minus(total);
        if (!missing.isPositive()) {
            return new Step.Change(
                    Step.Kind.GATING,
                    rollout.with(index, stage.healthy(total, now).in(StageState.GATING)),
                    deployment,
                    stage.name() + " was healthy for " + Spans.text(total));
        }
        if (counted.compareTo(TICK) >= 0 || now.isBefore(stage.tickedAt())) {
            return tick(rollout.with(index, stage.healthy(total, now)), deployment, stage);
        }
        var end = now.plus(missing);
        var nextTick = stage.tickedAt().plus(TICK);
        return new Step.Wait(
                stage.name() + ": baking, healthy for " + Spans.text(total) + " of "
                        + Spans.text(required(rollout, index)),
                end,
                end.isBefore(nextTick) ? end : nextTick,
                List.of("engine", "anyone who may advance it"));
    }

    private static Step tick(Rollout rollout, Deployment deployment, StageProgress stage) {
        return new Step.Change(Step.Kind.TICKED, rollout, deployment, stage.name() + " bakes");
    }

    private static Duration countable(Instant from, Instant now) {
        var passed = Duration.between(from, now);
        if (passed.isNegative()) {
            return Duration.ZERO;
        }
        return passed.compareTo(LONGEST_TICK) > 0 ? LONGEST_TICK : passed;
    }

    private static Duration required(Rollout rollout, int index) {
        var bake = rollout.plan().stages().get(index).bake();
        var least = rollout.plan().minimumBake();
        return rollout.advance() && least.compareTo(bake) < 0 ? least : bake;
    }

    private static Step gate(
            Rollout rollout, int index, Deployment deployment, Observation observed, Gate gate, Instant now) {
        var stage = rollout.stages().get(index);
        var behind = behind(stage.regions(), observed);
        var verdict = gate.decide(
                rollout.plan().stages().get(index),
                new Gate.Evidence(behind.isEmpty(), stage.healthyFor(), required(rollout, index)),
                now);
        return switch (verdict.outcome()) {
            case PASS ->
                paused(rollout)
                        ? waitForResume("sealing stage " + stage.name())
                        : new Step.Change(
                                Step.Kind.SEALED,
                                rollout.with(
                                                index,
                                                stage.judged("PASS: " + verdict.reason())
                                                        .in(StageState.SEALED))
                                        .advancing(false),
                                deployment,
                                stage.name() + " sealed: " + verdict.reason());
            case FAIL ->
                Steering.revert(
                        rollout.with(index, stage.judged("FAIL: " + verdict.reason())),
                        deployment,
                        "gate of " + stage.name() + " failed: " + verdict.reason());
            case INCONCLUSIVE, ERROR ->
                new Step.Wait(
                        stage.name() + ": gate says " + verdict.outcome() + ": " + verdict.reason()
                                + (behind.isEmpty() ? "" : ", waiting for " + String.join("; ", behind)),
                        null,
                        verdict.nextCheck(),
                        List.of("engine", "anyone who may abort it"));
        };
    }

    private static Step complete(Rollout rollout, Deployment deployment, Instant now) {
        return new Step.Change(
                Step.Kind.COMPLETED,
                rollout.ended(RolloutState.SUCCEEDED, "", now),
                promote(rollout, deployment),
                rollout.version() + " completed its rollout");
    }

    /** Sets the slots: a hotfix has two of its own, every other kind moves last known good. */
    private static Deployment promote(Rollout rollout, Deployment deployment) {
        boolean hotfix = rollout.kind() == RolloutKind.HOTFIX;
        var last = hotfix ? Slot.LAST_HOTFIX : Slot.LKG;
        var previous = hotfix ? Slot.PREVIOUS_HOTFIX : Slot.PREVIOUS_LKG;
        var slots = new HashMap<>(deployment.slots());
        VersionLabel old = slots.get(last);
        if (old != null && !old.equals(rollout.version())) {
            slots.put(previous, old);
        }
        slots.put(last, rollout.version());
        return deployment.slotting(slots).remembering(rollout.version());
    }

    private static Step nextOfRevert(Rollout rollout, Deployment deployment, Observation observed, Instant now) {
        var reverted = rollout.stages().stream()
                .filter(stage -> stage.state() == StageState.REVERTED)
                .flatMap(stage -> stage.regions().stream())
                .toList();
        var behind = behind(reverted, observed);
        return behind.isEmpty()
                ? new Step.Change(
                        Step.Kind.ENDED,
                        rollout.ended(RolloutState.ROLLED_BACK, "", now),
                        deployment,
                        "every touched region is back")
                : new Step.Wait("reverting: waiting for " + String.join("; ", behind), null, null, NODES);
    }

    private static Step nextOfRollback(Rollout rollout, Deployment deployment, Observation observed, Instant now) {
        var behind = behind(rollout.regions(), observed);
        if (!behind.isEmpty()) {
            return new Step.Wait("waiting for " + String.join("; ", behind), null, null, NODES);
        }
        var figures = rollout.rollback();
        if (figures == null) {
            throw new IllegalStateException("rollout " + rollout.id() + " is a rollback without figures");
        }
        var last = rollout.regions().stream()
                .map(region -> observed.of(region).acknowledgedAt())
                .max(Instant::compareTo)
                .orElse(now);
        // After a restart of the engine the receipt times are those of repeated status: never more than now.
        long elapsed = Math.max(
                0,
                Duration.between(rollout.startedAt(), last.isAfter(now) ? now : last)
                        .toMillis());
        long moved = observed.fetchedNow().entrySet().stream()
                .mapToLong(entry -> entry.getValue() - figures.fetchedBefore().getOrDefault(entry.getKey(), 0L))
                .sum();
        var sealed = rollout.stages().stream()
                .map(stage -> stage.regions().isEmpty() ? stage.in(StageState.SKIPPED) : stage.in(StageState.SEALED))
                .toList();
        return new Step.Change(
                Step.Kind.ROLLBACK_CONVERGED,
                rollout.stages(sealed)
                        .measured(new Rollout.RollbackFigures(figures.to(), figures.fetchedBefore(), elapsed, moved))
                        .ended(RolloutState.SUCCEEDED, "", now),
                deployment,
                "every region is back on " + rollout.version());
    }

    private static List<String> behind(List<RegionName> regions, Observation observed) {
        return regions.stream()
                .filter(region -> !observed.of(region).converged())
                .map(region -> observed.of(region).behind())
                .toList();
    }

    private static boolean paused(Rollout rollout) {
        return rollout.state() == RolloutState.PAUSED;
    }

    private static Step.Wait waitForResume(String what) {
        return new Step.Wait("paused before " + what, null, null, List.of("anyone who may resume it"));
    }
}
