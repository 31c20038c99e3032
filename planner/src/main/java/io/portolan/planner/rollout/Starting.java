package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Rules for starting a forward rollout. Pure. */
public final class Starting {
    private Starting() {}

    /**
     * What a rollout is started with.
     *
     * @param id       fresh id
     * @param lineage  above that of every rollout that was started before
     * @param contains versions whose changes it has too
     */
    public record Request(
            String id,
            long lineage,
            VersionLabel version,
            RolloutKind kind,
            PlanSpec plan,
            Plans.Facts facts,
            List<VersionLabel> contains,
            String reason,
            String actor,
            Instant now) {
        public Request {
            contains = List.copyOf(contains);
        }
    }

    /**
     * A started rollout.
     *
     * @param started what to record
     * @param ended   rollouts that it ends, as they are to be recorded
     * @param changed rollouts that go on, without a region that it takes from them, or back everywhere; to be recorded too
     */
    public record Started(Step.Change started, List<Rollout> ended, List<Rollout> changed) {
        public Started {
            ended = List.copyOf(ended);
            changed = List.copyOf(changed);
        }

        /** Which changes no rollout that goes on. */
        public Started(Step.Change started, List<Rollout> ended) {
            this(started, ended, List.of());
        }
    }

    /**
     * The rollout to record, or a {@link Refusal}.
     *
     * @param running  rollouts of this extension and environment that are not final
     * @param planHash digest of the frozen plan
     */
    public static Started start(
            Request request, Deployment deployment, List<Rollout> running, Function<RolloutPlan, String> planHash) {
        refuse(request, deployment, running);
        var rollout = planned(request, deployment, planHash);
        if (!changes(rollout, deployment)) {
            throw new Refusal(
                    Refusal.Code.NOTHING_TO_CHANGE,
                    "starting " + request.version() + ": every stage and region of " + deployment.environment()
                            + (rollout.plan().left().isEmpty() ? "" : " that it is to go through") + " has it already");
        }
        var ended = superseded(request, rollout.plan(), running);
        var changed = chosenByAPerson(deployment, request.version());
        for (var other : ended) {
            changed = changed.leaving(other);
        }
        return new Started(
                new Step.Change(
                        Step.Kind.STARTED,
                        rollout,
                        changed,
                        "rollout of " + request.version() + " started"
                                + (request.reason().isEmpty() ? "" : ": " + request.reason())),
                ended);
    }

    /** The rollout with its frozen plan, before anybody has asked whether it may start. */
    static Rollout planned(Request request, Deployment deployment, Function<RolloutPlan, String> planHash) {
        requireRegions(request, deployment);
        var plan = Plans.make(request.kind(), request.plan(), request.facts());
        var before = new HashMap<RegionName, String>();
        var stagesBefore = new HashMap<String, String>();
        for (var stage : plan.stages()) {
            stagesBefore.put(
                    stage.name(),
                    deployment.versionOf(stage.name()).map(VersionLabel::value).orElse(""));
            for (var region : stage.regions()) {
                before.put(
                        region,
                        deployment.versionIn(region).map(VersionLabel::value).orElse(""));
            }
        }
        var regions = plan.regions();
        return new Rollout(
                request.id(),
                request.lineage(),
                deployment.extension(),
                deployment.environment(),
                request.version(),
                regions.isEmpty() ? "" : before.getOrDefault(regions.getLast(), ""),
                request.kind(),
                RolloutState.RUNNING,
                request.reason(),
                request.actor(),
                request.contains(),
                plan,
                planHash.apply(plan),
                plan.stages().stream().map(StageProgress::pending).toList(),
                before,
                stagesBefore,
                List.of(),
                false,
                request.now(),
                request.now(),
                null,
                null,
                null);
    }

    /** Whether a stage or region of its plan has another version now. */
    private static boolean changes(Rollout rollout, Deployment deployment) {
        var version = Optional.of(rollout.version());
        return rollout.stages().stream()
                .anyMatch(stage ->
                        !version.equals(Optional.ofNullable(deployment.stages().get(stage.name())))
                                || stage.regions().stream()
                                        .anyMatch(region ->
                                                !deployment.versionIn(region).equals(version)));
    }

