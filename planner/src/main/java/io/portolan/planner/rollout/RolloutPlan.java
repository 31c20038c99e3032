package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.time.Duration;
import java.util.List;

/**
 * What a rollout will do, frozen when it starts. Immutable.
 *
 * @param schema      version of this form, {@link #SCHEMA}
 * @param stages      in order; those without regions are skipped
 * @param minimumBake no wait can be ended before this much healthy time
 */
public record RolloutPlan(int schema, List<PlannedStage> stages, Duration minimumBake) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    public RolloutPlan {
        stages = List.copyOf(stages);
    }

    /** One stage: its regions in order, and how long it must stay healthy. */
    public record PlannedStage(String name, List<RegionName> regions, Duration bake) {
        public PlannedStage {
            regions = List.copyOf(regions);
        }
    }
}
