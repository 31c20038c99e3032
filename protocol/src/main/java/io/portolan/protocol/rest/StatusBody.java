package io.portolan.protocol.rest;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.NodeStatus;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Desired and actual version of an extension, per environment, region and node.
 *
 * @param extension null never; one body an extension
 */
public record StatusBody(ExtensionName extension, List<Environment> environments) {
    /**
     * One environment.
     *
     * @param etag of the deployment there, in quotes: sent as {@code If-Match} with the start of a rollout or a rollback, it has it
     *             refused if the deployment has changed or a rollout has begun or ended since; empty text from an older control plane
     */
    public record Environment(EnvironmentName environment, String etag, List<Region> regions) {
        public Environment {
            etag = java.util.Objects.requireNonNullElse(etag, "");
        }
    }

    /**
     * One region.
     *
     * @param desired   version that the newest revision gives it, null for none
     * @param actual    version that its nodes have acknowledged, null while none has
     * @param converged whether every node in rotation has acknowledged and holds it
     */
    public record Region(
            RegionName region,
            String stage,
            @Nullable VersionLabel desired,
            @Nullable VersionLabel actual,
            boolean converged,
            List<Node> nodes) {}

    /** One node, as its last status said. */
    public record Node(
            String id,
            long epoch,
            long revision,
            String digest,
            List<NodeStatus.Quarantined> quarantined,
            String lastError,
            @Nullable Instant at,
            boolean inRotation) {}

    /** A region itself, of {@code /v1/regions}. */
    public record RegionBody(
            RegionName name,
            EnvironmentName environment,
            String stage,
            RegionState state,
            double latitude,
            double longitude,
            List<String> addresses,
            List<String> nodes,
            int capacity) {}
}
