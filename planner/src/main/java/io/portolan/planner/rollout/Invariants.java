package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What no step may ever break, whatever decided it; the executor records no step that does. Says each broken rule in one sentence.
 * Pure. The numbers are those of the reference's section 2.3.
 */
public final class Invariants {
    private static final Set<Step.Kind> FORWARD = EnumSet.of(
            Step.Kind.SKIPPED,
            Step.Kind.APPLYING,
            Step.Kind.SWITCHED,
            Step.Kind.RAMPED,
            Step.Kind.WAVE_SEALED,
            Step.Kind.JOINED,
            Step.Kind.SEALED,
            Step.Kind.COMPLETED);
    private static final Set<Step.Kind> BACK = EnumSet.of(
            Step.Kind.REVERTING, Step.Kind.REGION_FAILED, Step.Kind.ROLLBACK_STARTED, Step.Kind.ROLLBACK_SWITCHED);

    private Invariants() {}

    /**
     * Rules that a change would break, none as a rule.
     *
     * @param was   the rollout before
     * @param scene what the change was decided from
     */
    public static List<String> broken(Rollout was, Scene scene, Step.Change change, Instant now) {
        var broken = new ArrayList<String>();
        states(was, change, broken);
        pointers(scene.deployment(), change, broken);
        if (FORWARD.contains(change.kind())) {
            paired(scene, change, broken);
        }
        if (change.kind() == Step.Kind.SWITCHED || change.kind() == Step.Kind.RAMPED) {
            moved(scene, change, now, broken);
        }
        evidence(was, scene, change, broken);
        slots(scene.deployment(), change, broken);
        return broken;
    }

    private static void states(Rollout was, Step.Change change, List<String> broken) {
        var is = change.rollout();
        if (was.state().isFinal()
                && change.kind() != Step.Kind.STARTED
                && change.kind() != Step.Kind.ROLLBACK_STARTED) {
            broken.add(was.id() + " is final and changed by " + change.kind());
        }
        if (was.state() == RolloutState.ROLLING_BACK
                && is.state() != RolloutState.ROLLING_BACK
                && is.state() != RolloutState.ROLLED_BACK
                && is.state() != RolloutState.ROLLED_BACK_PARTIAL) {
            broken.add("I4: " + was.id() + " was reverting and is " + is.state());
        }
        if (FORWARD.contains(change.kind()) && was.state() != RolloutState.RUNNING) {
            broken.add("I4: " + was.id() + " is " + was.state() + " and made a forward move: " + change.kind());
        }
        if (!was.planHash().equals(is.planHash()) || !was.plan().equals(is.plan())) {
            broken.add(was.id() + " changed its plan");
        }
        if (is.state() == RolloutState.SUCCEEDED && !is.unsealedRegions().isEmpty()) {
            broken.add(was.id() + " succeeded with un-sealed " + is.unsealedRegions());
        }
    }

    private static void pointers(Deployment before, Step.Change change, List<String> broken) {
        var after = change.deployment();
        for (var region : union(before, after)) {
            var old = Optional.ofNullable(before.regions().get(region));
            var next = Optional.ofNullable(after.regions().get(region));
            if (old.equals(next)) {
                continue;
            }
            if (!BACK.contains(change.kind())
                    && change.kind() != Step.Kind.SWITCHED
                    && change.kind() != Step.Kind.JOINED
                    && change.kind() != Step.Kind.RAMPED) {
                broken.add("I1: " + change.kind() + " moved " + region);
            }
            next.filter(pointer -> pointer.fence() <= before.fence())
                    .ifPresent(pointer -> broken.add("I1: " + region + " moved at fence " + pointer.fence()));
            if (!BACK.contains(change.kind())) {
                if (next.isEmpty()) {
                    broken.add("I2: " + region + " lost its version");
                } else if (old.isPresent() && next.get().lineage() < old.get().lineage()) {
                    broken.add("I2: lineage of " + region + " fell from "
                            + old.get().lineage() + " to " + next.get().lineage());
                }
            }
            if (change.kind() == Step.Kind.REVERTING || change.kind() == Step.Kind.REGION_FAILED) {
                old.ifPresent(left -> target(after, region, left, next, broken));
            }
        }
    }

    /** Where a region has a version of its own that it had for a whole bake, nothing else is gone back to. */
    private static void target(
            Deployment after,
            RegionName region,
            Deployment.Pointer left,
            Optional<Deployment.Pointer> next,
            List<String> broken) {
        var good = after.sealed().getOrDefault(region, List.of()).stream()
                .filter(version -> !version.equals(left.version()) && !after.isWithdrawn(region, version))
                .toList();
        // What it had before goes first if it was good.
        var wanted = good.stream()
                .filter(version -> version.value().equals(left.previous()))
                .toList();
        if (!good.isEmpty()
                && !next.map(Deployment.Pointer::version)
                        .map((wanted.isEmpty() ? good : wanted)::contains)
                        .orElse(false)) {
            broken.add("I5: " + region + " went back to "
                    + next.map(pointer -> pointer.version().value()).orElse("nothing") + " (sealed there: " + good
                    + ")");
        }
    }

