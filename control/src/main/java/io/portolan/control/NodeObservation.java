package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.document.Delivery;
import io.portolan.protocol.CdnObservation;
import io.portolan.protocol.DarkCounters;
import io.portolan.protocol.EdgeWarmth;
import io.portolan.protocol.SourceCounters;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells at {@code /-/observations} about itself and about regions that join, as it was read.
 *
 * @param place             its region
 * @param stalled           whether it lost a good part of its last seconds
 * @param tried             targets of which it has a result
 * @param bad               of these, those that are down, or whose last probe failed
 * @param userRequestsPerSecond that it answers to users
 * @param answered          requests of users since it started
 * @param failed            of these, those with a fault of its own (5xx)
 * @param joining           what it sees of regions on their way, by region; null from a node of an older build
 * @param cdns              what it sees of CDNs, by name; null from a node of an older build
 * @param sources           what browsers told of CDNs; null from a node of an older build
 * @param dark              what browsers told that asked no CDN; null from a node of an older build
 * @param warmed            what it asked CDNs for ahead, by version and CDN; null from a node of an older build
 * @param at                when it was read; set by the reader
 */
record NodeObservation(
        String place,
        boolean stalled,
        int tried,
        int bad,
        double userRequestsPerSecond,
        long answered,
        long failed,
        @Nullable Map<RegionName, Seen> joining,
        @Nullable Map<String, CdnObservation> cdns,
        @Nullable List<SourceCounters> sources,
        @Nullable DarkCounters dark,
        @Nullable Map<String, Map<String, EdgeWarmth>> warmed,
        @Nullable Instant at) {
    NodeObservation {
        Objects.requireNonNull(place, "place");
    }

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
        return new NodeObservation(
                place,
                stalled,
                tried,
                bad,
                userRequestsPerSecond,
                answered,
                failed,
                joining,
                cdns,
                sources,
                dark,
                warmed,
                now);
    }

    /** What it sees of a CDN, null where it does not look at that address. */
    @Nullable
    CdnObservation of(Delivery.Cdn cdn) {
        var seen = cdns == null ? null : cdns.get(cdn.name());
        return seen != null && seen.url().equals(cdn.url()) ? seen : null;
    }

    /** What browsers told it lately of a CDN. */
    java.util.Optional<SourceCounters> told(Delivery.Cdn cdn) {
        return sources == null
                ? java.util.Optional.empty()
                : sources.stream()
                        .filter(counters -> counters.source().equals(cdn.name()))
                        .findFirst();
    }

    /** What it sees of a region; empty where it has not looked. */
    java.util.Optional<Seen> of(RegionName region) {
        return java.util.Optional.ofNullable(joining).map(seen -> seen.get(region));
    }
}
