package io.portolan.planner.routing;

import java.time.Duration;
import java.util.Objects;

/**
 * How long clients may be sent to a dead endpoint, at worst: a sum, of which the TTL is one part. Immutable.
 *
 * @param detection   from the death to the failure that takes it out: all tolerated probes, and the last at its timeout
 * @param publication from there to an answer without it; a director is its own observer, so this is the vote of the others
 * @param ttl         for which resolvers keep the answer before
 * @param clientCache for which clients keep it beyond that
 */
public record FailoverBudget(Duration detection, Duration publication, Duration ttl, Duration clientCache) {
    /**
     * What clients add: common browsers and stub resolvers keep a name for about a minute whatever its TTL. From what is said of them,
     * not measured here.
     */
    public static final Duration CLIENT_CACHE = Duration.ofSeconds(60);

    /** How often observers read each other's tables. */
    public static final Duration PUBLICATION = Duration.ofSeconds(5);

    public FailoverBudget {
        Objects.requireNonNull(detection, "detection");
        Objects.requireNonNull(publication, "publication");
        Objects.requireNonNull(ttl, "ttl");
        Objects.requireNonNull(clientCache, "clientCache");
    }

    /** All together. */
    public Duration total() {
        return detection.plus(publication).plus(ttl).plus(clientCache);
    }

    /** As people read it, such as {@code 40 s detection + 5 s publication + 30 s TTL + 60 s client cache = 135 s}. */
    @Override
    public String toString() {
        return text(detection) + " detection + " + text(publication) + " publication + " + text(ttl) + " TTL + "
                + text(clientCache) + " client cache = " + text(total());
    }

    private static String text(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }
}
