package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.StageDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes plans from what is asked for, and predicts their end. Pure. */
public final class Plans {
    /** Bakes of the named plans. {@code solo} ramps instead: for one region, where stages tell nothing. */
    private static final Map<String, Duration> NAMED = Map.of(
            "standard", Duration.ofDays(1),
            "fast", Duration.ofHours(6),
            "quick", Duration.ofMinutes(30),
            "hotfix", Duration.ofHours(6),
            "solo", Duration.ofMinutes(30));

    private static final List<RolloutPlan.RampStep> SOLO_RAMP = List.of(
            new RolloutPlan.RampStep(5, Duration.ofMinutes(15)), new RolloutPlan.RampStep(25, Duration.ofMinutes(15)));

    /** One region alone before the others of a break-glass rollout; never more than the environment's minimum bake asks for. */
    private static final Duration SMOKE = Duration.ofSeconds(60);

    private static final Duration SMOKE_WITHOUT_MINIMUM = Duration.ofSeconds(2);

    /** Share of a later stage's regions that may fail, in percent. */
    private static final int FAILED_PERCENT = 10;

    /** Longest of all durations of a plan: with more nobody means to wait, and sums with times could not be told any more. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private Plans() {}

    /**
     * Facts of the environment that a plan is made for.
     *
     * @param regions     regions within the extension's placement, in declared order
     * @param pairs       paired regions as declared; a pair counts in both directions
     * @param defaultBake where neither a plan nor a bake is named, null: that of the plan {@code standard}
     */
    public record Facts(
            StageDefinition stages,
            List<RegionName> regions,
            Map<RegionName, ? extends Collection<RegionName>> pairs,
            Duration minimumBake,
            @Nullable Duration defaultBake) {
        public Facts {
            regions = List.copyOf(regions);
            pairs = Map.copyOf(pairs);
        }
    }

