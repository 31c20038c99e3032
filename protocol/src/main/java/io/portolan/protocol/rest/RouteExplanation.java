package io.portolan.protocol.rest;

import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a client is sent where it is sent.
 *
 * @param name        DNS name asked for
 * @param client      address or subnet of the client
 * @param subnet      row of the location table that holds the client, null when it is unknown
 * @param scopePrefix prefix length that the answer is valid for (RFC 7871)
 * @param chosen      null when no region can serve it
 * @param reason      one sentence
 * @param mapVersion  digest of the latency map, or of the director's own location table
 * @param at          the time explained, null for now
 * @param place       what the location source says of the client's network, null where it says nothing
 * @param revision    position of the revision that decided, {@code epoch.number}
 * @param director    the director that was asked
 * @param stage       stage of the chosen region, null where none was chosen
 * @param method      routing method of the profile, such as {@code performance}; null for a name that has none
 * @param path        profiles that the decision went through, outermost first, such as {@code geographic: europe}
 * @param outside     endpoints that are no region, those of the answer first
 */
public record RouteExplanation(
        String name,
        String client,
        @Nullable String subnet,
        int scopePrefix,
        @Nullable RegionName chosen,
        String reason,
        List<Candidate> candidates,
        String mapVersion,
        @Nullable Instant at,
        @Nullable Place place,
        String revision,
        String director,
        @Nullable String stage,
        @Nullable String method,
        List<String> path,
        List<Outside> outside) {
    public RouteExplanation {
        candidates = List.copyOf(candidates);
        // Of a director of an earlier build.
        path = path == null ? List.of() : List.copyOf(path);
        outside = outside == null ? List.of() : List.copyOf(outside);
    }

    /**
     * An endpoint outside: an address, or the name of another host.
     *
     * @param rejectedBecause null for one of the answer
     */
    public record Outside(
            String endpoint,
            boolean healthy,
            String source,
            @Nullable String rejectedBecause) {}

    /**
     * Where a network is, as the location source says.
     *
     * @param latitude null where only a country or continent is known, {@code longitude} likewise
     * @param sure     false where the source contradicts itself or the network is anycast: its codes are not used for fences then
     */
    public record Place(
            String label,
            @Nullable Double latitude,
            @Nullable Double longitude,
            String continent,
            String country,
            String subdivision,
            boolean sure) {}

    /**
     * One region, best first.
     *
     * @param rttMillis  estimated round-trip time, null when the client's place is unknown
     * @param source     where that figure comes from, such as {@code distance 359 km}
     * @param version    version that the applied revision gives it, null for none
     * @param rejectedBecause null for the chosen one
     * @param spared     whether most observers see it down and it is served because too many are down already
     */
    public record Candidate(
            RegionName region,
            @Nullable Double rttMillis,
            String source,
            boolean healthy,
            boolean inPlacement,
            @Nullable VersionLabel version,
            @Nullable String rejectedBecause,
            boolean spared) {}
}
