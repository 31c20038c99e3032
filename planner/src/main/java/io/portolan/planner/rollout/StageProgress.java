package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.StageState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far one stage of a rollout is. Immutable.
 *
 * @param convergedAt when it first converged, null before
 * @param healthyFor  healthy time accumulated since then
 * @param tickedAt    when healthy time was last counted; null while it is not being counted
 * @param verdict     what the gate said last, empty text before
 */
public record StageProgress(
        String name,
        List<RegionName> regions,
        StageState state,
        @Nullable Instant convergedAt,
        Duration healthyFor,
        @Nullable Instant tickedAt,
        String verdict) {
    public StageProgress {
        regions = List.copyOf(regions);
    }

    static StageProgress pending(RolloutPlan.PlannedStage stage) {
        return new StageProgress(stage.name(), stage.regions(), StageState.PENDING, null, Duration.ZERO, null, "");
    }

    StageProgress in(StageState next) {
        return new StageProgress(name, regions, next, convergedAt, healthyFor, tickedAt, verdict);
    }

    StageProgress converged(Instant now) {
        return new StageProgress(name, regions, StageState.BAKING, now, healthyFor, now, verdict);
    }

    StageProgress healthy(Duration total, @Nullable Instant counted) {
        return new StageProgress(name, regions, state, convergedAt, total, counted, verdict);
    }

    StageProgress judged(String said) {
        return new StageProgress(name, regions, state, convergedAt, healthyFor, tickedAt, said);
    }

    /** Whether its regions were switched by the rollout and not switched back. */
    public boolean touched() {
        return switch (state) {
            case CONVERGING, BAKING, GATING, SEALED -> true;
            case PENDING, SKIPPED, APPLYING, REVERTED -> false;
        };
    }

    /** Whether nothing more happens to it. */
    public boolean done() {
        return switch (state) {
            case SEALED, SKIPPED, REVERTED -> true;
            case PENDING, APPLYING, CONVERGING, BAKING, GATING -> false;
        };
    }
}
