package io.portolan.planner.rollout;

/** How far one region of a rollout is. */
public enum TaskState {
    /** Not switched yet. */
    PLANNED,
    /** Points at the version; its wave is not sealed. */
    SWITCHED,
    /** Its wave was healthy long enough. */
    SEALED,
    /** Was switched, failed, and was put back alone. */
    FAILED,
    /** Could not be reached or did not get the content in time: left as it was, and owed. */
    OWED,
    /** Put back with all others. */
    REVERTED,
    /** Another rollout, a rollback or an override has given it another version. */
    OVERTAKEN;

    /** Whether the rollout has pointed the region at its version and not back. */
    public boolean isTouched() {
        return this == SWITCHED || this == SEALED;
    }

    /** Whether it counts against the stage's failure budget. */
    public boolean isLost() {
        return this == FAILED || this == OWED;
    }
}
