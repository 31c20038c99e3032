package io.portolan.protocol.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.NodeStatus;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
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
            etag = Objects.requireNonNullElse(etag, "");
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

    /**
     * One node, as its last status said.
     *
     * @param controllers of the extension's versions that run there or are to run, also those that only open pages still use
     */
    public record Node(
            String id,
            long epoch,
            long revision,
            String digest,
            List<NodeStatus.Quarantined> quarantined,
            String lastError,
            @Nullable Instant at,
            boolean inRotation,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ControllerReport> controllers) {
        public Node {
            controllers = List.copyOf(Objects.requireNonNullElse(controllers, List.of()));
        }
    }

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
