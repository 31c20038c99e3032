package io.portolan.control;

import io.portolan.model.RolloutKind;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Baking;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Plans;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.RolloutPlan;
import io.portolan.planner.rollout.StageProgress;
import io.portolan.planner.rollout.TaskState;
import io.portolan.planner.rollout.Waves;
import io.portolan.planner.rollout.Window;
import io.portolan.protocol.rest.ExtensionBody;
import io.portolan.protocol.rest.PlanBody;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Shows rollouts as the REST interface does. Thread-safe. */
final class RolloutBodies {
    private final Engine engine;
    private final FleetObserver observer;
    private final Warming warming;
    private final InstantSource clock;

    RolloutBodies(Engine engine, FleetObserver observer, Warming warming, InstantSource clock) {
        this.warming = warming;
        this.engine = engine;
        this.observer = observer;
        this.clock = clock;
    }

    RolloutBody body(Reader reader, Rollout rollout) {
        var deployment = Lookup.deployment(reader, rollout.environment(), rollout.extension());
        int converged = 0;
        if (rollout.kind() == RolloutKind.ROLLBACK && !rollout.state().isFinal()) {
            var observed = observer.observe(reader, rollout, deployment, List.of(), clock.instant());
            converged = (int) rollout.regions().stream()
                    .filter(region -> observed.of(region).converged())
                    .count();
        }
        return body(
                rollout,
                deployment.value(),
                converged,
                WindowsApi.concerning(reader, rollout.environment(), rollout.extension()));
    }

    /** Of a rollout that was just started or steered: nothing has converged on it. */
    RolloutBody body(Rollout rollout, Deployment deployment) {
        return body(rollout, deployment, 0, List.of());
    }

    /** Of one that was just started. */
    RolloutBody body(Rollout rollout, Deployment deployment, List<Window> windows) {
        return body(rollout, deployment, 0, windows);
    }

    private RolloutBody body(Rollout rollout, Deployment deployment, int converged, List<Window> windows) {
        var figures = rollout.rollback();
        return new RolloutBody(
                rollout.id(),
                rollout.extension(),
                rollout.environment(),
                rollout.version(),
                rollout.base().isEmpty() ? null : new VersionLabel(rollout.base()),
                rollout.kind(),
                rollout.state(),
                rollout.reason(),
                rollout.planHash(),
                figures == null ? plan(rollout, windows) : null,
                stages(rollout),
                lost(rollout),
                rollout.approvals().stream()
                        .map(approval -> new RolloutBody.ApprovalBody(
                                approval.stage(), approval.actor(), approval.at(), approval.expiresAt()))
                        .toList(),
                waitingFor(rollout),
                warming.told(rollout.id()),
                rollout.startedAt(),
                rollout.endedAt(),
                figures == null ? null : figures.to(),
                figures == null ? null : rollout.regions().size(),
                figures == null
                        ? null
                        : rollout.state().isFinal() && figures.elapsedMillis() != null
                                ? Integer.valueOf((int) rollout.stages().stream()
                                        .mapToLong(stage ->
                                                stage.in(TaskState.SEALED).size())
                                        .sum())
                                : Integer.valueOf(converged),
                figures == null ? null : figures.elapsedMillis(),
                figures == null ? null : figures.blobsMoved(),
                figures == null ? null : hold(rollout, deployment));
    }

    static PlanBody plan(Rollout rollout, List<Window> windows) {
        var plan = rollout.plan();
        return new PlanBody(
                plan.name(),
                plan.stages().stream()
                        .map(stage -> new PlanBody.StagePlan(
                                stage.name(),
                                Waves.all(plan, stage),
                                stage.bake(),
                                stage.maxFailedRegions(),
                                stage.approval()))
                        .toList(),
                plan.minimumBake(),
                plan.limits().waveBake(),
                plan.limits().maxRegionsAtOnce(),
                plan.ramp().stream()
                        .map(step -> new PlanBody.Ramp(step.percent(), step.bake()))
                        .toList(),
                plan.policy().onFail().name().toLowerCase(Locale.ROOT),
                plan.policy().twoPersons(),
                Plans.predictedEnd(plan, windows, rollout.startedAt()),
                plan.left().stream().map(RolloutPlan.PlannedStage::name).toList(),
                !plan.unchecked());
    }

    private static List<RolloutBody.Lost> lost(Rollout rollout) {
        return rollout.stages().stream()
                .flatMap(stage -> stage.tasks().entrySet().stream())
                .filter(entry -> entry.getValue().state().isLost())
                .map(entry -> new RolloutBody.Lost(
                        entry.getKey(),
                        entry.getValue().state().name(),
                        entry.getValue().reason()))
                .toList();
    }

    /** The hold that a rollback set: of its regions where it was of some of them. */
    private static ExtensionBody.@Nullable Hold hold(Rollout rollout, Deployment deployment) {
        var hold = rollout.regions().stream()
                .flatMap(region -> Optional.ofNullable(deployment.regionHolds().get(region)).stream())
                .findFirst()
                .orElse(deployment.hold());
        return hold == null ? null : new ExtensionBody.Hold(hold.reason(), hold.at(), hold.withdrawn());
    }

    private static List<RolloutBody.StageBody> stages(Rollout rollout) {
        return IntStream.range(0, rollout.stages().size())
                .mapToObj(i -> {
                    var stage = rollout.stages().get(i);
                    return new RolloutBody.StageBody(
                            stage.name(),
                            stage.regions(),
                            stage.state(),
                            stage.convergedAt(),
                            bakeUntil(rollout, i, stage),
                            stage.verdict());
                })
                .toList();
    }

    private static @Nullable Instant bakeUntil(Rollout rollout, int index, StageProgress stage) {
        var ticked = stage.tickedAt();
        if (stage.state() != StageState.BAKING || ticked == null) {
            return null;
        }
        var required = Baking.required(rollout, index);
        return ticked.plus(required.minus(stage.healthyFor()));
    }

    private RolloutBody.@Nullable WaitingFor waitingFor(Rollout rollout) {
        if (rollout.state().isFinal()) {
            return null;
        }
        return engine.waiting(rollout.id())
                .filter(waiting -> waiting.isOf(rollout))
                .map(waiting -> new RolloutBody.WaitingFor(
                        waiting.step().text(),
                        waiting.since(),
                        waiting.step().until(),
                        waiting.step().actors()))
                .orElse(new RolloutBody.WaitingFor(
                        "the engine takes it up", rollout.startedAt(), null, List.of("engine")));
    }
}
