package io.portolan.planner.cdn;

import java.time.Duration;
import java.util.List;

/**
 * The pace of an environment's breakers. Immutable.
 *
 * @param probeEvery     nodes ask every CDN for a canary so often; a probe that takes three quarters of it has failed
 * @param dark           percent of browsers that never ask a CDN, so that what happens without one is proved every day; 0 to 50
 * @param leastSample    results of probes without which nothing is decided
 * @param leastFallbacks sessions of browsers without which their word decides nothing
 * @param hold           least time that a tripped CDN is away, doubled with each further trip within the hour
 * @param step           least time at each share of the way back
 * @param shares         percent of browsers on the way back, rising to 100
 * @param warming        longest that a rollout waits until the files that its page begins with were fetched through CDNs; zero: not at all
 */
public record BreakerPlan(
        Duration probeEvery,
        int dark,
        int leastSample,
        int leastFallbacks,
        Duration hold,
        Duration step,
        List<Integer> shares,
        Duration warming) {
    // Before the plans, whose constructor needs them.
    private static final Duration FASTEST = Duration.ofMillis(200);
    private static final Duration SLOWEST = Duration.ofMinutes(5);

    /** All browsers. */
    public static final int ALL = 100;

    /** Most browsers that are kept away from CDNs for proof. */
    public static final int MOST_DARK = 50;

    /** For environments that say nothing: six places see a dead CDN within 10 s; it is back 4 min after it is well again. */
    public static final BreakerPlan STANDARD = new BreakerPlan(
            Duration.ofSeconds(2),
            1,
            12,
            50,
            Duration.ofSeconds(30),
            Duration.ofMinutes(1),
            List.of(5, 25, 50, ALL),
            Duration.ofSeconds(10));

    /** For development: the same in seconds. */
    public static final BreakerPlan DEVELOPMENT = new BreakerPlan(
            Duration.ofSeconds(1),
            1,
            12,
            20,
            Duration.ofSeconds(5),
            Duration.ofSeconds(2),
            STANDARD.shares,
            Duration.ofSeconds(5));

    public BreakerPlan {
        shares = List.copyOf(shares);
        if (probeEvery.compareTo(FASTEST) < 0 || probeEvery.compareTo(SLOWEST) > 0) {
            throw new IllegalArgumentException(
                    "breaker: probe every: " + probeEvery + " (expected: " + FASTEST + " to " + SLOWEST + ")");
        }
        if (dark < 0 || dark > MOST_DARK) {
            throw new IllegalArgumentException("breaker: dark: " + dark + " (expected: 0 to " + MOST_DARK + ")");
        }
        if (leastSample < 1 || leastFallbacks < 1) {
            throw new IllegalArgumentException(
                    "breaker: samples: " + leastSample + ", " + leastFallbacks + " (expected: 1 or more)");
        }
        if (hold.isNegative() || step.isNegative() || warming.isNegative()) {
            throw new IllegalArgumentException("breaker: hold, step, warming: " + hold + ", " + step + ", " + warming
                    + " (expected: 0 s or more)");
        }
        int before = 0;
        for (int share : shares) {
            if (share <= before || share > ALL) {
                throw new IllegalArgumentException(
                        "breaker: shares: " + shares + " (expected: percent that rises to " + ALL + ")");
            }
            before = share;
        }
        if (before != ALL) {
            throw new IllegalArgumentException("breaker: shares: " + shares + " (expected: the last is " + ALL + ")");
        }
    }

    /** Percent of browsers that ask a CDN where a breaker leaves so many. */
    public int beside(int share) {
        return Math.min(share, ALL - dark);
    }
}
