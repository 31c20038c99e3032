package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.Step;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.storage.LogRow;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Judges what becomes of operators' overrides by the rows about them and by what the simulated nodes told: each is settled once; one
 * that is taken over is a rollback by its operator's key, to the version that nodes serve, of every region that told of it, with
 * holds; and while one is told of and not settled, nothing but break-glass moves forward. One thread at a time.
 */
final class WitnessedOverrides {
    private static final String TYPE = "portolan.override.";

    /** Moves that give more users a new version. */
    private static final Set<Step.Kind> FORWARD = EnumSet.of(Step.Kind.SWITCHED, Step.Kind.RAMPED);

    private final SimulatedFleet fleet;
    /** Not settled yet. */
    private final Set<String> pending = new TreeSet<>();

    private final Map<String, Records.OverrideState> settled = new TreeMap<>();
    /** Rollbacks that took an override over, by its id. */
    private final Map<String, Rollout> takenOver = new TreeMap<>();

    private int extended;
    /** Regions of the environment now: what a region that has left it still tells moves nothing. */
    private Set<RegionName> regions = Set.of();

    WitnessedOverrides(SimulatedFleet fleet) {
        this.fleet = fleet;
    }

    /** How many became a rollback. */
    int adopted() {
        return (int) settled.values().stream()
                .filter(Records.OverrideState.ADOPTED::equals)
                .count();
    }

    /** How often one was taken over for a region that told of it late. */
    int extended() {
        return extended;
    }

    /**
     * The engine has made a whole turn: each region that tells the process of an order which was taken over, or whose node relies on
     * what it told any process before, has gone back, unless it was moved since or may not have that version any more.
     */
    void turned(NodeRegistry registry, Deployment deployment) {
        var dropped = fleet.dropped();
        takenOver.forEach((id, rollout) -> {
            var relying = new TreeSet<>(fleet.told(id, registry));
            relying.addAll(dropped.getOrDefault(id, Set.of()));
            for (var region : relying) {
                var pointer = deployment.regions().get(region);
                if (pointer != null
                        && regions.contains(region)
                        && !pointer.version().equals(rollout.version())
                        && pointer.lineage() < rollout.lineage()
                        && deployment.good().contains(rollout.version())
                        && !deployment.isWithdrawn(region, rollout.version())) {
                    throw new Broken("override: " + id + " was taken over by " + rollout.id() + ", and " + region
                            + ", which told of it, still has " + pointer.version());
                }
            }
        });
    }

    /** A step of a rollout. */
    void step(Rollout is, Step.Kind kind) {
        if (!pending.isEmpty() && FORWARD.contains(kind) && is.kind() != RolloutKind.BREAK_GLASS) {
            throw new Broken("override: " + is.id() + " had " + kind + " while " + pending + " is being taken over");
        }
    }

    /** A row about the environment. */
    void environment(LogRow row) {
        if (row.entry().type().equals("portolan.environment.declared")) {
            regions = Json.read(row.entry().data().getBytes(StandardCharsets.UTF_8), Records.Environment.class)
                    .facts()
                    .regions()
                    .stream()
                    .map(ControlSettings.Region::name)
                    .collect(Collectors.toSet());
        }
    }

    /**
     * A row about an override.
     *
     * @param rollouts   as they are by now
     * @param deployment as it is by now
     */
    void look(LogRow row, Map<String, Rollout> rollouts, Deployment deployment) {
        if (!row.entry().type().startsWith(TYPE)) {
            return;
        }
        var record = Json.mapper().readTree(row.entry().data()).at("/record/override");
        var override = Json.mapper().treeToValue(record, Records.Override.class);
        var id = override.order().id();
        switch (row.entry().type().substring(TYPE.length())) {
            case "reported" -> {
                if (settled.containsKey(id) || !pending.add(id)) {
                    throw new Broken("override: " + id + " was reported again");
                }
            }
            case "listed-again" -> {}
            case "extended" -> {
                extended++;
                var late = rollouts.values().stream()
                        .filter(rollout -> override.detail().endsWith(" " + rollout.id()))
                        .findFirst()
                        .orElseThrow(
                                () -> new Broken("override: " + id + " was extended by nothing: " + override.detail()));
                if (late.kind() != RolloutKind.ROLLBACK
                        || !late.version().value().equals(override.version())
                        || !late.reason().contains(id)) {
                    throw new Broken("override: " + id + " was extended by " + late);
                }
            }
            default -> {
                pending.remove(id);
                var before = settled.put(id, override.state());
                if (before != null) {
                    throw new Broken("override: " + id + " was " + before + " and is " + override.state());
                }
                if (override.state() == Records.OverrideState.ADOPTED
                        && override.order().action() == OperatorOverride.Action.ROLLBACK
                        && !override.rollout().isEmpty()) {
                    adopted(override, rollouts, deployment);
                }
            }
        }
    }

    private void adopted(Records.Override override, Map<String, Rollout> rollouts, Deployment deployment) {
        var id = override.order().id();
        var rollout = rollouts.get(override.rollout());
        if (rollout == null
                || rollout.kind() != RolloutKind.ROLLBACK
                || !rollout.version().value().equals(override.version())
                || !rollout.actor().equals("operator-key/" + override.keyId())
                || !rollout.reason().contains(id)) {
            throw new Broken("override: " + id + " to " + override.version() + " was taken over by " + rollout);
        }
        takenOver.put(id, rollout);
        for (var region : fleet.told(id)) {
            if (regions.contains(region)
                    && deployment.versionIn(region).isPresent()
                    && !deployment.versionIn(region).get().value().equals(override.version())) {
                throw new Broken("override: " + id + " was taken over and " + region + ", which told of it, has "
                        + deployment.versionIn(region).get());
            }
        }
        for (var region : rollout.regions()) {
            if (!holds(deployment, region)) {
                throw new Broken("override: " + id + " was taken over and nothing holds " + region);
            }
        }
    }

    private static boolean holds(Deployment deployment, RegionName region) {
        return deployment.hold() != null || deployment.regionHolds().containsKey(region);
    }
}
