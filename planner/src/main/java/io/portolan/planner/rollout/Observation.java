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
     * @param controllers what is known of the controllers of the rollout's version
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
            Instant acknowledgedAt,
            Controllers controllers) {
        public OfRegion {
            boots = Set.copyOf(boots);
        }

        /** Of a version without controllers. */
        public OfRegion(
                boolean reachable,
                boolean holds,
                String lacks,
                boolean converged,
                String behind,
                String failure,
                boolean ready,
                Set<String> boots,
                Instant acknowledgedAt) {
            this(reachable, holds, lacks, converged, behind, failure, ready, boots, acknowledgedAt, Controllers.NONE);
        }

        /** Whether the page of the rollout's version may be shown by default: every node holds it and runs its controllers. */
        boolean mayShow() {
            return holds && controllers.ready();
        }

        /** Whether it serves its present pointer in full: page and controllers. */
        boolean serves() {
            return converged && controllers.ready();
        }

        /** Whom it waits for before it {@link #serves}, in words. */
        String waitsFor() {
            return converged ? controllers.lacks() : behind;
        }

        /** What is wrong with the extension there, empty text for nothing. */
        String fault() {
            return failure.isEmpty() ? controllers.failure() : failure;
        }

        /** A region of which nothing good is known: no data is never a pass. */
        public static OfRegion unknown(boolean reachable, String why) {
            return new OfRegion(reachable, false, why, false, why, "", false, Set.of(), Instant.EPOCH);
        }
    }

    /**
     * What nodes in rotation report of the controllers of one version in one region.
     *
     * @param ready    every node reports every controller ready; true of a version without controllers
     * @param lacks    which are not, in words: {@code controllers of 2.0.0 not ready in westus: api 1/2 (STARTING, 12 s)}
     * @param failure  why one of them does not come up by itself any more, empty text for nothing
     * @param restarts how often one had to be started again since the node took the version up, all nodes together
     * @param calls    calls that nodes passed to them
     * @param errors   of these the ones that failed by the controllers' fault
     */
    public record Controllers(boolean ready, String lacks, String failure, long restarts, long calls, long errors) {
        /** Of a version that has none. */
        public static final Controllers NONE = new Controllers(true, "", "", 0, 0, 0);

        public Controllers {
            if (restarts < 0 || calls < 0 || errors < 0) {
                throw new IllegalArgumentException("controllers: restarts " + restarts + ", calls " + calls
                        + ", errors " + errors + " (expected: 0 or more each)");
            }
        }
    }

    /** The entry of a region; a region that is not observed neither holds nor converges. */
    public OfRegion of(RegionName region) {
        return regions.getOrDefault(region, OfRegion.unknown(true, region + ": nothing is known of it"));
    }
}
