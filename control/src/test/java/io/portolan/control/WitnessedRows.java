package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.planner.rollout.Baking;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.RolloutPlanner;
import io.portolan.planner.rollout.Step;
import io.portolan.planner.rollout.TaskState;
import io.portolan.protocol.Json;
import io.portolan.storage.LogRow;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Judges each row about a rollout by the rows before it, by what the simulated nodes really hold and by the time that really passed:
 * without the executor's own checks, and so also of an executor that has none. One thread at a time.
 */
final class WitnessedRows {
    private static final Set<Step.Kind> BACK = EnumSet.of(
            Step.Kind.REVERTING, Step.Kind.REGION_FAILED, Step.Kind.ROLLBACK_STARTED, Step.Kind.ROLLBACK_SWITCHED);

    /** Moves that a gate lets through. */
    private static final Set<Step.Kind> ON = EnumSet.of(Step.Kind.RAMPED, Step.Kind.WAVE_SEALED, Step.Kind.SEALED);

    private final SimulatedFleet fleet;
    private final WitnessedOverrides overrides;
    private final WitnessedJoins joins;
    private final Map<String, Rollout> rollouts = new TreeMap<>();
    private final Map<String, Moved> moved = new HashMap<>();
    private Optional<Deployment> deployment = Optional.empty();

    /** When a stage of a rollout last moved. */
    private record Moved(Duration at, int jumps) {}

    WitnessedRows(SimulatedFleet fleet) {
        this.fleet = fleet;
        overrides = new WitnessedOverrides(fleet);
        joins = new WitnessedJoins(fleet);
    }

    void look(LogRow row, Duration elapsed, int jumps) {
        var data = Json.mapper().readTree(row.entry().data());
        var record = data.path("record");
        if (!record.path("deployment").isObject()) {
            overrides.environment(row);
            joins.look(row, elapsed, jumps);
            deployment.ifPresent(present -> overrides.look(row, rollouts, present));
            return;
        }
        var after = Json.mapper().treeToValue(record.path("deployment"), Deployment.class);
        if (record.path("rollout").isObject()) {
            var is = Json.mapper().treeToValue(record.path("rollout"), Rollout.class);
            var kind = Step.Kind.valueOf(data.path("step").asString());
            Optional.ofNullable(rollouts.get(is.id())).ifPresent(was -> states(was, is, kind));
            pointers(row, kind, after);
            if (kind == Step.Kind.SWITCHED) {
                switched(is, after);
            }
            overrides.step(is, kind);
            joins.step(is, kind);
            baked(is, kind, elapsed, jumps);
            if (ON.contains(kind)
                    && !is.plan().unchecked()
                    && FlappingGate.at(row.entry().at()) != FlappingGate.Mood.DATA) {
                throw new Broken("I7: " + is.id() + " " + kind + " while the gate had "
                        + FlappingGate.at(row.entry().at()));
            }
            rollouts.put(is.id(), is);
        } else {
            joins.pointed(row, deployment, after, rollouts);
            catchingUp(row, after);
        }
        deployment = Optional.of(after);
    }

    /** Overrides that became a rollback. */
    int adopted() {
        return overrides.adopted();
    }

    /** Overrides that were taken over for regions that told of them late. */
    int extended() {
        return overrides.extended();
    }

    /** How often a joining region was given a version. */
    int given() {
        return joins.given();
    }

    /** How often a joining region came to all of its users. */
    int lives() {
        return joins.lives();
    }

    /** The engine of the process with this registry has made a whole turn. */
    void turned(NodeRegistry registry) {
        deployment.ifPresent(present -> overrides.turned(registry, present));
    }

    private static void states(Rollout was, Rollout is, Step.Kind kind) {
        if (was.state().isFinal()) {
            throw new Broken("states: " + is.id() + " is " + was.state() + " and had " + kind);
        }
        if (was.state() == RolloutState.ROLLING_BACK
                && is.state() != RolloutState.ROLLING_BACK
                && is.state() != RolloutState.ROLLED_BACK
                && is.state() != RolloutState.ROLLED_BACK_PARTIAL) {
            throw new Broken("I4: " + is.id() + " was reverting and is " + is.state());
        }
        if (!was.plan().equals(is.plan()) || !was.planHash().equals(is.planHash())) {
            throw new Broken("plan: " + is.id() + " has another plan than it began with");
        }
    }

