package io.portolan.runtime;

import java.time.InstantSource;
import java.util.List;

/** Makes the runtimes that a node has beside its own, as its settings ask for them: whoever starts the node knows their libraries. */
@FunctionalInterface
public interface MoreRuntimes {
    /** None. */
    MoreRuntimes NONE = (calls, clock) -> List.of();

    /**
     * Opens them; the node closes them.
     *
     * @param calls who knows of calls in progress
     */
    List<ControllerRuntime> open(OpenCalls calls, InstantSource clock);
}
