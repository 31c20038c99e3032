package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.StageDefinition;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Rules of rollbacks: a rollback moves forward to a new revision that names an older version, everywhere at once; it needs no
 * gate, bake or approval. Pure.
 */
public final class RollingBack {
    /** The word for: newest good version that is not withdrawn and not what runs. */
    public static final String AUTO = "auto";

    private RollingBack() {}

    /**
     * What a rollback is asked for.
     *
     * @param to        {@link #AUTO}, a slot's label or a version
     * @param region    only this region, or empty for all
     * @param regions   regions of the environment within the placement, in declared order
     * @param known     whether a version is published and not revoked
     * @param fetched   blobsFetched of each node now, by {@code id/bootId}
     */
    public record Request(
            String id,
            String to,
            Optional<RegionName> region,
            StageDefinition stages,
            List<RegionName> regions,
            Function<VersionLabel, Boolean> known,
            Map<String, Long> fetched,
            String reason,
            String actor,
            Instant now) {
        public Request {
            regions = List.copyOf(regions);
            fetched = Map.copyOf(fetched);
        }
    }

    /**
     * A started rollback.
     *
     * @param started what to record
     * @param ended   the running rollout that it ends, if there was one, as it is to be recorded
     */
    public record Started(Step.Change started, Optional<Rollout> ended) {}

    /** The rollback to record, or a {@link Refusal} that says what would be possible. */
    public static Started start(
            Request request, Deployment deployment, Optional<Rollout> running, Function<RolloutPlan, String> planHash) {
        var target = target(request, deployment, running);
        var regions = affected(request, deployment);
        var pointers = new HashMap<RegionName, String>();
        var left = new LinkedHashSet<VersionLabel>();
        for (var region : regions) {
            var present = deployment.versionIn(region);
            if (!present.equals(Optional.of(target))) {
                pointers.put(region, target.value());
                present.ifPresent(left::add);
            }
        }
        running.filter(rollout -> rollout.kind() != RolloutKind.ROLLBACK)
                .filter(rollout -> !rollout.version().equals(target))
                .ifPresent(rollout -> left.add(rollout.version()));
        if (pointers.isEmpty() && left.isEmpty()) {
            throw new Refusal(
                    Refusal.Code.NOTHING_TO_CHANGE,
                    "rolling back " + deployment.extension() + ": " + places(request) + " already has " + target
                            + possible(request, deployment, target));
        }
        var plan = plan(request, regions);
        var withdrawn = new LinkedHashSet<>(deployment.withdrawn());
        withdrawn.addAll(left);
        withdrawn.remove(target);
        var reason =
                request.reason().isEmpty() ? "rolled back to " + target + " by " + request.actor() : request.reason();
        var holdsBack = new LinkedHashSet<VersionLabel>();
        var present = deployment.hold();
        if (present != null) {
            holdsBack.addAll(present.withdrawn());
        }
        holdsBack.addAll(left);
        holdsBack.remove(target);
        var changed = deployment
                .pointing(pointers)
                .staging(aliases(request, plan, target))
                .withdrawing(List.copyOf(withdrawn))
                .holding(new Deployment.Hold(reason, request.now(), List.copyOf(holdsBack)));
        if (request.region().isEmpty()) {
            changed = changed.slotting(slots(changed, target));
        }
        var before = new HashMap<RegionName, String>();
        regions.forEach(region -> before.put(
                region, deployment.versionIn(region).map(VersionLabel::value).orElse("")));
        var rollout = new Rollout(
                request.id(),
                deployment.extension(),
                deployment.environment(),
                target,
                left.isEmpty() ? "" : left.getFirst().value(),
                RolloutKind.ROLLBACK,
                RolloutState.RUNNING,
                reason,
                request.actor(),
                plan,
                planHash.apply(plan),
                plan.stages().stream()
                        .map(StageProgress::pending)
                        .map(stage -> stage.in(stage.regions().isEmpty() ? StageState.SKIPPED : StageState.CONVERGING))
                        .toList(),
                before,
                Map.of(),
                false,
                request.now(),
                null,
                new Rollout.RollbackFigures(request.to(), request.fetched(), null, null));
        var ended = running.map(other -> other.stages(other.stages().stream()
                        .map(stage -> stage.touched() && other.kind() != RolloutKind.ROLLBACK
                                ? stage.in(StageState.REVERTED)
                                : stage)
                        .toList())
                .ended(
                        other.kind() == RolloutKind.ROLLBACK ? RolloutState.SUPERSEDED : RolloutState.ROLLED_BACK,
                        "ended by rollback " + request.id(),
                        request.now()));
        return new Started(
                new Step.Change(
                        Step.Kind.ROLLBACK_STARTED,
                        rollout,
                        changed,
                        "rollback of " + places(request) + " to " + target + ": " + reason),
                ended);
    }

