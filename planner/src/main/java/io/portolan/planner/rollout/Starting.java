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
        var plan = Plans.make(request.kind(), request.plan(), request.facts());
        var before = new HashMap<RegionName, String>();
        var stagesBefore = new HashMap<String, String>();
        boolean changes = false;
        for (var stage : plan.stages()) {
            var alias = deployment.stages().get(stage.name());
            stagesBefore.put(stage.name(), alias == null ? "" : alias.value());
            changes |= !request.version().equals(alias);
            for (var region : stage.regions()) {
                var present = deployment.versionIn(region);
                before.put(region, present.map(VersionLabel::value).orElse(""));
                changes |= !present.equals(Optional.of(request.version()));
            }
        }
        if (!changes) {
            throw new Refusal(
                    Refusal.Code.NOTHING_TO_CHANGE,
                    "starting " + request.version() + ": every stage and region of " + deployment.environment()
                            + " has it already");
        }
        var rollout = new Rollout(
                request.id(),
                request.lineage(),
                deployment.extension(),
                deployment.environment(),
                request.version(),
                before.getOrDefault(plan.regions().getLast(), ""),
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
        return new Started(
                new Step.Change(
                        Step.Kind.STARTED,
                        rollout,
                        chosenByAPerson(deployment, request.version()),
                        "rollout of " + request.version() + " started"
                                + (request.reason().isEmpty() ? "" : ": " + request.reason())),
                superseded(request, running));
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
        if (request.facts().regions().isEmpty()) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    "starting " + request.version() + ": the extension's placement has no region in "
                            + deployment.environment());
        }
    }

    /** The newest supersedes what has not started; break-glass everything, since it waits for nobody. */
    private static List<Rollout> superseded(Request request, List<Rollout> running) {
        return running.stream()
                .filter(other -> other.kind() != RolloutKind.ROLLBACK && other.state() != RolloutState.ROLLING_BACK)
                .filter(other -> request.kind() == RolloutKind.BREAK_GLASS
                        || (request.kind() != RolloutKind.HOTFIX
                                && other.kind() != RolloutKind.HOTFIX
                                && other.notStarted()))
                .map(other -> other.ended(
                        RolloutState.SUPERSEDED,
                        "superseded by " + request.id() + " of " + request.version()
                                + (other.notStarted() ? " before it began" : ", a break-glass rollout"),
                        request.now()))
                .toList();
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