    /** Makes a plan, or refuses. */
    public static RolloutPlan make(RolloutKind kind, PlanSpec spec, Facts facts) {
        boolean breakGlass = kind == RolloutKind.BREAK_GLASS;
        requireBounded(spec);
        var name = name(kind, spec);
        var bake = breakGlass ? Duration.ZERO : bake(name, spec, facts);
        var unknown = new HashSet<>(spec.stages().keySet());
        var stages = new ArrayList<RolloutPlan.PlannedStage>();
        var left = new ArrayList<RolloutPlan.PlannedStage>();
        var reached = reached(spec.reach(), facts.stages());
        boolean first = true;
        for (var stage : facts.stages().stages()) {
            var own = spec.stages().get(stage.name());
            if (!reached.contains(stage.name())) {
                left.add(new RolloutPlan.PlannedStage(
                        stage.name(), facts.stages().regionsOf(stage, facts.regions()), Duration.ZERO, 0, false));
                continue;
            }
            unknown.remove(stage.name());
            var regions = facts.stages().regionsOf(stage, facts.regions());
            var stageBake = own == null || own.bake() == null || breakGlass ? bake : own.bake();
            stages.add(new RolloutPlan.PlannedStage(
                    stage.name(),
                    regions,
                    atLeast(stage.name(), stageBake, facts.minimumBake(), breakGlass),
                    budget(stage.name(), own, regions.size(), first),
                    !breakGlass && own != null && Boolean.TRUE.equals(own.approval())));
            first &= regions.isEmpty();
        }
        if (!unknown.isEmpty()) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    "plan: stage " + String.join(", ", unknown) + " (expected: one of " + String.join(", ", reached)
                            + ")");
        }
        return new RolloutPlan(
                RolloutPlan.SCHEMA,
                name,
                stages,
                facts.minimumBake(),
                limits(spec, facts, bake, breakGlass),
                breakGlass ? List.of() : ramp(name, spec),
                breakGlass ? smoke(facts.minimumBake()) : Duration.ZERO,
                policy(spec),
                left,
                !spec.isChecked());
    }

    private static void requireBounded(PlanSpec spec) {
        require("bake", spec.bake(), true);
        spec.stages().forEach((stage, own) -> require("bake of " + stage, own.bake(), true));
        require("waveBake", spec.waveBake(), true);
        if (spec.ramp() != null) {
            spec.ramp().forEach(step -> require("bake of ramp " + step.percent(), step.bake(), true));
        }
        require("progress", spec.progress(), false);
        require("approvalExpiry", spec.approvalExpiry(), false);
        require("unsureLimit", spec.unsureLimit(), false);
    }

    private static void require(String what, @Nullable Duration given, boolean zero) {
        if (given == null) {
            return;
        }
        if (given.isNegative() || (given.isZero() && !zero) || given.compareTo(LONGEST) > 0) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    what + ": " + given + " (expected: " + (zero ? "0 or more" : "more than 0") + ", at most "
                            + LONGEST.toDays() + " days)");
        }
    }

    /** Names of the stages that a rollout goes through, in sequence. */
    private static List<String> reached(PlanSpec.Reach reach, StageDefinition definition) {
        var names = definition.stages().stream().map(stage -> stage.name()).toList();
        return switch (reach) {
            case PlanSpec.Reach.All all -> names;
            case PlanSpec.Reach.Only only -> List.of(names.get(index(only.stage(), names)));
            case PlanSpec.Reach.Through through -> names.subList(0, index(through.stage(), names) + 1);
        };
    }

    private static int index(String stage, List<String> names) {
        int index = names.indexOf(stage);
        if (index < 0) {
            throw new Refusal(
                    Refusal.Code.INVALID, "stage: " + stage + " (expected: one of " + String.join(", ", names) + ")");
        }
        return index;
    }

    private static String name(RolloutKind kind, PlanSpec spec) {
        if (spec.name() != null && !NAMED.containsKey(spec.name())) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    "plan: " + spec.name() + " (expected: "
                            + String.join(", ", NAMED.keySet().stream().sorted().toList()) + ")");
        }
        return switch (kind) {
            case HOTFIX -> Objects.requireNonNullElse(spec.name(), "hotfix");
            case BREAK_GLASS -> "break-glass";
            case SAFE, JOIN, ROLLBACK ->
                spec.name() != null
                        ? spec.name()
                        : spec.reaching(new PlanSpec.Reach.All()).equals(PlanSpec.DEFAULT) ? "standard" : "custom";
        };
    }

    private static Duration bake(String name, PlanSpec spec, Facts facts) {
        if (spec.bake() != null) {
            return spec.bake();
        }
        var named = NAMED.getOrDefault(name, Duration.ofDays(1));
        var usual = facts.defaultBake();
        if (spec.name() != null || usual == null) {
            return named;
        }
        return usual.compareTo(facts.minimumBake()) < 0 ? facts.minimumBake() : usual;
    }

    private static Duration atLeast(String stage, Duration bake, Duration minimum, boolean breakGlass) {
        if (!breakGlass && bake.compareTo(minimum) < 0) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    "bake of " + stage + ": " + bake + " (expected: at least " + minimum
                            + ", the environment's minimum)");
        }
        return bake;
    }

    /** The first stage that users see may lose no region. */
    private static int budget(String stage, PlanSpec.@Nullable StageSpec own, int regions, boolean first) {
        if (own == null || own.maxFailedRegions() == null) {
            return first ? 0 : regions * FAILED_PERCENT / 100;
        }
        int wanted = own.maxFailedRegions();
        if (wanted < 0 || (first && wanted > 0) || (regions > 0 && wanted >= regions)) {
            throw new Refusal(
                    Refusal.Code.INVALID,
                    "maxFailedRegions of " + stage + ": " + wanted
                            + (first
                                    ? " (expected: 0, it is the first stage with regions)"
                                    : " (expected: 0 to " + Math.max(0, regions - 1) + ")"));
        }
        return wanted;
    }

    private static RolloutPlan.Limits limits(PlanSpec spec, Facts facts, Duration bake, boolean breakGlass) {
        var waveBake = spec.waveBake() == null
                ? (breakGlass || facts.minimumBake().compareTo(bake) < 0 ? facts.minimumBake() : bake)
                : spec.waveBake();
        int cap = spec.maxRegionsAtOnce() == null ? 0 : spec.maxRegionsAtOnce();
        if (cap < 0) {
            throw new Refusal(Refusal.Code.INVALID, "maxRegionsAtOnce: " + cap + " (expected: 1 or more, 0: no limit)");
        }
        return new RolloutPlan.Limits(
                cap,
                pairs(facts),
                breakGlass ? Duration.ZERO : atLeast("a wave", waveBake, facts.minimumBake(), false),
                spec.progress() == null ? RolloutPlan.Limits.PROGRESS : spec.progress());
    }

    private static Map<RegionName, Set<RegionName>> pairs(Facts facts) {
        var pairs = new HashMap<RegionName, Set<RegionName>>();
        facts.pairs()
                .forEach((region, others) -> others.forEach(other -> {
                    if (!region.equals(other)
                            // One that only other rollouts reach counts too.
                            && (facts.regions().contains(region)
                                    || facts.regions().contains(other))) {
                        pairs.computeIfAbsent(region, none -> new HashSet<>()).add(other);
                        pairs.computeIfAbsent(other, none -> new HashSet<>()).add(region);
                    }
                }));
        return pairs;
    }

    private static List<RolloutPlan.RampStep> ramp(String name, PlanSpec spec) {
        var ramp =
                spec.ramp() != null ? spec.ramp() : name.equals("solo") ? SOLO_RAMP : List.<RolloutPlan.RampStep>of();
        int last = 0;
        for (var step : ramp) {
            if (step.percent() <= last || step.percent() >= 100 || step.bake().isNegative()) {
                throw new Refusal(
                        Refusal.Code.INVALID,
                        "ramp: " + step.percent() + " (expected: rising shares from 1 to 99, each with a bake)");
            }
            last = step.percent();
        }
        return ramp;
    }

    private static Duration smoke(Duration minimumBake) {
        return minimumBake.isZero() ? SMOKE_WITHOUT_MINIMUM : SMOKE;
    }

    private static RolloutPlan.Policy policy(PlanSpec spec) {
        var usual = RolloutPlan.Policy.DEFAULT;
        return new RolloutPlan.Policy(
                spec.onFail() == null ? usual.onFail() : spec.onFail(),
                Boolean.TRUE.equals(spec.twoPersons()),
                spec.approvalExpiry() == null ? usual.approvalExpiry() : spec.approvalExpiry(),
                spec.unsureLimit() == null ? usual.unsureLimit() : spec.unsureLimit());
    }

    /** Whether users of the region have another version to fall back to while it ramps. */
    private static boolean hasRegions(RolloutPlan.PlannedStage stage) {
        return !stage.regions().isEmpty();
    }

    /**
     * When a plan is over if nothing goes wrong and approvals come at once; null when no window will let it go on.
     *
     * @param windows calendar windows that hold for it
     */
    public static @Nullable Instant predictedEnd(RolloutPlan plan, List<Window> windows, Instant start) {
        Instant at = start;
        for (var stage : plan.stages()) {
            if (!hasRegions(stage)) {
                continue;
            }
            var waves = Waves.all(plan, stage);
            for (int i = 0; i < waves.size(); i++) {
                at = Calendar.opening(windows, at);
                if (at == null) {
                    return null;
                }
                for (var step : plan.ramp()) {
                    at = at.plus(step.bake());
                }
                at = at.plus(Waves.bake(plan, stage, i == waves.size() - 1, waves.get(i)));
            }
        }
        return at;
    }
}
