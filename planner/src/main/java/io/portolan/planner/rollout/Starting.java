package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
     * @param id      fresh id
     * @param regions regions of the environment within the extension's placement, in declared order
     * @param bake    of each stage
     */
    public record Request(
            String id,
            VersionLabel version,
            RolloutKind kind,
            StageDefinition stages,
            List<RegionName> regions,
            Duration bake,
            Duration minimumBake,
            String reason,
            String actor,
            Instant now) {
        public Request {
            regions = List.copyOf(regions);
        }
    }

    /**
     * The rollout to record, or a {@link Refusal}.
     *
     * @param running  the rollout of this extension and environment that is not final, if there is one
     * @param planHash digest of the frozen plan
     */
    public static Step.Change start(
            Request request, Deployment deployment, Optional<Rollout> running, Function<RolloutPlan, String> planHash) {
        running.ifPresent(other -> {
            throw new Refusal(
                    Refusal.Code.ROLLOUT_IN_PROGRESS,
                    "starting " + request.version() + ": rollout " + other.id() + " of " + other.version() + " is "
                            + other.state() + " (wait for it, or: portolan rollout abort|halt " + other.id() + ")");
        });
        if (deployment.refuses(request.version())) {
            throw new Refusal(
                    Refusal.Code.HELD,
                    "starting " + request.version() + ": it was withdrawn and the hold stands: "
                            + holdReason(deployment) + " (publish a newer version, or: portolan hold lift "
                            + deployment.extension() + ")");
        }
        if (request.kind() == RolloutKind.BREAK_GLASS && request.reason().isEmpty()) {
            throw new Refusal(Refusal.Code.INVALID, "starting a break-glass rollout: no reason (expected: --reason)");
        }
        if (request.regions().isEmpty()) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    "starting " + request.version() + ": the extension's placement has no region in "
                            + deployment.environment());
        }
        var plan = plan(request);
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
                deployment.extension(),
                deployment.environment(),
                request.version(),
                base(plan, before),
                request.kind(),
                RolloutState.RUNNING,
                request.reason(),
                request.actor(),
                plan,
                planHash.apply(plan),
                plan.stages().stream().map(StageProgress::pending).toList(),
                before,
                stagesBefore,
                false,
                request.now(),
                null,
                null);
        return new Step.Change(
                Step.Kind.STARTED,
                rollout,
                chosenByAPerson(deployment, request.version()),
                "rollout of " + request.version() + " started"
                        + (request.reason().isEmpty() ? "" : ": " + request.reason()));
    }

    private static String base(RolloutPlan plan, Map<RegionName, String> before) {
        var regions = plan.stages().stream()
                .flatMap(stage -> stage.regions().stream())
                .toList();
        return before.getOrDefault(regions.getLast(), "");
    }

    private static RolloutPlan plan(Request request) {
        var bake = request.kind() == RolloutKind.BREAK_GLASS ? Duration.ZERO : request.bake();
        if (request.kind() != RolloutKind.BREAK_GLASS && bake.compareTo(request.minimumBake()) < 0) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    "bake: " + bake + " (expected: at least " + request.minimumBake() + ", the environment's minimum)");
        }
        var stages = new ArrayList<RolloutPlan.PlannedStage>();
        for (var stage : request.stages().stages()) {
            stages.add(new RolloutPlan.PlannedStage(
                    stage.name(), request.stages().regionsOf(stage, request.regions()), bake));
        }
        return new RolloutPlan(RolloutPlan.SCHEMA, stages, request.minimumBake());
    }

    /** A person who starts another version lifts the hold; one who starts this version takes its withdrawal back. */
    private static Deployment chosenByAPerson(Deployment deployment, VersionLabel version) {
        return deployment
                .holding(null)
                .withdrawing(deployment.withdrawn().stream()
                        .filter(other -> !other.equals(version))
                        .toList());
    }

    private static String holdReason(Deployment deployment) {
        var hold = deployment.hold();
        return hold == null ? "" : hold.reason();
    }

    /** Regions of the placement, in their given order; {@code ["*"]} or no entry takes all. */
    public static List<RegionName> placed(
            Map<String, List<String>> placement, String environment, List<RegionName> regions) {
        var wanted = placement.getOrDefault(environment, List.of("*"));
        return wanted.contains("*")
                ? List.copyOf(regions)
                : regions.stream()
                        .filter(region -> wanted.contains(region.value()))
                        .toList();
    }
}
