package io.portolan.planner.bringup;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far a region is on its way to users, or away from them. Immutable.
 *
 * @param incarnation rises each time a region code is used again: keys of an earlier one count for nothing
 * @param heldIn      the state that it was held in, null unless it is HELD
 * @param reason      why it is in its state, one sentence
 * @param leaving     whether it is on its way out
 * @param step        index into the plan's shares
 * @param setbacks    how often the ramp went back
 * @param cells       the most extensions that it was to have since somebody last looked at that
 * @param misses      looks in a row that could not tell what it should have
 * @param since       when the present state or step began
 * @param good        consecutive good time in the present state or step
 * @param tickedAt    when good time was last counted, null while it is not
 */
public record BringUp(
        RegionName region,
        EnvironmentName environment,
        int incarnation,
        RegionState state,
        @Nullable RegionState heldIn,
        String reason,
        boolean leaving,
        int step,
        int setbacks,
        int cells,
        int misses,
        Instant since,
        Duration good,
        @Nullable Instant tickedAt) {
    public BringUp {
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(good, "good");
        if ((state == RegionState.HELD) != (heldIn != null)) {
            throw new IllegalArgumentException("region " + region + ": " + state + " held in " + heldIn);
        }
    }

    /** A region of which only its facts are known. */
    public static BringUp declared(
            RegionName region, EnvironmentName environment, int incarnation, String reason, Instant now) {
        return new BringUp(
                region,
                environment,
                incarnation,
                RegionState.DECLARED,
                null,
                reason,
                false,
                0,
                0,
                0,
                0,
                now,
                Duration.ZERO,
                null);
    }

    /** A region that was there before anybody recorded its way. */
    public static BringUp live(RegionName region, EnvironmentName environment, Instant now) {
        return declared(region, environment, 1, "declared by the settings", now)
                .enter(RegionState.LIVE, "declared by the settings", now);
    }

    /** The state that its way is in, whether it is held there or not. */
    public RegionState way() {
        return heldIn == null ? state : heldIn;
    }

    /** Whether too much would go if it were to have so many extensions only: one is somebody's decision, half of all a mistake. */
    public boolean losesTooMany(int count) {
        int lost = cells - count;
        return lost > 1 && lost * 2 >= cells;
    }

    /** Whether its node is a member: it may report and be told what to serve. */
    public boolean isEnrolled() {
        return switch (way()) {
            case SEEDING, WIRING, VERIFYING, DARK, CANARY, RAMPING, LIVE, DRAINING, RETIRING -> true;
            case DECLARED, PREFLIGHT, ENROLLING, RETIRED, HELD -> false;
        };
    }

    /** Whether it is as far as being told what to serve and probed for it. */
    public boolean isDark() {
        return switch (way()) {
            case DARK, CANARY, RAMPING, LIVE -> true;
            default -> false;
        };
    }

    /** Share of its nearest clients that directors may send to it, in thousandths. */
    public int share(BringUpPlan plan) {
        return switch (state) {
            case CANARY -> plan.shares().getFirst();
            case RAMPING -> plan.shares().get(Math.min(step, plan.shares().size() - 1));
            case LIVE -> BringUpPlan.ALL;
            default -> 0;
        };
    }

    public BringUp enter(RegionState next, String why, Instant now) {
        return new BringUp(
                region,
                environment,
                incarnation,
                next,
                null,
                why,
                leaving,
                step,
                setbacks,
                cells,
                0,
                now,
                Duration.ZERO,
                null);
    }

    BringUp at(int nextStep, String why, Instant now) {
        var entered = enter(RegionState.RAMPING, why, now);
        return entered.counted(nextStep, setbacks, cells, misses, Duration.ZERO, null);
    }

    public BringUp held(String why, Instant now) {
        return new BringUp(
                region,
                environment,
                incarnation,
                RegionState.HELD,
                way(),
                why,
                leaving,
                step,
                setbacks,
                cells,
                0,
                now,
                Duration.ZERO,
                null);
    }

    BringUp good(Duration total, @Nullable Instant counted) {
        return counted(step, setbacks, cells, misses, total, counted);
    }

    BringUp setBack() {
        return counted(step, setbacks + 1, cells, misses, good, tickedAt);
    }

    BringUp afresh() {
        return counted(0, 0, cells, misses, good, tickedAt);
    }

    /** The same where it is to have so many extensions. */
    public BringUp knowing(int count) {
        return counted(step, setbacks, count, 0, good, tickedAt);
    }

    BringUp missing(int inARow) {
        return counted(step, setbacks, cells, inARow, good, tickedAt);
    }

    BringUp away() {
        return new BringUp(
                region,
                environment,
                incarnation,
                state,
                heldIn,
                reason,
                true,
                step,
                setbacks,
                cells,
                misses,
                since,
                good,
                tickedAt);
    }

    private BringUp counted(
            int newStep, int newSetbacks, int newCells, int newMisses, Duration newGood, @Nullable Instant newTicked) {
        return new BringUp(
                region,
                environment,
                incarnation,
                state,
                heldIn,
                reason,
                leaving,
                newStep,
                newSetbacks,
                newCells,
                newMisses,
                since,
                newGood,
                newTicked);
    }
}
