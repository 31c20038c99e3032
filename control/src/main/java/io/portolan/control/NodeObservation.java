package io.portolan.control;

import io.portolan.model.RegionName;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells at {@code /-/observations} about itself and about regions that join, as it was read.
 *
 * @param place             its region
 * @param userRequestsPerSecond that it answers to users
 * @param answered          requests of users since it started
 * @param failed            of these, those with a fault of its own (5xx)
 * @param joining           what it sees of regions on their way, by region; null from a node of an older build
 * @param at                when it was read; set by the reader
 */
record NodeObservation(
        String place,
        double userRequestsPerSecond,
        long answered,
        long failed,
        @Nullable Map<RegionName, Seen> joining,
        @Nullable Instant at) {
    /**
     * Its last round of probes of one region.
     *
     * @param extensions that were asked for
     * @param good       of these, those whose page was right
     * @param fault      what was wrong with the first that was not, empty text for nothing
     */
    record Seen(int extensions, int good, String fault) {
        boolean isGood() {
            return good == extensions && fault.isEmpty();
        }
    }

    NodeObservation readAt(Instant now) {
        return new NodeObservation(place, userRequestsPerSecond, answered, failed, joining, now);
    }

    /** What it sees of a region; empty where it has not looked. */
    java.util.Optional<Seen> of(RegionName region) {
        return java.util.Optional.ofNullable(joining).map(seen -> seen.get(region));
    }
}
