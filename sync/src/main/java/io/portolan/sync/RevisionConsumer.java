package io.portolan.sync;

import io.portolan.model.RegionName;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.IncidentRecord;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.OverrideReport;
import java.util.List;

/** The part of a node that uses revisions: a region node's server, a director's answers. */
public interface RevisionConsumer {
    /**
     * Builds the complete new state and swaps one reference; never waits for content. One call at a time, also at start for the
     * last revision on disk. An exception refuses the whole revision: the state before stays in use, its message is reported.
     */
    void apply(VerifiedRevision revision);

    /** {@link #apply(VerifiedRevision)}, telling which extension it is at. */
    default void apply(VerifiedRevision revision, LoadMarker marker) {
        apply(revision);
    }

    /** Whether the node has got ready since it started; a consumer that is ready as soon as it has applied says yes. */
    default boolean isReady() {
        return true;
    }

    /** What the status says beyond the revision. Any thread, at any time, fast. */
    Facts facts();

    /** The control plane has accepted a status with these facts. Thread of the status, fast. */
    default void told(Facts facts) {}

    /**
     * Facts of a status.
     *
     * @param lacking all versions that should be held and are not fully; the status carries the first 64
     * @param down    regions that a director's probes see down
     * @param lastError why content could not be fetched, empty text for none
     * @param incidents what went wrong at the node; the status carries the last 64
     * @param overrides operator overrides in force; the status carries the first 64
     * @param controllers all controllers of versions that the node runs or is to run; the status carries those first that are not settled
     */
    record Facts(
            List<NodeStatus.Lacking> lacking,
            long blobsFetched,
            List<RegionName> down,
            String lastError,
            List<IncidentRecord> incidents,
            List<OverrideReport> overrides,
            List<ControllerReport> controllers) {
        public Facts {
            lacking = List.copyOf(lacking);
            down = List.copyOf(down);
            incidents = List.copyOf(incidents);
            overrides = List.copyOf(overrides);
            controllers = List.copyOf(controllers);
        }

        /** Facts without controllers. */
        public Facts(
                List<NodeStatus.Lacking> lacking,
                long blobsFetched,
                List<RegionName> down,
                String lastError,
                List<IncidentRecord> incidents,
                List<OverrideReport> overrides) {
            this(lacking, blobsFetched, down, lastError, incidents, overrides, List.of());
        }

        /** Facts without overrides. */
        public Facts(
                List<NodeStatus.Lacking> lacking,
                long blobsFetched,
                List<RegionName> down,
                String lastError,
                List<IncidentRecord> incidents) {
            this(lacking, blobsFetched, down, lastError, incidents, List.of());
        }

        /** Facts without incidents. */
        public Facts(List<NodeStatus.Lacking> lacking, long blobsFetched, List<RegionName> down, String lastError) {
            this(lacking, blobsFetched, down, lastError, List.of());
        }
    }
}
