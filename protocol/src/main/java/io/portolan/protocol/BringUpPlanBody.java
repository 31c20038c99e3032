package io.portolan.protocol;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What an environment's new regions go through, and how long. Immutable.
 *
 * @param dark          consecutive good time under probes before the first user
 * @param vantagePoints how many other regions must see the region good at once
 * @param canary        good time with the first users
 * @param shares        shares of the nearest clients in thousandths, rising to 1000
 * @param soak          good time at each share of the ramp
 * @param drain         least time that a leaving region gets no new users before it is dark
 * @param leaveDark     least time that a leaving region stays dark before it may be retired
 * @param clockSkew     most that a node's clock may differ
 * @param timeout       longest time without progress before the region is HELD
 * @param weekdaysOnly  whether the way to users moves only from Monday to Thursday (UTC)
 * @param critical      extensions without which no region goes on
 */
public record BringUpPlanBody(
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
    public BringUpPlanBody {
        Objects.requireNonNull(dark, "dark");
        Objects.requireNonNull(canary, "canary");
        shares = List.copyOf(shares);
        Objects.requireNonNull(soak, "soak");
        Objects.requireNonNull(drain, "drain");
        Objects.requireNonNull(leaveDark, "leaveDark");
        Objects.requireNonNull(clockSkew, "clockSkew");
        Objects.requireNonNull(timeout, "timeout");
        critical = List.copyOf(critical);
    }
}
