package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

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
     * @param reachable  some node is in rotation
     * @param holds      every node in rotation has acknowledged a revision that names the rollout's version and lacks nothing of it
     * @param lacks      whom it waits for otherwise, in words
     * @param converged  every node in rotation has acknowledged the region's present pointer, is not quarantined and holds the
     *                   version
     * @param behind     whom it waits for otherwise, in words
     * @param failure    what a node in rotation says is wrong with the extension, empty text for nothing
     * @param ready      every node in rotation holds what the region points at now: it could be put back at once
     * @param boots      processes ({@code id/bootId}) in rotation
     * @param acknowledgedAt receipt of the last acknowledgement that made it converge; meaningless before
     */
    public record OfRegion(
            boolean reachable,
            boolean holds,
            String lacks,
            boolean converged,
            String behind,
            String failure,
            boolean ready,
            Set<String> boots,
            Instant acknowledgedAt) {
        public OfRegion {
            boots = Set.copyOf(boots);
        }

        /** A region of which nothing good is known: no data is never a pass. */
        public static OfRegion unknown(boolean reachable, String why) {
            return new OfRegion(reachable, false, why, false, why, "", false, Set.of(), Instant.EPOCH);
        }
    }

    /** The entry of a region; a region that is not observed neither holds nor converges. */
    public OfRegion of(RegionName region) {
        return regions.getOrDefault(region, OfRegion.unknown(true, region + ": nothing is known of it"));
    }
}
