package io.portolan.protocol;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a node or director says of itself, signed with its key: every 5 s, and at once when a revision was applied or refused or
 * content became complete. Of fixed size. Immutable.
 *
 * @param region      its region; for a director the name {@code director}
 * @param kind        {@code region} or {@code director}
 * @param url         base URL of its HTTP listener
 * @param bootId      fresh at every start
 * @param sequence    rises by one with each status of a boot
 * @param epoch       of the applied revision, 0 before the first
 * @param revision    number of the applied revision, 0 before the first
 * @param digest      digest of the applied revision, empty text before the first
 * @param lacking     versions that it should hold and does not fully, the first 64
 * @param blobsFetched blobs fetched since boot
 * @param quarantined extensions pinned to their previous document, the first 64
 * @param overrides   operator overrides in force, the first 64
 * @param lastError   why the last sync failed or a revision was refused, empty text for none
 * @param down        regions that a director's probes see down; empty for region nodes
 * @param incidents   what went wrong at the node, the last 64
 * @param controllers controllers of versions that the node runs or is to run, the first {@link #CONTROLLER_LIMIT}: those that are
 *                    not settled first
 * @param controllerCount how many there are in all; -1 from a node of an older version, which runs none
 */
public record NodeStatus(
        String id,
        EnvironmentName environment,
        RegionName region,
        String kind,
        String url,
        String bootId,
        long sequence,
        long epoch,
        long revision,
        String digest,
        List<Lacking> lacking,
        int lackingCount,
        long blobsFetched,
        List<Quarantined> quarantined,
        int quarantinedCount,
        List<OverrideReport> overrides,
        long diskFreeBytes,
        String lastError,
        List<RegionName> down,
        List<IncidentRecord> incidents,
        List<ControllerReport> controllers,
        Integer controllerCount,
        Instant at) {
    /** Payload type of a status's envelope. */
    public static final String TYPE = "application/vnd.portolan.status+json";

    /** Longest list of {@code lacking} and {@code quarantined}. */
    public static final int LIST_LIMIT = 64;

    /** Longest list of {@code controllers}. */
    public static final int CONTROLLER_LIMIT = 256;

    public NodeStatus {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(url, "url");
        Objects.requireNonNull(bootId, "bootId");
        Objects.requireNonNull(digest, "digest");
        lacking = List.copyOf(lacking);
        quarantined = List.copyOf(quarantined);
        overrides = List.copyOf(overrides);
        Objects.requireNonNull(lastError, "lastError");
        down = List.copyOf(down);
        // A node of an older version does not say it.
        incidents = incidents == null ? List.of() : List.copyOf(incidents);
        controllers = controllers == null ? List.of() : List.copyOf(controllers);
        controllerCount = controllerCount == null ? -1 : controllerCount;
        Objects.requireNonNull(at, "at");
    }

    /** The status of a node that runs no controllers. */
    public NodeStatus(
            String id,
            EnvironmentName environment,
            RegionName region,
            String kind,
            String url,
            String bootId,
            long sequence,
            long epoch,
            long revision,
            String digest,
            List<Lacking> lacking,
            int lackingCount,
            long blobsFetched,
            List<Quarantined> quarantined,
            int quarantinedCount,
            List<OverrideReport> overrides,
            long diskFreeBytes,
            String lastError,
            List<RegionName> down,
            List<IncidentRecord> incidents,
            Instant at) {
        this(
                id,
                environment,
                region,
                kind,
                url,
                bootId,
                sequence,
                epoch,
                revision,
                digest,
                lacking,
                lackingCount,
                blobsFetched,
                quarantined,
                quarantinedCount,
                overrides,
                diskFreeBytes,
                lastError,
                down,
                incidents,
                List.of(),
                0,
                at);
    }

    /** A version that the node does not fully hold. */
    public record Lacking(ExtensionName extension, VersionLabel version, long missingBytes) {
        public Lacking {
            Objects.requireNonNull(extension, "extension");
            Objects.requireNonNull(version, "version");
        }
    }

    /** An extension pinned to its previous document, and why. */
    public record Quarantined(ExtensionName extension, String reason) {
        public Quarantined {
            Objects.requireNonNull(extension, "extension");
            Objects.requireNonNull(reason, "reason");
        }
    }

    /** The same status at a later sequence of the same boot. */
    public NodeStatus later(long laterSequence, long laterBlobsFetched) {
        return new NodeStatus(
                id,
                environment,
                region,
                kind,
                url,
                bootId,
                laterSequence,
                epoch,
                revision,
                digest,
                lacking,
                lackingCount,
                laterBlobsFetched,
                quarantined,
                quarantinedCount,
                overrides,
                diskFreeBytes,
                lastError,
                down,
                incidents,
                controllers,
                controllerCount,
                at);
    }

    /** Controllers of a version, as far as the list goes. */
    public List<ControllerReport> controllers(ExtensionName extension, VersionLabel version) {
        return controllers.stream()
                .filter(report ->
                        report.extension().equals(extension) && report.version().equals(version))
                .toList();
    }

    /**
     * What the node says of a controller. Empty: it says nothing, so nothing is known of it; a node of an older version, one that has
     * not seen the revision yet, and a list that was cut short look alike.
     */
    public Optional<ControllerReport> controller(ExtensionName extension, VersionLabel version, String name) {
        return controllers(extension, version).stream()
                .filter(report -> report.controller().equals(name))
                .findFirst();
    }

    /** Whether the lists show that the version is fully held; a list that was cut short shows nothing. */
    public boolean holds(ExtensionName extension, VersionLabel version) {
        boolean listed = lacking.stream()
                .anyMatch(entry ->
                        entry.extension().equals(extension) && entry.version().equals(version));
        return !listed && lackingCount <= lacking.size();
    }

    /** Whether the extension is quarantined; a list that was cut short counts as yes. */
    public boolean quarantines(ExtensionName extension) {
        return quarantinedCount > quarantined.size()
                || quarantined.stream().anyMatch(entry -> entry.extension().equals(extension));
    }
}
