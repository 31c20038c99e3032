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
 * @param calls      calls that the node's gateway passed to it since the node wanted it first; 0 from a node that does not count
 * @param errors     of these the ones that failed by its fault: answered 5xx by it, or broken off
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
        Instant since,
        long calls,
        long errors) {
    public ControllerReport {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(controller, "controller");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(since, "since");
        if (calls < 0 || errors < 0) {
            throw new IllegalArgumentException(
                    "controller " + controller + ": calls " + calls + ", errors " + errors + " (expected: 0 or more)");
        }
    }

    /** Without calls. */
    public ControllerReport(
            ExtensionName extension,
            VersionLabel version,
            String controller,
            ControllerState state,
            int ready,
            int wanted,
            long restarts,
            String reason,
            Instant since) {
        this(extension, version, controller, state, ready, wanted, restarts, reason, since, 0, 0);
    }

    /** The same with what a gateway counted. */
    public ControllerReport counting(long newCalls, long newErrors) {
        return new ControllerReport(
                extension, version, controller, state, ready, wanted, restarts, reason, since, newCalls, newErrors);
    }

    /** Whether nothing is to be waited for: it takes calls with all its replicas, or is not to run here. */
    public boolean isSettled() {
        return state.isSettled();
    }
}