    /** A page never moves forward to a region in which its controllers are not ready. */
    private static void paired(Scene scene, Step.Change change, List<String> broken) {
        var before = scene.deployment();
        change.deployment().regions().forEach((region, next) -> {
            var old = before.regions().get(region);
            var seen = scene.observed().of(region).controllers();
            if (!next.equals(old)
                    && next.version().equals(change.rollout().version())
                    && share(next, next.version().value())
                            > share(old, next.version().value())
                    && !seen.ready()) {
                broken.add("I13: " + region + " was pointed at " + next.version() + " without its controllers: "
                        + seen.lacks());
            }
        });
    }

    /** A forward move of regions. */
    private static void moved(Scene scene, Step.Change change, Instant now, List<String> broken) {
        var is = change.rollout();
        var before = scene.deployment();
        var unsealed = new ArrayList<>(is.unsealedRegions());
        scene.others().forEach(other -> unsealed.addAll(other.unsealedRegions()));
        for (var region : union(before, change.deployment())) {
            var old = before.regions().get(region);
            var next = change.deployment().regions().get(region);
            if (Objects.equals(old, next) || next == null) {
                continue;
            }
            if (!scene.observed().of(region).holds() && change.kind() == Step.Kind.SWITCHED) {
                broken.add("I3: " + region + " was switched and does not hold " + next.version());
            }
            for (var version : versions(old, next)) {
                // Sessions that give up a half-ramped version may go back to what the others kept.
                boolean kept = old != null && old.rampPercent() < 100 && version.equals(old.previous());
                if (!version.equals(is.version().value()) && !kept && share(next, version) > share(old, version)) {
                    broken.add("I8: more sessions of " + region + " than before have " + version + ": "
                            + share(next, version) + " % (before " + share(old, version) + " %)");
                }
            }
            var partners = is.plan().limits().pairs().getOrDefault(region, Set.of());
            unsealed.stream()
                    .filter(partners::contains)
                    .forEach(
                            other -> broken.add("I12: " + region + " moved while its pair " + other + " is un-sealed"));
        }
        int cap = is.plan().limits().maxRegionsAtOnce();
        if (change.kind() == Step.Kind.SWITCHED && cap > 0 && unsealed.size() > cap) {
            broken.add("I11: un-sealed: " + unsealed + " (at most " + cap + ")");
        }
        if (is.kind() != RolloutKind.BREAK_GLASS) {
            Calendar.closed(scene.windows(), now).ifPresent(closed -> broken.add("forward move " + closed.why()));
            scene.blockers().forEach(blocker -> broken.add("forward move while " + blocker));
        }
    }

    private static void evidence(Rollout was, Scene scene, Step.Change change, List<String> broken) {
        for (int i = 0; i < was.stages().size(); i++) {
            var old = was.stages().get(i);
            var next = change.rollout().stages().get(i);
            if (next.healthyFor().minus(old.healthyFor()).compareTo(RolloutPlanner.LONGEST_TICK) > 0) {
                broken.add("I7: " + old.name() + " counted " + next.healthyFor().minus(old.healthyFor()) + " at once");
            }
            if (was.kind() == RolloutKind.ROLLBACK) {
                continue;
            }
            boolean ramped = change.kind() == Step.Kind.RAMPED && next.rampStep() != old.rampStep();
            var sealed = next.in(TaskState.SEALED).stream()
                    .filter(region -> old.task(region).state() != TaskState.SEALED)
                    .toList();
            if ((ramped || !sealed.isEmpty()) && old.healthyFor().compareTo(Baking.required(was, i)) < 0) {
                broken.add(
                        "I7: " + old.name() + " went on after " + old.healthyFor() + " of " + Baking.required(was, i));
            }
            (ramped ? old.wave() : sealed)
                    .stream()
                            .filter(region -> !scene.observed().of(region).converged())
                            .forEach(region -> broken.add("I7: " + region + " went on without having converged"));
        }
    }

    private static void slots(Deployment before, Step.Change change, List<String> broken) {
        var after = change.deployment();
        if (before.slots().equals(after.slots())) {
            return;
        }
        if (change.kind() != Step.Kind.COMPLETED && change.kind() != Step.Kind.ROLLBACK_STARTED) {
            broken.add("slots: changed by " + change.kind());
        }
        if (change.kind() == Step.Kind.COMPLETED
                && !change.rollout().stages().stream().allMatch(StageProgress::done)) {
            broken.add("slots: " + change.rollout().version() + " is last known good before its last bake");
        }
        after.slots().forEach((slot, version) -> {
            if (!version.equals(before.slots().get(slot)) && after.withdrawn().contains(version)) {
                broken.add("slots: " + slot.label() + " is " + version + ", which was withdrawn");
            }
        });
    }

    private static Set<RegionName> union(Deployment one, Deployment other) {
        var regions = new HashSet<>(one.regions().keySet());
        regions.addAll(other.regions().keySet());
        return regions;
    }

    private static Set<String> versions(
            Deployment.@org.jspecify.annotations.Nullable Pointer old, Deployment.Pointer next) {
        var versions = new HashSet<String>();
        versions.add(next.version().value());
        versions.add(next.previous());
        if (old != null) {
            versions.add(old.version().value());
        }
        versions.remove("");
        return versions;
    }

    /** Share of the sessions that have a version, in percent. */
    private static int share(Deployment.@org.jspecify.annotations.Nullable Pointer pointer, String version) {
        if (pointer == null) {
            return 0;
        }
        return pointer.version().value().equals(version)
                ? pointer.rampPercent()
                : pointer.previous().equals(version) ? 100 - pointer.rampPercent() : 0;
    }
}
