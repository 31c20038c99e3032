package io.portolan.runtime;

import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * How a controller is. Immutable.
 *
 * @param wanted   replicas that it is to have
 * @param ready    replicas that take calls
 * @param restarts replicas started again since it was wanted first
 * @param reason   why it is not ready, or what holds for it beside (limits that are not enforced), empty text for nothing
 * @param since    when it came into this state
 */
public record ControllerStatus(
        ControllerId id,
        ControllerSpec spec,
        ControllerState state,
        int wanted,
        List<Replica> ready,
        long restarts,
        String reason,
        Instant since) {
    public ControllerStatus {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(state, "state");
        ready = List.copyOf(ready);
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(since, "since");
    }
}
