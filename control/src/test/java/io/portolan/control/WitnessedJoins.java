package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.RolloutKind;
import io.portolan.model.VersionLabel;
import io.portolan.planner.bringup.BringUpPlanner;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.Step;
import io.portolan.protocol.Json;
import io.portolan.storage.LogRow;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Judges the way of regions that join by the rows about them, by what their nodes really hold and by the time that really passed: no
 * state is left out, no user comes before the good time is over, no rollout counts on a region before it is live, and none is given what
 * was not proved elsewhere. One thread at a time.
 */
final class WitnessedJoins {
    private static final Map<RegionState, Set<RegionState>> NEXT = Map.ofEntries(
            Map.entry(RegionState.DECLARED, EnumSet.of(RegionState.PREFLIGHT)),
            Map.entry(RegionState.PREFLIGHT, EnumSet.of(RegionState.ENROLLING)),
            Map.entry(RegionState.ENROLLING, EnumSet.of(RegionState.SEEDING)),
            Map.entry(RegionState.SEEDING, EnumSet.of(RegionState.WIRING)),
            Map.entry(RegionState.WIRING, EnumSet.of(RegionState.VERIFYING)),
            Map.entry(RegionState.VERIFYING, EnumSet.of(RegionState.DARK)),
            Map.entry(RegionState.DARK, EnumSet.of(RegionState.CANARY, RegionState.RETIRING)),
            Map.entry(RegionState.CANARY, EnumSet.of(RegionState.RAMPING, RegionState.DARK)),
            Map.entry(RegionState.RAMPING, EnumSet.of(RegionState.RAMPING, RegionState.LIVE, RegionState.DARK)),
            Map.entry(RegionState.LIVE, EnumSet.noneOf(RegionState.class)),
            Map.entry(RegionState.DRAINING, EnumSet.of(RegionState.DARK)),
            Map.entry(RegionState.RETIRING, EnumSet.of(RegionState.RETIRED)),
            Map.entry(RegionState.RETIRED, EnumSet.of(RegionState.DECLARED)));

    private final SimulatedFleet fleet;
    private final Map<RegionName, Records.BringingUp> ways = new TreeMap<>();
    private final Map<RegionName, Entered> entered = new HashMap<>();
    private int given;
    private int lives;

    /** When the present state or step of a way began, or its good time began again. */
    private record Entered(Duration at, int jumps) {}

    WitnessedJoins(SimulatedFleet fleet) {
        this.fleet = fleet;
    }

    int given() {
        return given;
    }

    int lives() {
        return lives;
    }

    /** A row that may be about a region's way. */
    void look(LogRow row, Duration elapsed, int jumps) {
        if (!row.entry().type().equals(BringUpWriting.STATE_EVENT)) {
            return;
        }
        var data = Json.mapper().readTree(row.entry().data());
        var is = Json.mapper().treeToValue(data.at("/record/" + Table.BRING_UPS.kind()), Records.BringingUp.class);
        var region = is.way().region();
        var was = Optional.ofNullable(ways.get(region)).map(Records.BringingUp::way);
        var from = was.map(before -> before.way()).orElse(RegionState.RETIRED);
        var to = is.way().way();
        boolean same = to == from && data.path("step").asString().equals("ENTERED") == (to == RegionState.RAMPING);
        boolean back = data.path("step").asString().equals("SET_BACK");
        boolean held = is.way().state() == RegionState.HELD;
        boolean resumed =
                was.filter(before -> before.state() == RegionState.HELD).isPresent();
        boolean leaves =
                is.way().leaving() && was.filter(before -> !before.leaving()).isPresent();
        boolean enrols = data.path("step").asString().equals("ENROLLED");
        if (!same
                && !back
                && !held
                && !resumed
                && !leaves
                && !enrols
                && !NEXT.getOrDefault(from, Set.of()).contains(to)) {
            throw new Broken("join: " + region + " went from " + from + " to " + to + " by "
                    + row.entry().reason());
        }
        if (is.way().leaving()
                && was.filter(before -> before.leaving()).isPresent()
                && BringUps.isServing(is.way())
                && is.way().state() != RegionState.DRAINING) {
            throw new Broken("join: " + region + " leaves and is " + is.way().state());
        }
        if (!held && !resumed && !leaves && !back) {
            goodTime(region, from, to, elapsed, jumps);
        }
        if (to == RegionState.LIVE && from != RegionState.LIVE) {
            lives++;
        }
        ways.put(region, is);
        if (!enrols) {
            entered.put(region, new Entered(elapsed, jumps));
        }
    }

