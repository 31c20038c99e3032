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
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Rules of rollbacks: a rollback moves forward to a new revision that names an older version, everywhere at once; it needs no
 * gate, bake or approval. Pure.
 *
 * <p>One exception to at once: where controllers of the older version have ended since, a region is told to start them, and its page
 * follows when they are ready, or without them after {@link #WARM_UP}. Pages whose calls all fail help nobody; but nobody waits for
 * long either. Whatever is said of the versions (hold, withdrawal, slots) holds from the first moment.
 */
public final class RollingBack {
    /** The word for: newest good version that is not withdrawn and not what runs. */
    public static final String AUTO = "auto";

    /** How long a region may be waited for that has to start controllers again. */
    static final Duration WARM_UP = Duration.ofSeconds(10);

    /** What the cause of a {@link Step.Kind#ROLLBACK_SWITCHED} says that went on without controllers that are ready. */
    public static final String WITHOUT_CONTROLLERS = " before its controllers are ready: ";

    private RollingBack() {}

    /**
     * What a rollback is asked for.
     *
     * @param lineage   above that of every rollout that was started before
     * @param to        {@link #AUTO}, a slot's label or a version
     * @param only      only these regions; none: all of them
     * @param regions   regions of the environment within the placement, in declared order
     * @param known     whether a version is published and not revoked
     * @param fetched   blobsFetched of each node now, by {@code id/bootId}
     * @param cold      regions within reach in which controllers of a version are not ready now
     */
    public record Request(
            String id,
            long lineage,
            String to,
            Set<RegionName> only,
            StageDefinition stages,
            List<RegionName> regions,
            Function<VersionLabel, Boolean> known,
            Map<String, Long> fetched,
            Function<VersionLabel, Set<RegionName>> cold,
            String reason,
            String actor,
            Instant now) {
        public Request {
            only = Set.copyOf(only);
            regions = List.copyOf(regions);
            fetched = Map.copyOf(fetched);
        }

        /** That waits for no controllers. */
        public Request(
                String id,
                long lineage,
                String to,
                Set<RegionName> only,
                StageDefinition stages,
                List<RegionName> regions,
                Function<VersionLabel, Boolean> known,
                Map<String, Long> fetched,
                String reason,
                String actor,
                Instant now) {
            this(id, lineage, to, only, stages, regions, known, fetched, version -> Set.of(), reason, actor, now);
        }

        /** The same, waiting for controllers where they are not ready. */
        public Request warming(Function<VersionLabel, Set<RegionName>> where) {
            return new Request(id, lineage, to, only, stages, regions, known, fetched, where, reason, actor, now);
        }

        /** Of one region, or for empty of all. */
        public Request(
                String id,
                long lineage,
                String to,
                Optional<RegionName> region,
                StageDefinition stages,
                List<RegionName> regions,
                Function<VersionLabel, Boolean> known,
                Map<String, Long> fetched,
                String reason,
                String actor,
                Instant now) {
            this(
                    id,
                    lineage,
                    to,
                    region.map(Set::of).orElse(Set.of()),
                    stages,
                    regions,
                    known,
                    fetched,
                    reason,
                    actor,
                    now);
        }

        /** Whether other regions of the extension stay as they are. */
        boolean isRegional() {
            return !only.isEmpty() && !only.containsAll(regions);
        }
    }

    /** The rollback to record, or a {@link Refusal} that says what would be possible. */
    public static Starting.Started start(
            Request request, Deployment deployment, List<Rollout> running, Function<RolloutPlan, String> planHash) {
        var target = RollbackTarget.of(request, deployment, running);
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
        if (!request.isRegional()) {
            running.stream()
                    .filter(rollout -> rollout.kind() != RolloutKind.ROLLBACK)
                    .map(Rollout::version)
                    .filter(version -> !version.equals(target))
                    .forEach(left::add);
        }
        if (pointers.isEmpty() && left.isEmpty()) {
            throw new Refusal(
                    Refusal.Code.NOTHING_TO_CHANGE,
                    "rolling back " + deployment.extension() + ": " + places(request) + " already has " + target
                            + possible(request, deployment, target));
        }
        var cold = Set.copyOf(request.cold().apply(target)).stream()
                .filter(pointers::containsKey)
                .filter(region -> deployment.versionIn(region).isPresent())
                .collect(Collectors.toUnmodifiableSet());
        pointers.keySet().removeAll(cold);
        var plan = plan(request, regions);
        var reason =
                request.reason().isEmpty() ? "rolled back to " + target + " by " + request.actor() : request.reason();
        var outcome = request.isRegional()
                ? RegionalRollback.of(
                        deployment,
                        deployment.pointing(pointers, request.lineage()).settled(regions),
                        regions,
                        target,
                        running,
                        request.id(),
                        reason,
                        request.now())
                : everywhere(request, deployment, regions, pointers, target, left, reason, running, plan);
        var before = new HashMap<RegionName, String>();
        regions.forEach(region -> before.put(
                region, deployment.versionIn(region).map(VersionLabel::value).orElse("")));
        var rollout = new Rollout(
                request.id(),
                request.lineage(),
                deployment.extension(),
                deployment.environment(),
                target,
                left.isEmpty() ? "" : left.getFirst().value(),
                RolloutKind.ROLLBACK,
                RolloutState.RUNNING,
                reason,
                request.actor(),
                List.of(),
                plan,
                planHash.apply(plan),
                plan.stages().stream()
                        .map(StageProgress::pending)
                        .map(stage -> stage.tasks(
                                stage.regions().stream()
                                        .filter(region -> !cold.contains(region))
                                        .toList(),
                                task -> task.in(TaskState.SWITCHED)))
                        .map(stage -> stage.enter(rollbackState(stage), request.now()))
                        .toList(),
                before,
                Map.of(),
                List.of(),
                false,
                request.now(),
                request.now(),
                null,
                null,
                new Rollout.RollbackFigures(request.to(), request.fetched(), null, null));
        return new Starting.Started(
                new Step.Change(
                        Step.Kind.ROLLBACK_STARTED,
                        rollout,
                        outcome.deployment(),
                        "rollback of " + places(request) + " to " + target + ": " + reason
                                + (cold.isEmpty()
                                        ? ""
                                        : "; first its controllers are started in "
                                                + RolloutPlanner.names(
                                                        cold.stream().sorted().toList()))),
                outcome.ended(),
                outcome.changed());
    }

    private static StageState rollbackState(StageProgress stage) {
        return stage.regions().isEmpty()
                ? StageState.SKIPPED
                : stage.in(TaskState.PLANNED).isEmpty() ? StageState.CONVERGING : StageState.APPLYING;
    }

    /** Points regions at the target that waited for its controllers; empty when none is left that waits. */
    static Optional<Step> warming(Rollout rollout, Scene scene, Instant now) {
        var waiting = rollout.stages().stream()
                .flatMap(stage -> stage.in(TaskState.PLANNED).stream())
                .toList();
        if (waiting.isEmpty()) {
            return Optional.empty();
        }
        var until = rollout.startedAt().plus(WARM_UP);
        boolean over = !now.isBefore(until);
        var due = waiting.stream()
                .filter(region -> over || !scene.observed().of(region).reachable() || isWarm(scene, region))
                .toList();
        if (due.isEmpty()) {
            return Optional.of(new Step.Wait(
                    "waiting for at most " + Spans.text(WARM_UP) + ": "
                            + String.join("; ", Pair.lacks(waiting, scene.observed())),
                    until,
                    until,
                    RolloutPlanner.NODES));
        }
        var pointers = new HashMap<RegionName, String>();
        due.forEach(region -> pointers.put(region, rollout.version().value()));
        var stages = rollout.stages().stream()
                .map(stage -> stage.tasks(
                        due.stream().filter(stage.regions()::contains).toList(), task -> task.in(TaskState.SWITCHED)))
                .map(stage ->
                        stage.done() || stage.regions().isEmpty() ? stage : stage.enter(rollbackState(stage), now))
                .toList();
        var without = Pair.lacks(due, scene.observed());
        return Optional.of(new Step.Change(
                Step.Kind.ROLLBACK_SWITCHED,
                rollout.stages(stages),
                scene.deployment().pointing(pointers, rollout.lineage()),
                RolloutPlanner.names(due) + " back on " + rollout.version()
                        + (without.isEmpty()
                                ? ", whose controllers are ready"
                                : WITHOUT_CONTROLLERS + String.join("; ", without))));
    }

    private static boolean isWarm(Scene scene, RegionName region) {
        return scene.observed().of(region).controllers().ready();
    }

    /** Of all regions: what was left is withdrawn, nothing else goes on, and the slots follow. */
    private static RegionalRollback.Outcome everywhere(
            Request request,
            Deployment deployment,
            List<RegionName> regions,
            Map<RegionName, String> pointers,
            VersionLabel target,
            Set<VersionLabel> left,
            String reason,
            List<Rollout> running,
            RolloutPlan plan) {
        var withdrawn = new LinkedHashSet<>(deployment.withdrawn());
        withdrawn.addAll(left);
        withdrawn.remove(target);
        var holdsBack = new LinkedHashSet<VersionLabel>();
        var present = deployment.hold();
        if (present != null) {
            holdsBack.addAll(present.withdrawn());
        }
        holdsBack.addAll(left);
        holdsBack.remove(target);
        var changed = deployment
                .pointing(pointers, request.lineage())
                .staging(aliases(plan, target))
                .withdrawing(List.copyOf(withdrawn))
                .proposing(null)
                .settled(regions)
                .holdingRegions(Map.of())
                .holding(new Deployment.Hold(reason, request.now(), List.copyOf(holdsBack)));
        return new RegionalRollback.Outcome(
                changed.slotting(slots(changed, target)),
                running.stream().map(other -> ended(request, other)).toList(),
                List.of());
    }

    private static Rollout ended(Request request, Rollout other) {
        boolean rollback = other.kind() == RolloutKind.ROLLBACK;
        var stages = rollback
                ? other.stages()
                : other.stages().stream()
                        .map(stage -> stage.touched()
                                ? stage.tasks(
                                                stage.regions().stream()
                                                        .filter(region -> stage.task(region)
                                                                .state()
                                                                .isTouched())
                                                        .toList(),
                                                task -> task.in(TaskState.REVERTED))
                                        .enter(StageState.REVERTED, request.now())
                                : stage)
                        .toList();
        return other.stages(stages)
                .ended(
                        rollback ? RolloutState.SUPERSEDED : RolloutState.ROLLED_BACK,
                        "ended by rollback " + request.id(),
                        request.now());
    }

    private static List<RegionName> affected(Request request, Deployment deployment) {
        request.only().stream()
                .filter(region -> !request.regions().contains(region))
                .min(RegionName::compareTo)
                .ifPresent(region -> {
                    throw new Refusal(
                            Refusal.Code.UNKNOWN,
                            "rolling back " + deployment.extension() + ": region " + region
                                    + " is not one of its regions");
                });
        return request.isRegional()
                ? request.regions().stream().filter(request.only()::contains).toList()
                : request.regions();
    }

    private static RolloutPlan plan(Request request, List<RegionName> regions) {
        var stages = new ArrayList<RolloutPlan.PlannedStage>();
        for (var stage : request.stages().stages()) {
            stages.add(new RolloutPlan.PlannedStage(
                    stage.name(), request.stages().regionsOf(stage, regions), Duration.ZERO, 0, false));
        }
        return new RolloutPlan(
                RolloutPlan.SCHEMA,
                "rollback",
                stages,
                Duration.ZERO,
                RolloutPlan.Limits.NONE,
                List.of(),
                Duration.ZERO,
                RolloutPlan.Policy.DEFAULT);
    }

    private static Map<String, String> aliases(RolloutPlan plan, VersionLabel target) {
        var aliases = new HashMap<String, String>();
        plan.stages().forEach(stage -> aliases.put(stage.name(), target.value()));
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

    private static String places(Request request) {
        return request.isRegional()
                ? request.only().stream().map(RegionName::value).sorted().collect(Collectors.joining(", "))
                : "every region";
    }
}
