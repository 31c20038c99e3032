package io.portolan.protocol;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerState;
import java.time.Instant;
import java.util.Objects;

/**
 * How one controller of one version is at a node. Immutable.
 *
 * @param controller name of the controller
 * @param ready      replicas that take calls
 * @param wanted     replicas that the node is to have, 0 where its placement leaves the region out
 * @param restarts   replicas started again since the node wanted the controller first; falls to 0 with the node's own restart
 * @param reason     why it is not ready, or what limits it, for people; empty text for none; never holds a secret
 * @param since      when it came into this state
 */
public record ControllerReport(
        ExtensionName extension,
        VersionLabel version,
        String controller,
        ControllerState state,
        int ready,
        int wanted,
        long restarts,
        String reason,
        Instant since) {
    public ControllerReport {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(controller, "controller");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(since, "since");
    }

    /** Whether nothing is to be waited for: it takes calls with all its replicas, or is not to run here. */
    public boolean isSettled() {
        return state.isSettled();
    }
}
