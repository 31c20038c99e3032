package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a rollout will do, frozen when it starts. Immutable.
 *
 * @param schema      version of this form, {@link #SCHEMA}
 * @param name        of the named plan that it was made from, {@code custom} otherwise
 * @param stages      in order; those without regions are skipped
 * @param minimumBake no wait can be ended before this much healthy time
 * @param limits      what it never does at once
 * @param ramp        shares of the sessions of a region before all of them, in order; empty: all at once
 * @param smoke       healthy time of the first region alone before any other, zero where the stages see to that
 * @param policy      who must agree, and what a failure leads to
 * @param left        stages of the definition that it does not go through, with their regions
 * @param unchecked   whether only bakes judge its stages, and no health check
 */
public record RolloutPlan(
        int schema,
        String name,
        List<PlannedStage> stages,
        Duration minimumBake,
        Limits limits,
        List<RampStep> ramp,
        Duration smoke,
        Policy policy,
        List<PlannedStage> left,
        boolean unchecked) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 3;

    public RolloutPlan {
        name = Objects.requireNonNullElse(name, "custom");
        stages = List.copyOf(stages);
        limits = Objects.requireNonNullElse(limits, Limits.NONE);
        ramp = List.copyOf(Objects.requireNonNullElse(ramp, List.of()));
        smoke = Objects.requireNonNullElse(smoke, Duration.ZERO);
        policy = Objects.requireNonNullElse(policy, Policy.DEFAULT);
        // Of an earlier build, which always went through every stage.
        left = List.copyOf(Objects.requireNonNullElse(left, List.of()));
    }

    /** Through every stage, judged by health checks. */
    public RolloutPlan(
            int schema,
            String name,
            List<PlannedStage> stages,
            Duration minimumBake,
            Limits limits,
            List<RampStep> ramp,
            Duration smoke,
            Policy policy) {
        this(schema, name, stages, minimumBake, limits, ramp, smoke, policy, List.of(), false);
    }

    /**
     * One stage: its regions in order, and how long it must stay healthy.
     *
     * @param maxFailedRegions regions that may fail or be out of reach before everything is put back
     * @param approval         whether a person must approve the stage before it begins
     */
    public record PlannedStage(
            String name, List<RegionName> regions, Duration bake, int maxFailedRegions, boolean approval) {
        public PlannedStage {
            regions = List.copyOf(regions);
        }
    }

    /**
     * What is never done at once. Binds forward moves only.
     *
     * @param maxRegionsAtOnce regions that are switched and not sealed at one time; 0: no limit
     * @param pairs            for each region those it is paired with, in both directions: never un-sealed at one time
     * @param waveBake         healthy time of a wave before the next wave of the same stage; the last wave has the stage's bake
     * @param progress         how long a region may take to get the content, or to converge
     */
    public record Limits(
            int maxRegionsAtOnce, Map<RegionName, Set<RegionName>> pairs, Duration waveBake, Duration progress) {
        /** Time to get the content or to converge, unless a plan says otherwise. */
        public static final Duration PROGRESS = Duration.ofMinutes(10);

        /** No cap and no pairs. */
        public static final Limits NONE = new Limits(0, Map.of(), Duration.ZERO, PROGRESS);

        public Limits {
            pairs = Map.copyOf(pairs);
        }

        boolean paired(RegionName one, RegionName other) {
            return pairs.getOrDefault(one, Set.of()).contains(other);
        }
    }

    /** One share of a region's sessions, in percent below 100, and its healthy time. */
    public record RampStep(int percent, Duration bake) {}

    /**
     * Who must agree.
     *
     * @param onFail         what a failure leads to
     * @param twoPersons     whether whoever started a rollout may not approve it
     * @param approvalExpiry how long an approval counts
     * @param unsureLimit    how long a gate may be inconclusive or in error before the rollout waits for a person
     */
    public record Policy(OnFail onFail, boolean twoPersons, Duration approvalExpiry, Duration unsureLimit) {
        /** Puts back by itself; one person may approve. */
        public static final Policy DEFAULT = new Policy(OnFail.REVERT, false, Duration.ofDays(1), Duration.ofHours(1));
    }

    /** Every region of the plan, in order. */
    public List<RegionName> regions() {
        var regions = new ArrayList<RegionName>();
        stages.forEach(stage -> regions.addAll(stage.regions()));
        return regions;
    }

    /** Index of the first stage that has a region. */
    int firstWithRegions() {
        for (int i = 0; i < stages.size(); i++) {
            if (!stages.get(i).regions().isEmpty()) {
                return i;
            }
        }
        return stages.size();
    }
}
