package io.portolan.planner.rollout;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a person asks of a plan; everything that is null is the named plan's. Immutable.
 *
 * @param name             {@code standard}, {@code fast}, {@code quick}, {@code hotfix} or {@code solo}
 * @param bake             of every stage
 * @param stages           what differs for single stages, by stage name
 * @param maxRegionsAtOnce 0: no limit
 * @param waveBake         healthy time between waves of one stage
 * @param progress         how long a region may take to get the content or to converge
 * @param ramp             shares of a region's sessions below 100 percent
 * @param onFail           what a failed gate or a spent budget leads to
 */
public record PlanSpec(
        @Nullable String name,
        @Nullable Duration bake,
        Map<String, StageSpec> stages,
        @Nullable Integer maxRegionsAtOnce,
        @Nullable Duration waveBake,
        @Nullable Duration progress,
        @Nullable List<RolloutPlan.RampStep> ramp,
        @Nullable OnFail onFail,
        @Nullable Boolean twoPersons,
        @Nullable Duration approvalExpiry,
        @Nullable Duration unsureLimit) {
    /** Nothing asked for. */
    public static final PlanSpec DEFAULT =
            new PlanSpec(null, null, Map.of(), null, null, null, null, null, null, null, null);

    public PlanSpec {
        stages = Map.copyOf(Objects.requireNonNullElse(stages, Map.of()));
    }

    /** What differs for one stage. */
    public record StageSpec(
            @Nullable Duration bake,
            @Nullable Integer maxFailedRegions,
            @Nullable Boolean approval) {}

    /** The same with another bake of every stage. */
    public PlanSpec baking(Duration other) {
        return new PlanSpec(
                name,
                other,
                stages,
                maxRegionsAtOnce,
                waveBake,
                progress,
                ramp,
                onFail,
                twoPersons,
                approvalExpiry,
                unsureLimit);
    }
}
