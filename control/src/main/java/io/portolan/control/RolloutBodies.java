package io.portolan.control;

import io.portolan.model.RolloutKind;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.StageProgress;
import io.portolan.protocol.rest.ExtensionBody;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Shows rollouts as the REST interface does. Thread-safe. */
final class RolloutBodies {
    private final Engine engine;
    private final FleetObserver observer;
    private final InstantSource clock;

    RolloutBodies(Engine engine, FleetObserver observer, InstantSource clock) {
        this.engine = engine;
        this.observer = observer;
        this.clock = clock;
    }

    RolloutBody body(Reader reader, Rollout rollout) {
        var deployment = Lookup.deployment(reader, rollout.environment(), rollout.extension());
        int converged = 0;
        if (rollout.kind() == RolloutKind.ROLLBACK && !rollout.state().isFinal()) {
            var observed = observer.observe(reader, rollout, deployment, clock.instant());
            converged = (int) rollout.regions().stream()
                    .filter(region -> observed.of(region).converged())
                    .count();
        }
        return body(rollout, deployment.value(), converged);
    }

    /** Of a rollout that was just started or steered: nothing has converged on it. */
    RolloutBody body(Rollout rollout, Deployment deployment) {
        return body(rollout, deployment, 0);
    }

    private RolloutBody body(Rollout rollout, Deployment deployment, int converged) {
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
                stages(rollout),
                waitingFor(rollout),
                rollout.startedAt(),
                rollout.endedAt(),
                figures == null ? null : figures.to(),
                figures == null ? null : rollout.regions().size(),
                figures == null
                        ? null
                        : rollout.state().isFinal() && figures.elapsedMillis() != null
                                ? Integer.valueOf(rollout.regions().size())
                                : Integer.valueOf(converged),
                figures == null ? null : figures.elapsedMillis(),
                figures == null ? null : figures.blobsMoved(),
                figures == null ? null : hold(deployment));
    }

    private static ExtensionBody.@Nullable Hold hold(Deployment deployment) {
        var hold = deployment.hold();
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
        var required = rollout.plan().stages().get(index).bake();
        return ticked.plus(required.minus(stage.healthyFor()));
    }

    private RolloutBody.@Nullable WaitingFor waitingFor(Rollout rollout) {
        if (rollout.state().isFinal()) {
            return null;
        }
        return engine.waiting(rollout.id())
                .map(waiting -> new RolloutBody.WaitingFor(
                        waiting.step().text(),
                        waiting.since(),
                        waiting.step().until(),
                        waiting.step().actors()))
                .orElse(new RolloutBody.WaitingFor(
                        "the engine takes it up", rollout.startedAt(), null, List.of("engine")));
    }
}
