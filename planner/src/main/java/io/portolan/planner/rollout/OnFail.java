package io.portolan.planner.rollout;

/** What a failed gate or a spent budget leads to. */
public enum OnFail {
    /** Every touched region goes back. */
    REVERT,
    /** Everything stays as it is and waits for a person: for changes that cannot be taken back. */
    HALT
}