    private void pointers(LogRow row, Step.Kind kind, Deployment after) {
        if (deployment.isEmpty()) {
            return;
        }
        var before = deployment.get();
        for (var region : union(before, after)) {
            var old = before.regions().get(region);
            var next = after.regions().get(region);
            if (Objects.equals(old, next)) {
                continue;
            }
            if (next != null && next.fence() <= before.fence()) {
                throw new Broken("I1: " + region + " moved at fence " + next.fence() + " after " + before.fence());
            }
            if (next == null && WitnessedJoins.isLeaving(row)) {
                continue;
            }
            if (!BACK.contains(kind) && old != null && (next == null || next.lineage() < old.lineage())) {
                throw new Broken("I2: lineage of " + region + " fell by " + kind);
            }
        }
        if (kind == Step.Kind.ROLLBACK_STARTED
                && (row.entry().actor().isEmpty() || row.entry().reason().isEmpty())) {
            throw new Broken("I2: a rollback without actor or reason");
        }
        if (after.fence() < before.fence()) {
            throw new Broken("I1: the fence fell from " + before.fence() + " to " + after.fence());
        }
    }

    private void catchingUp(LogRow row, Deployment after) {
        pointers(row, Step.Kind.OWED, after);
    }

    /** A forward move of regions, by the truth of the nodes. */
    private void switched(Rollout is, Deployment after) {
        var unsealed = unsealed(is);
        int cap = is.plan().limits().maxRegionsAtOnce();
        if (cap > 0 && unsealed.size() > cap) {
            throw new Broken("I11: un-sealed: " + unsealed + " (at most " + cap + ")");
        }
        for (var region : union(deployment.orElse(after), after)) {
            var old = deployment.map(before -> before.regions().get(region)).orElse(null);
            var next = after.regions().get(region);
            if (next == null || next.equals(old)) {
                continue;
            }
            if (!fleet.holds(region, next.version())) {
                throw new Broken("I3: " + region + " was switched to " + next.version() + " and does not hold it");
            }
            if (StormWorld.hasControllers(next.version()) && !fleet.saysReady(region, next.version())) {
                throw new Broken("I13: " + region + " was switched to " + next.version()
                        + " before its controllers were ready there");
            }
            is.plan().limits().pairs().getOrDefault(region, Set.of()).stream()
                    .filter(unsealed::contains)
                    .findFirst()
                    .ifPresent(pair -> {
                        throw new Broken("I12: " + region + " moved while its pair " + pair + " is un-sealed");
                    });
        }
    }

    private List<RegionName> unsealed(Rollout is) {
        var now = new TreeMap<>(rollouts);
        now.put(is.id(), is);
        return now.values().stream()
                .filter(rollout -> !rollout.state().isFinal())
                .flatMap(rollout -> rollout.unsealedRegions().stream())
                .toList();
    }

    /** What was sealed had its bake in time that really passed; each jump of the clock may have counted one tick. */
    private void baked(Rollout is, Step.Kind kind, Duration elapsed, int jumps) {
        var was = rollouts.get(is.id());
        for (int i = 0; i < is.stages().size(); i++) {
            var stage = is.id() + "/" + is.stages().get(i).name();
            if (was != null && is.kind() != RolloutKind.ROLLBACK) {
                int before = was.stages().get(i).in(TaskState.SEALED).size();
                boolean sealed = is.stages().get(i).in(TaskState.SEALED).size() > before;
                boolean ramped =
                        is.stages().get(i).rampStep() > was.stages().get(i).rampStep();
                var since = moved.get(stage);
                if ((sealed || ramped) && since != null) {
                    var tolerated = RolloutPlanner.LONGEST_TICK.multipliedBy(jumps - since.jumps());
                    var real = elapsed.minus(since.at()).plus(tolerated);
                    if (real.compareTo(Baking.required(was, i)) < 0) {
                        throw new Broken("I7: " + stage + " went on after " + elapsed.minus(since.at()) + " of "
                                + Baking.required(was, i) + " (" + (jumps - since.jumps()) + " jumps of the clock)");
                    }
                }
            }
            boolean moves = kind == Step.Kind.SWITCHED || kind == Step.Kind.RAMPED;
            if (moves && (was == null || !is.stages().get(i).equals(was.stages().get(i)))) {
                moved.put(stage, new Moved(elapsed, jumps));
            }
        }
    }

    private static Set<RegionName> union(Deployment before, Deployment after) {
        var regions = new HashSet<>(before.regions().keySet());
        regions.addAll(after.regions().keySet());
        return regions;
    }
}
