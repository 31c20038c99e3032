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
 * @param reach            which stages it goes through
 * @param checks           whether health checks judge its stages; false: only bakes do
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
        @Nullable Duration unsureLimit,
        Reach reach,
        @Nullable Boolean checks) {
    /** Nothing asked for. */
    public static final PlanSpec DEFAULT =
            new PlanSpec(null, null, Map.of(), null, null, null, null, null, null, null, null);

    public PlanSpec {
        stages = Map.copyOf(Objects.requireNonNullElse(stages, Map.of()));
    }

    /** Through every stage, judged by health checks. */
    public PlanSpec(
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
        this(
                name,
                bake,
                stages,
                maxRegionsAtOnce,
                waveBake,
                progress,
                ramp,
                onFail,
                twoPersons,
                approvalExpiry,
                unsureLimit,
                new Reach.All(),
                null);
    }

    /** Which stages of the definition a rollout goes through, in their sequence. */
    public sealed interface Reach {
        /** Every stage. */
        record All() implements Reach {}

        /** One stage. */
        record Only(String stage) implements Reach {}

        /** All up to a stage, that one included. */
        record Through(String stage) implements Reach {}
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
                unsureLimit,
                reach,
                checks);
    }

    /** The same through these stages. */
    public PlanSpec reaching(Reach other) {
        return new PlanSpec(
                name,
                bake,
                stages,
                maxRegionsAtOnce,
                waveBake,
                progress,
                ramp,
                onFail,
                twoPersons,
                approvalExpiry,
                unsureLimit,
                other,
                checks);
    }

    /** The same with or without health checks. */
    public PlanSpec checked(boolean wanted) {
        return new PlanSpec(
                name,
                bake,
                stages,
                maxRegionsAtOnce,
                waveBake,
                progress,
                ramp,
                onFail,
                twoPersons,
                approvalExpiry,
                unsureLimit,
                reach,
                wanted);
    }

    /** Whether health checks judge its stages. */
    public boolean isChecked() {
        return checks == null || checks;
    }
}