    /** Why it may not start now, in words; empty when it may. */
    static Optional<String> refusal(Request request, Deployment deployment, List<Rollout> running) {
        try {
            refuse(request, deployment, running);
            return Optional.empty();
        } catch (Refusal refused) {
            return Optional.of(String.valueOf(refused.getMessage()));
        }
    }

    private static void refuse(Request request, Deployment deployment, List<Rollout> running) {
        running.stream()
                .filter(other -> other.version().equals(request.version()) && other.kind() != RolloutKind.ROLLBACK)
                .findFirst()
                .ifPresent(other -> {
                    throw new Refusal(
                            Refusal.Code.ROLLOUT_IN_PROGRESS,
                            "starting " + request.version() + ": rollout " + other.id() + " of it is " + other.state()
                                    + " (wait for it, or: portolan rollout abort|halt " + other.id() + ")");
                });
        if (deployment.refuses(request.version())) {
            throw new Refusal(
                    Refusal.Code.HELD,
                    "starting " + request.version() + ": it was withdrawn and the hold stands: "
                            + holdReason(deployment) + " (publish a newer version, or: portolan hold lift "
                            + deployment.extension() + ")");
        }
        deployment.regionHolds().entrySet().stream()
                .filter(entry -> entry.getValue().withdrawn().contains(request.version()))
                .min(java.util.Map.Entry.comparingByKey())
                .ifPresent(entry -> {
                    throw new Refusal(
                            Refusal.Code.HELD,
                            "starting " + request.version() + ": it was withdrawn in " + entry.getKey()
                                    + " and the hold there stands: "
                                    + entry.getValue().reason()
                                    + " (publish a newer version, or: portolan hold lift " + deployment.extension()
                                    + ")");
                });
        if (request.kind() == RolloutKind.BREAK_GLASS && request.reason().isEmpty()) {
            throw new Refusal(Refusal.Code.INVALID, "starting a break-glass rollout: no reason (expected: --reason)");
        }
        if (!request.plan().isChecked() && request.reason().isEmpty()) {
            throw new Refusal(
                    Refusal.Code.INVALID, "starting a rollout without health checks: no reason (expected: --reason)");
        }
    }

    private static void requireRegions(Request request, Deployment deployment) {
        if (request.facts().regions().isEmpty()) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    "starting " + request.version() + ": the extension's placement has no region in "
                            + deployment.environment());
        }
    }

    /**
     * The newest supersedes what has not started and would go nowhere else; break-glass everything that it meets, since it waits for
     * nobody.
     */
    private static List<Rollout> superseded(Request request, RolloutPlan plan, List<Rollout> running) {
        return running.stream()
                .filter(other -> other.kind() != RolloutKind.ROLLBACK && other.state() != RolloutState.ROLLING_BACK)
                .filter(other -> request.kind() == RolloutKind.BREAK_GLASS
                        ? meets(plan, other)
                        : request.kind() != RolloutKind.HOTFIX
                                && other.kind() != RolloutKind.HOTFIX
                                && other.notStarted()
                                && covers(plan, other))
                .map(other -> other.ended(
                        RolloutState.SUPERSEDED,
                        "superseded by " + request.id() + " of " + request.version()
                                + (other.notStarted() ? " before it began" : ", a break-glass rollout"),
                        request.now()))
                .toList();
    }

    /** Whether the plan goes through every stage of the other: one that goes on elsewhere has something left to do. */
    private static boolean covers(RolloutPlan plan, Rollout other) {
        return other.stages().stream().noneMatch(stage -> plan.left().stream()
                .anyMatch(left -> left.name().equals(stage.name())));
    }

    private static boolean meets(RolloutPlan plan, Rollout other) {
        return plan.left().isEmpty()
                || other.stages().stream().anyMatch(stage -> plan.left().stream()
                        .noneMatch(left -> left.name().equals(stage.name())));
    }

    /** A person who starts another version lifts the hold; one who starts this version takes its withdrawal back. */
    private static Deployment chosenByAPerson(Deployment deployment, VersionLabel version) {
        return deployment
                .holding(null)
                .holdingRegions(Map.of())
                .withdrawing(deployment.withdrawn().stream()
                        .filter(other -> !other.equals(version))
                        .toList());
    }

    private static String holdReason(Deployment deployment) {
        var hold = deployment.hold();
        return hold == null ? "" : hold.reason();
    }
}
