package io.portolan.protocol.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.portolan.model.RegionName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The frozen plan of a rollout.
 *
 * @param name         of the named plan, or {@code custom}
 * @param ramp         shares of a region's sessions before all of them
 * @param onFail       {@code revert} or {@code halt}
 * @param predictedEnd when it is over if nothing goes wrong and approvals come at once, as seen at the start; null when no window
 *                     lets it go on
 * @param left         stages that it does not go through
 * @param checks       whether health checks judge its stages, and not only bakes
 */
public record PlanBody(
        String name,
        List<StagePlan> stages,
        Duration minimumBake,
        Duration waveBake,
        int maxRegionsAtOnce,
        List<Ramp> ramp,
        String onFail,
        boolean twoPersons,
        @Nullable Instant predictedEnd,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> left,
        @Nullable Boolean checks) {
    public PlanBody {
        // Absent where there are none.
        left = List.copyOf(Objects.requireNonNullElse(left, List.of()));
        // Of a server that knew no other.
        checks = checks == null || checks;
    }

    /**
     * One stage.
     *
     * @param waves regions in the order in which they move, those of one list together
     */
    public record StagePlan(
            String name, List<List<RegionName>> waves, Duration bake, int maxFailedRegions, boolean approval) {}

    /** One share of the sessions. */
    public record Ramp(int percent, Duration bake) {}

    /** What is asked of a plan: all that is absent is as the named plan has it. Durations such as {@code 6h} or {@code PT6H}. */
    public record Wanted(
            @Nullable String name,
            @Nullable String bake,
            @Nullable Map<String, WantedStage> stages,
            @Nullable Integer maxRegionsAtOnce,
            @Nullable String waveBake,
            @Nullable String progress,
            @Nullable List<WantedRamp> ramp,
            @Nullable String onFail,
            @Nullable Boolean twoPersons,
            @Nullable String approvalExpiry,
            @Nullable String unsureLimit) {}

    /** What differs for one stage. */
    public record WantedStage(
            @Nullable String bake,
            @Nullable Integer maxFailedRegions,
            @Nullable Boolean approval) {}

    /** One share of the sessions. */
    public record WantedRamp(int percent, String bake) {}
}
