package io.portolan.planner.bringup;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What an environment's new regions go through, and how long. Immutable.
 *
 * @param dark          consecutive good time under probes before the first user
 * @param vantagePoints how many of all other live regions must see the region good at once, at least two, while none of them sees a
 *                      fault; fewer only where the environment has fewer
 * @param canary        good time with the first users
 * @param shares        shares of the nearest clients in thousandths: the first while CANARY, the others while RAMPING; rising, the last
 *                      is 1000
 * @param soak          good time at each share of the ramp
 * @param drain         least time that a leaving region gets no new users before it is dark
 * @param leaveDark     least time that a leaving region stays dark before it may be retired
 * @param clockSkew     most that a node's clock may differ
 * @param timeout       longest time without progress in a state before DARK, and longest that one in DARK is not seen good; then the
 *                      region is HELD
 * @param weekdaysOnly  whether the way to users moves only from Monday to Thursday (UTC)
 * @param critical      extensions without which no region goes on
 */
public record BringUpPlan(
        Duration dark,
        int vantagePoints,
        Duration canary,
        List<Integer> shares,
        Duration soak,
        Duration drain,
        Duration leaveDark,
        Duration clockSkew,
        Duration timeout,
        boolean weekdaysOnly,
        List<String> critical) {
    /** All clients, in thousandths. */
    public static final int ALL = 1000;

    /** For environments that say nothing: half an hour dark, 1, 5, 25, 50, 100 %, Monday to Thursday. */
    public static final BringUpPlan STANDARD = new BringUpPlan(
            Duration.ofMinutes(30),
            3,
            Duration.ofMinutes(30),
            List.of(10, 50, 250, 500, ALL),
            Duration.ofMinutes(30),
            Duration.ofMinutes(5),
            Duration.ofHours(24),
            Duration.ofSeconds(2),
            Duration.ofMinutes(30),
            true,
            List.of());

    /** For development: 5 s dark, steps of 2 s, no calendar. */
    public static final BringUpPlan DEVELOPMENT = new BringUpPlan(
            Duration.ofSeconds(5),
            2,
            Duration.ofSeconds(2),
            STANDARD.shares,
            Duration.ofSeconds(2),
            // As long as resolvers may keep an answer.
            Duration.ofSeconds(30),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofMinutes(10),
            false,
            List.of());

    public BringUpPlan {
        for (var given : List.of(dark, canary, soak, drain, leaveDark, clockSkew, timeout)) {
            if (given.isNegative()) {
                throw new IllegalArgumentException("bring-up: " + given + " (expected: 0 s or more)");
            }
        }
        critical = List.copyOf(critical);
        shares = List.copyOf(Objects.requireNonNull(shares, "shares"));
        int before = 0;
        for (int share : shares) {
            if (share <= before || share > ALL) {
                throw new IllegalArgumentException(
                        "bring-up: shares: " + shares + " (expected: thousandths that rise to " + ALL + ")");
            }
            before = share;
        }
        if (shares.size() < 2 || before != ALL) {
            throw new IllegalArgumentException(
                    "bring-up: shares: " + shares + " (expected: two or more, the last " + ALL + ")");
        }
        if (vantagePoints < 1) {
            throw new IllegalArgumentException("bring-up: vantage points: " + vantagePoints + " (expected: 1 or more)");
        }
    }

    /** The same with another longest time without progress. */
    public BringUpPlan withTimeout(Duration other) {
        return new BringUpPlan(
                dark, vantagePoints, canary, shares, soak, drain, leaveDark, clockSkew, other, weekdaysOnly, critical);
    }

    /** Percent of a step, for people. */
    String percent(int step) {
        int share = shares.get(step);
        return share % 10 == 0 ? share / 10 + " %" : share / 10 + "." + share % 10 + " %";
    }
}
