package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** What people ask for in a storm: rollouts of every kind and plan, rollbacks and all verbs. One thread at a time. */
final class StormRequests {
    private static final Duration MINIMUM = Duration.ofSeconds(3);
    private static final List<RegionName> REGIONS = World.REGIONS;

    private final Random random;
    private final Storm storm;
    private final Storm.Rules rules;
    private final Map<RegionName, List<RegionName>> pairs = new HashMap<>();
    private int ids;

    StormRequests(Random random, Storm storm, Storm.Rules rules) {
        this.random = random;
        this.storm = storm;
        this.rules = rules;
        if (random.nextBoolean()) {
            pairs.put(REGIONS.get(2), List.of(REGIONS.get(3)));
            pairs.put(REGIONS.get(4), List.of(REGIONS.get(5)));
        }
        if (random.nextInt(3) == 0) {
            pairs.put(REGIONS.get(0), List.of(REGIONS.get(3)));
        }
    }

    /** Rollouts and rollbacks that were asked for. */
    int started() {
        return ids;
    }

    private <T> T any(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    void start() {
        var kind = any(List.of(
                RolloutKind.SAFE,
                RolloutKind.SAFE,
                RolloutKind.SAFE,
                RolloutKind.HOTFIX,
                RolloutKind.HOTFIX,
                RolloutKind.BREAK_GLASS));
        if (kind == RolloutKind.BREAK_GLASS && random.nextInt(3) != 0) {
            kind = RolloutKind.SAFE;
        }
        int id = ++ids;
        var versions = storm.versions();
        var version = versions.isEmpty() || random.nextInt(6) != 0 ? new VersionLabel(id + ".0") : any(versions);
        var contains = random.nextInt(3) == 0 ? versions : List.<VersionLabel>of();
        var live = storm.joiners().live();
        var regions = random.nextInt(6) == 0
                ? live.stream().filter(region -> random.nextInt(4) != 0).toList()
                : live;
        var started = Starting.start(
                new Starting.Request(
                        "ro-" + id,
                        id,
                        version,
                        kind,
                        reach(plan(kind)),
                        new Plans.Facts(StageDefinition.standard(), regions, pairs, MINIMUM, null),
                        contains,
                        "because",
                        "ada",
                        storm.now()),
                storm.deployment(),
                storm.running(),
                made -> "hash of " + id);
        storm.accept(started, "start " + kind + " " + version + " regions " + regions.size() + " contains " + contains);
    }

    /** One in four goes through some stages only, one in ten without health checks. */
    private PlanSpec reach(PlanSpec spec) {
        var checked = random.nextInt(10) == 0 ? spec.checked(false) : spec;
        var stage = "stage" + random.nextInt(1, 6);
        boolean fits = spec.stages().isEmpty() || spec.stages().keySet().equals(java.util.Set.of(stage));
        return switch (fits ? random.nextInt(8) : 8) {
            case 0 -> checked.reaching(new PlanSpec.Reach.Only(stage));
            case 1 -> checked.reaching(new PlanSpec.Reach.Through(stage));
            default -> checked;
        };
    }

    private PlanSpec plan(RolloutKind kind) {
        if (kind == RolloutKind.BREAK_GLASS) {
            return PlanSpec.DEFAULT;
        }
        var stages = new HashMap<String, PlanSpec.StageSpec>();
        if (random.nextInt(3) == 0) {
            stages.put("stage5", new PlanSpec.StageSpec(null, random.nextInt(3), random.nextInt(3) == 0));
        }
        if (random.nextInt(5) == 0) {
            stages.put("stage2", new PlanSpec.StageSpec(null, null, true));
        }
        return new PlanSpec(
                null,
                seconds(3, 20),
                stages,
                random.nextInt(4),
                seconds(3, 8),
                seconds(20, 120),
                random.nextInt(3) == 0
                        ? List.of(
                                new RolloutPlan.RampStep(10, seconds(1, 6)),
                                new RolloutPlan.RampStep(50, seconds(1, 6)))
                        : null,
                random.nextInt(6) == 0 ? OnFail.HALT : null,
                random.nextInt(4) == 0,
                seconds(60, 600),
                seconds(10, 60));
    }

    private Duration seconds(int from, int to) {
        return Duration.ofSeconds(random.nextInt(from, to));
    }

    void rollBack() {
        int id = ++ids;
        var region =
                random.nextInt(3) == 0 ? Optional.of(any(storm.joiners().serving())) : Optional.<RegionName>empty();
        var started = RollingBack.start(
                new RollingBack.Request(
                                "ro-" + id,
                                id,
                                RollingBack.AUTO,
                                region,
                                StageDefinition.standard(),
                                storm.joiners().serving(),
                                version -> true,
                                Map.of(),
                                "",
                                "ada",
                                storm.now())
                        .warming(version -> storm.cold(version)),
                storm.deployment(),
                storm.running(),
                made -> "hash of " + id);
        if (!storm.hasCompleted(started.started().rollout().version())) {
            throw storm.broken(
                    "I5: a rollback chose " + started.started().rollout().version() + ", which was never good");
        }
        storm.accept(started, "roll back " + region.map(RegionName::value).orElse("all"));
    }

    void steer() {
        var any = storm.running();
        if (any.isEmpty()) {
            return;
        }
        var rollout = any(any);
        switch (random.nextInt(14)) {
            case 0, 1 -> storm.take(rollout, Steering.pause(rollout, storm.deployment(), "", storm.now()), "pause");
            case 2, 3, 4, 5 ->
                storm.take(rollout, Steering.resume(rollout, storm.deployment(), "", storm.now()), "resume");
            case 6, 7 -> storm.take(rollout, rules.advance(rollout, storm.deployment(), storm.now()), "advance");
            case 8 -> abort(rollout);
            case 9 -> {
                if (random.nextInt(3) == 0) {
                    storm.take(rollout, Steering.halt(rollout, storm.deployment(), "", storm.now()), "halt");
                }
            }
            default -> approve(rollout);
        }
    }

    /** Whatever comes with it or after it changes nothing: it reverts, or it had moved nothing. */
    private void abort(Rollout rollout) {
        if (random.nextBoolean()) {
            storm.tryTo(() ->
                    storm.take(rollout, rules.advance(rollout, storm.deployment(), storm.now()), "advance with abort"));
        }
        var present = storm.rollout(rollout.id());
        storm.take(present, rules.abort(present, storm.deployment(), storm.now()), "abort");
        var aborted = storm.rollout(rollout.id());
        if (aborted.state() != RolloutState.ROLLING_BACK && aborted.state() != RolloutState.CANCELLED) {
            throw storm.broken("I4: aborted and " + aborted.state());
        }
        try {
            storm.take(aborted, rules.advance(aborted, storm.deployment(), storm.now()), "advance after abort");
        } catch (Refusal refused) {
            return;
        }
        throw storm.broken("I4: advanced after it was aborted");
    }

    private void approve(Rollout rollout) {
        var stage = any(rollout.stages()).name();
        storm.take(
                rollout,
                Approvals.approve(
                        rollout, storm.deployment(), stage, "", random.nextInt(3) == 0 ? "ada" : "grace", storm.now()),
                "approve " + stage);
    }
}
