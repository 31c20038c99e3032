package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Which regions of a stage move together: never two that are paired, never more than the plan's cap. Pure. */
public final class Waves {
    private Waves() {}

    /**
     * The next wave, in the stage's order; empty when nothing may move beside what is un-sealed now.
     *
     * @param left     regions of the stage that have not moved
     * @param unsealed regions of this and other rollouts of the extension that moved and are not sealed
     */
    static List<RegionName> next(
            RolloutPlan plan, RolloutPlan.PlannedStage stage, List<RegionName> left, Collection<RegionName> unsealed) {
        int cap = cap(plan, stage, left) - unsealed.size();
        var wave = new ArrayList<RegionName>();
        for (var region : left) {
            if (wave.size() < cap
                    && !unsealed.contains(region)
                    && unsealed.stream().noneMatch(other -> plan.limits().paired(region, other))
                    && wave.stream().noneMatch(other -> plan.limits().paired(region, other))) {
                wave.add(region);
            }
        }
        return wave;
    }

    /** All waves of a stage, in order, if no other rollout is under way. */
    public static List<List<RegionName>> all(RolloutPlan plan, RolloutPlan.PlannedStage stage) {
        var waves = new ArrayList<List<RegionName>>();
        var left = new ArrayList<>(stage.regions());
        while (!left.isEmpty()) {
            var wave = next(plan, stage, left, List.of());
            waves.add(wave);
            left.removeAll(wave);
        }
        return waves;
    }

    /** Healthy time of a wave that has all sessions. */
    static Duration bake(RolloutPlan plan, RolloutPlan.PlannedStage stage, boolean last, List<RegionName> wave) {
        var smoke = isSmoke(plan, stage, wave) ? plan.smoke() : Duration.ZERO;
        var bake = last ? stage.bake() : plan.limits().waveBake();
        return smoke.compareTo(bake) > 0 ? smoke : bake;
    }

    private static int cap(RolloutPlan plan, RolloutPlan.PlannedStage stage, List<RegionName> left) {
        if (isSmoke(plan, stage, left)) {
            return 1;
        }
        int cap = plan.limits().maxRegionsAtOnce();
        return cap == 0 ? Integer.MAX_VALUE : cap;
    }

    /** Whether these begin with the very first region of a plan that looks at one alone. */
    private static boolean isSmoke(RolloutPlan plan, RolloutPlan.PlannedStage stage, List<RegionName> regions) {
        return !plan.smoke().isZero()
                && !regions.isEmpty()
                && plan.stages().indexOf(stage) == plan.firstWithRegions()
                && regions.getFirst().equals(stage.regions().getFirst());
    }
}
