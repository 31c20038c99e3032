package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.time.Instant;
import java.util.Map;

/**
 * What the nodes' status shows about the regions of one rollout. Immutable.
 *
 * @param regions    one entry a planned region
 * @param fetchedNow blobsFetched of each node, by {@code id/bootId}
 */
public record Observation(Map<RegionName, OfRegion> regions, Map<String, Long> fetchedNow) {
    public Observation {
        regions = Map.copyOf(regions);
        fetchedNow = Map.copyOf(fetchedNow);
    }

    /**
     * One region.
     *
     * @param holds      every node in rotation has acknowledged a revision that names the rollout's version and lacks nothing of it
     * @param lacks      whom it waits for otherwise, in words
     * @param converged  every node in rotation has acknowledged the region's present pointer, is not quarantined and holds the
     *                   version
     * @param behind     whom it waits for otherwise, in words
     * @param acknowledgedAt receipt of the last acknowledgement that made it converge; meaningless before
     */
    public record OfRegion(boolean holds, String lacks, boolean converged, String behind, Instant acknowledgedAt) {}

    /** The entry of a region; a region that is not observed neither holds nor converges: no data is never a pass. */
    public OfRegion of(RegionName region) {
        return regions.getOrDefault(
                region,
                new OfRegion(
                        false,
                        region + ": nothing is known of it",
                        false,
                        region + ": nothing is known of it",
                        Instant.EPOCH));
    }
}
