package io.portolan.control;

import io.portolan.model.RolloutState;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.Starting;
import io.portolan.planner.rollout.Step;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.List;

/** Records what the rules of starting and of rolling back decided, in one transaction. Thread-safe. */
final class StartedRollouts {
    private final RolloutLog rolloutLog = new RolloutLog();

    /** Who started it, from where. */
    record By(String actor, String origin) {}

    /**
     * Records the new rollout, the deployment, and those rollouts that it changes or ends.
     *
     * @param running rollouts of the extension that are not final
     */
    void record(
            Writer tx,
            Starting.Started started,
            List<Table.Row<Rollout>> running,
            Table.Row<Deployment> deployment,
            By by,
            Instant now) {
        var change = started.started();
        started.ended().forEach(rollout -> other(tx, Step.Kind.ENDED, rollout, running, deployment, change, by, now));
        started.changed().forEach(rollout -> {
            var kind = rollout.state() == RolloutState.ROLLING_BACK ? Step.Kind.REVERTING : Step.Kind.REGION_FAILED;
            other(tx, kind, rollout, running, deployment, change, by, now);
        });
        Rollouts.save(tx, Table.rolloutKey(change.rollout().id()), Writer.ABSENT, change.rollout());
        Deployments.save(tx, deployment, change.deployment());
        rolloutLog.append(tx, change, change.rollout(), deployment.value(), by.actor(), by.origin(), now);
    }

    private void other(
            Writer tx,
            Step.Kind kind,
            Rollout rollout,
            List<Table.Row<Rollout>> running,
            Table.Row<Deployment> deployment,
            Step.Change started,
            By by,
            Instant now) {
        var row = running.stream()
                .filter(other -> other.value().id().equals(rollout.id()))
                .findFirst()
                .orElseThrow();
        // The deployment is recorded once, with the new rollout.
        var change = new Step.Change(
                kind,
                rollout,
                deployment.value(),
                started.rollout().id() + ": " + started.rollout().reason());
        Rollouts.save(tx, row.key(), row.generation(), rollout);
        rolloutLog.append(tx, change, row.value(), deployment.value(), by.actor(), by.origin(), now);
    }
}