    /** Users come by the plan's good time, in time that really passed; each jump of the clock may have counted one tick. */
    private void goodTime(RegionName region, RegionState from, RegionState to, Duration elapsed, int jumps) {
        var since = entered.get(region);
        var plan = StormWorld.BRING_UP;
        var needed = from == RegionState.DARK && to == RegionState.CANARY
                ? plan.dark()
                : from == RegionState.CANARY && to == RegionState.RAMPING
                        ? plan.canary()
                        : from == RegionState.RAMPING && (to == RegionState.RAMPING || to == RegionState.LIVE)
                                ? plan.soak()
                                : Duration.ZERO;
        if (since == null || needed.isZero()) {
            return;
        }
        var real = elapsed.minus(since.at()).plus(BringUpPlanner.LONGEST_TICK.multipliedBy(jumps - since.jumps()));
        if (real.compareTo(needed) < 0) {
            throw new Broken("join: " + region + " went from " + from + " to " + to + " after "
                    + elapsed.minus(since.at()) + " of " + needed);
        }
    }

    /** A step of a rollout. */
    void step(Rollout is, Step.Kind kind) {
        if (kind != Step.Kind.STARTED || is.kind() == RolloutKind.ROLLBACK) {
            return;
        }
        for (var region : is.regions()) {
            var way = Optional.ofNullable(ways.get(region)).map(Records.BringingUp::way);
            if (way.filter(present -> present.state() != RegionState.LIVE).isPresent()) {
                throw new Broken("join: " + is.id() + " counts on " + region + ", which is "
                        + way.get().state());
            }
        }
    }

    /** Whether the row takes away what a region had that leaves. */
    static boolean isLeaving(LogRow row) {
        return row.entry().type().equals("portolan.region.joins")
                && row.entry().reason().endsWith("is retired");
    }

    /** A row that moves regions without a rollout: is it the joining of one, it moves that one only, to what was proved elsewhere. */
    void pointed(LogRow row, Optional<Deployment> before, Deployment after, Map<String, Rollout> rollouts) {
        if (!row.entry().type().equals("portolan.region.joins") || before.isEmpty()) {
            return;
        }
        var old = before.get();
        var moved = StormWorld.all().stream()
                .filter(region -> !Objects.equals(
                        old.regions().get(region), after.regions().get(region)))
                .toList();
        if (moved.size() != 1 || !ways.containsKey(moved.getFirst())) {
            throw new Broken("J4: joining moved " + moved);
        }
        var region = moved.getFirst();
        if (isLeaving(row)) {
            var state = Optional.ofNullable(ways.get(region))
                    .map(present -> present.way().state());
            if (!state.equals(Optional.of(RegionState.RETIRING))) {
                throw new Broken("join: " + region + " lost its version and is " + state);
            }
            return;
        }
        given++;
        var version = after.versionIn(region).orElseThrow();
        if (!isProved(old, region, version)) {
            throw new Broken("J1: " + region + " joins with " + version + ", which no region had for a whole bake");
        }
        if (old.isWithdrawn(region, version)) {
            throw new Broken("J2: " + region + " joins with " + version + ", which was withdrawn");
        }
        if (rollouts.values().stream()
                .anyMatch(rollout ->
                        !rollout.state().isFinal() && rollout.regions().contains(region))) {
            throw new Broken("J3: " + region + " is moved by a rollout, and was given " + version + " beside it");
        }
        if (!fleet.holds(region, version)) {
            throw new Broken("I3: " + region + " joins with " + version + " and does not hold it");
        }
        if (StormWorld.hasControllers(version) && !fleet.saysReady(region, version)) {
            throw new Broken("I13: " + region + " joins with " + version + " before its controllers are ready there");
        }
    }

    private static boolean isProved(Deployment deployment, RegionName region, VersionLabel version) {
        return deployment.good().contains(version)
                || deployment.sealed().entrySet().stream()
                        .anyMatch(entry -> !entry.getKey().equals(region)
                                && entry.getValue().contains(version));
    }

    /** In the end each that is live has what its stage has whole, where it may have that. */
    static void settled(Deployment deployment, List<RegionName> live, Map<RegionName, String> stages) {
        for (var region : live) {
            var wanted = Optional.ofNullable(stages.get(region))
                    .flatMap(deployment::versionOf)
                    .filter(version -> !deployment.isWithdrawn(region, version));
            var has = deployment.versionIn(region);
            if (has.filter(version -> deployment.isWithdrawn(region, version)).isPresent()
                    && wanted.filter(version -> isProved(deployment, region, version))
                            .isPresent()) {
                throw new Broken("J5: " + region + " has " + has + ", which was withdrawn, and its stage " + wanted);
            }
            if (has.isEmpty() && wanted.filter(deployment.good()::contains).isPresent()) {
                throw new Broken("J6: " + region + " has nothing, and its stage " + wanted);
            }
        }
    }
}
