package io.portolan.model;

/** State of one stage of a rollout. */
public enum StageState {
    /** Not begun. */
    PENDING,
    /** Has no region: no bake, no gate; its alias still takes the version. */
    SKIPPED,
    /** Waits until every node in rotation holds the version, then switches the pointers. */
    APPLYING,
    /** Pointers are switched; waits for acknowledgements. */
    CONVERGING,
    /** Converged; accumulates healthy time. */
    BAKING,
    /** Healthy time is complete; the gate decides. */
    GATING,
    SEALED,
    REVERTED
}
