package io.portolan.planner.cdn;

import java.time.Instant;
import java.util.Objects;

/**
 * How far a CDN is taken away by itself, and what a person said of it. Immutable.
 *
 * @param ceiling   most percent of browsers that ask it: what a person said last, else all; 0: a person took it away, and nothing but a
 *                  person gives it back
 * @param armed     whether it may be tripped; not after a person gave it back, until it was seen well
 * @param since     when it came into this state, or this step of its way back
 * @param step      index of the share on its way back
 * @param trips     trips by itself, each within an hour of the one before
 * @param trippedAt the last of them, the beginning of time for none
 */
public record Breaker(State state, int ceiling, boolean armed, Instant since, int step, int trips, Instant trippedAt) {
    /** Of a CDN of which nothing was ever said. */
    public static final Breaker NEW =
            new Breaker(State.CLOSED, BreakerPlan.ALL, true, Instant.EPOCH, 0, 0, Instant.EPOCH);

    public Breaker {
        Objects.requireNonNull(state, "state");
        if (ceiling < 0 || ceiling > BreakerPlan.ALL || step < 0 || trips < 0) {
            throw new IllegalArgumentException("breaker: ceiling " + ceiling + ", step " + step + ", trips " + trips
                    + " (expected: 0 to 100, 0 or more, 0 or more)");
        }
    }

    /** Where a CDN is. */
    public enum State {
        /** Browsers ask it, as many as a person leaves. */
        CLOSED,
        /** It was tripped by itself: no browser asks it. */
        OPEN,
        /** It comes back by growing shares. */
        RAMPING
    }

    /** What a person's word makes of it, whatever it was before. */
    public static Breaker said(int share, Instant now) {
        return new Breaker(State.CLOSED, share, false, now, 0, 0, Instant.EPOCH);
    }

    /** Percent of browsers that ask it. */
    public int share(BreakerPlan plan) {
        return switch (state) {
            case OPEN -> 0;
            case RAMPING ->
                Math.min(ceiling, plan.shares().get(Math.min(step, plan.shares().size() - 1)));
            case CLOSED -> ceiling;
        };
    }
}
