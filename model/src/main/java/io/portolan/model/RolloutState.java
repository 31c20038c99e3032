package io.portolan.model;

/** State of a rollout; a final one never blocks anything. */
public enum RolloutState {
    QUEUED,
    RUNNING,
    PAUSED,
    ROLLING_BACK,
    SUCCEEDED,
    ROLLED_BACK,
    ROLLED_BACK_PARTIAL,
    HALTED,
    SUPERSEDED,
    CANCELLED,
    REJECTED;

    /** Whether nothing can happen to the rollout any more. */
    public boolean isFinal() {
        return switch (this) {
            case QUEUED, RUNNING, PAUSED, ROLLING_BACK -> false;
            case SUCCEEDED, ROLLED_BACK, ROLLED_BACK_PARTIAL, HALTED, SUPERSEDED, CANCELLED, REJECTED -> true;
        };
    }
}