    private static VersionLabel target(Request request, Deployment deployment, Optional<Rollout> running) {
        if (request.to().equals(AUTO)) {
            var leaving = running.filter(rollout -> rollout.kind() != RolloutKind.ROLLBACK)
                    .map(Rollout::version)
                    .or(() -> request.region().flatMap(deployment::versionIn))
                    .or(deployment::newest);
            return deployment.choosable().stream()
                    .filter(version -> !leaving.equals(Optional.of(version)))
                    .filter(request.known()::apply)
                    .findFirst()
                    .orElseThrow(() -> new Refusal(
                            Refusal.Code.NOTHING_TO_ROLL_BACK_TO,
                            "rolling back " + deployment.extension() + ": no good version before "
                                    + leaving.map(VersionLabel::value).orElse("the first")
                                    + " is left (expected: a version that completed a rollout and is not withdrawn;"
                                    + " name a published one with --to VERSION)"));
        }
        for (var slot : Slot.values()) {
            if (slot.label().equals(request.to())) {
                var version = deployment.slots().get(slot);
                if (version == null) {
                    throw new Refusal(
                            Refusal.Code.NOTHING_TO_ROLL_BACK_TO,
                            "rolling back " + deployment.extension() + ": slot " + request.to() + " is empty (set: "
                                    + setSlots(deployment) + ")");
                }
                return version;
            }
        }
        VersionLabel version;
        try {
            version = new VersionLabel(request.to());
        } catch (IllegalArgumentException e) {
            throw new Refusal(
                    Refusal.Code.INVALID, "rolling back " + deployment.extension() + ": to: " + e.getMessage());
        }
        if (!request.known().apply(version)) {
            throw new Refusal(
                    Refusal.Code.UNKNOWN,
                    "rolling back " + deployment.extension() + ": version " + version
                            + " is not published, or revoked");
        }
        if (deployment.refuses(version)) {
            throw new Refusal(
                    Refusal.Code.HELD,
                    "rolling back " + deployment.extension() + ": version " + version
                            + " was withdrawn and the hold stands (or: portolan hold lift "
                            + deployment.extension() + ")");
        }
        return version;
    }

    private static List<RegionName> affected(Request request, Deployment deployment) {
        if (request.region().isEmpty()) {
            return request.regions();
        }
        var region = request.region().get();
        if (!request.regions().contains(region)) {
            throw new Refusal(
                    Refusal.Code.UNKNOWN,
                    "rolling back " + deployment.extension() + ": region " + region + " is not one of its regions");
        }
        return List.of(region);
    }

    private static RolloutPlan plan(Request request, List<RegionName> regions) {
        var stages = new ArrayList<RolloutPlan.PlannedStage>();
        for (var stage : request.stages().stages()) {
            stages.add(new RolloutPlan.PlannedStage(
                    stage.name(), request.stages().regionsOf(stage, regions), Duration.ZERO));
        }
        return new RolloutPlan(RolloutPlan.SCHEMA, stages, Duration.ZERO);
    }

    private static Map<String, String> aliases(Request request, RolloutPlan plan, VersionLabel target) {
        var aliases = new HashMap<String, String>();
        if (request.region().isEmpty()) {
            plan.stages().forEach(stage -> aliases.put(stage.name(), target.value()));
        }
        return aliases;
    }

    /** No slot may keep a withdrawn version; last known good is what now runs, if it was good. */
    private static Map<Slot, VersionLabel> slots(Deployment deployment, VersionLabel target) {
        var slots = new HashMap<>(deployment.slots());
        slots.values().removeIf(deployment.withdrawn()::contains);
        if (deployment.good().contains(target)) {
            slots.put(Slot.LKG, target);
            slots.remove(Slot.PREVIOUS_LKG);
            var choosable = deployment.choosable();
            choosable.subList(choosable.indexOf(target) + 1, choosable.size()).stream()
                    .findFirst()
                    .ifPresent(version -> slots.put(Slot.PREVIOUS_LKG, version));
        }
        return slots;
    }

    private static String possible(Request request, Deployment deployment, VersionLabel target) {
        var others = deployment.choosable().stream()
                .filter(version -> !version.equals(target))
                .filter(request.known()::apply)
                .map(VersionLabel::value)
                .toList();
        return others.isEmpty()
                ? " (no other good version is left)"
                : " (possible: --to " + String.join(", ", others) + ")";
    }

    private static String setSlots(Deployment deployment) {
        var set = new ArrayList<String>();
        for (var slot : Slot.values()) {
            var version = deployment.slots().get(slot);
            if (version != null) {
                set.add(slot.label() + " " + version);
            }
        }
        return set.isEmpty() ? "none" : String.join(", ", set);
    }

    private static String places(Request request) {
        return request.region().map(RegionName::value).orElse("every region");
    }
}
