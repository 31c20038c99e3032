package io.portolan.control;

import io.portolan.planner.rollout.CatchingUp;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.Step;
import io.portolan.protocol.Json;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the log rows of rollouts, in the transaction of the change; ticks of a bake leave no row. Thread-safe. */
final class RolloutLog {
    private static final Logger LOG = LoggerFactory.getLogger(RolloutLog.class);

    void append(
            Writer tx, Step.Change change, Rollout before, Deployment old, String actor, String origin, Instant now) {
        if (change.kind() == Step.Kind.TICKED) {
            return;
        }
        var rollout = change.rollout();
        var data = new LinkedHashMap<String, Object>();
        data.put("rollout", rollout.id());
        data.put("extension", rollout.extension());
        data.put("environment", rollout.environment());
        data.put("version", rollout.version());
        data.put("kind", rollout.kind());
        data.put("step", change.kind());
        data.put("before", state(before, old));
        data.put("after", state(rollout, change.deployment()));
        data.put("record", Map.of("rollout", rollout, "deployment", change.deployment()));
        tx.append(new LogEntry(
                rollout.state() == before.state() && change.kind() != Step.Kind.STARTED
                        ? "portolan.rollout.step"
                        : "portolan.rollout.state",
                "rollout/" + rollout.id(),
                actor,
                origin,
                change.cause(),
                Json.text(data),
                now));
        LOG.info(
                "rollout id={} extension={} version={} state={} step={} cause=\"{}\"",
                rollout.id(),
                rollout.extension(),
                rollout.version(),
                rollout.state(),
                change.kind(),
                change.cause());
    }

    /** A region got what was owed to it. */
    void caughtUp(Writer tx, CatchingUp.Change change, Instant now) {
        var deployment = change.deployment();
        tx.append(new LogEntry(
                "portolan.region.caught-up",
                "deployment/" + deployment.environment() + "/" + deployment.extension(),
                "engine",
                "control",
                change.cause(),
                Json.text(Map.of("record", Map.of("deployment", deployment))),
                now));
        LOG.info("extension={} caught up cause=\"{}\"", deployment.extension(), change.cause());
    }

    private static LinkedHashMap<String, Object> state(Rollout rollout, Deployment deployment) {
        var stages = new LinkedHashMap<String, String>();
        rollout.stages().forEach(stage -> stages.put(stage.name(), stage.state().name()));
        var regions = new TreeMap<String, String>();
        deployment
                .regions()
                .forEach((region, pointer) ->
                        regions.put(region.value(), pointer.version().value()));
        var state = new LinkedHashMap<String, Object>();
        state.put("state", rollout.state());
        state.put("stages", stages);
        state.put("regions", regions);
        state.put("slots", new TreeMap<>(deployment.slots()));
        return state;
    }
}
