package io.portolan.protocol.rest;

import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
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
 * @param mapVersion  digest of the location table
 */
public record RouteExplanation(
        String name,
        String client,
        @Nullable String subnet,
        int scopePrefix,
        @Nullable RegionName chosen,
        String reason,
        List<Candidate> candidates,
        String mapVersion) {
    /**
     * One region, best first.
     *
     * @param rttMillis  estimated round-trip time, null when the client's place is unknown
     * @param source     where that figure comes from, such as {@code distance 359 km}
     * @param version    version that the applied revision gives it, null for none
     * @param rejectedBecause null for the chosen one
     */
    public record Candidate(
            RegionName region,
            @Nullable Double rttMillis,
            String source,
            boolean healthy,
            boolean inPlacement,
            @Nullable VersionLabel version,
            @Nullable String rejectedBecause) {}
}
