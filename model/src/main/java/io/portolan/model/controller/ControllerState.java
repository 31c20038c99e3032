package io.portolan.model.controller;

/** How a controller of a version is at one node, over all of its replicas. */
public enum ControllerState {
    /** Replicas are on their way, fewer are ready than wanted, and nothing has failed for good. */
    STARTING,
    /** As many replicas as wanted answer their health check. */
    READY,
    /** Replicas that were ready no longer are, or one does not get ready in its time; it is tried again. */
    UNHEALTHY,
    /** A replica ended too often in a short time; it is tried again after long pauses only. */
    CRASH_LOOP,
    /** No longer wanted: calls in progress end, then the processes. */
    STOPPING,
    /** Not wanted, nothing runs. */
    STOPPED,
    /** This node cannot or may not run it; the reason says why. It is not tried again until something changes. */
    REFUSED,
    /** Its placement leaves this region out: calls go to the next region that has it. Nothing to wait for here. */
    NOT_PLACED;

    /** Whether a rollout has nothing more to wait for at this node. */
    public boolean isSettled() {
        return this == READY || this == NOT_PLACED;
    }
}
