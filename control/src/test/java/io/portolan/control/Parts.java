package io.portolan.control;

import io.portolan.planner.rollout.Gate;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.RolloutPlanner;
import io.portolan.storage.StateStore;

/** What a simulated process is made of: as it is, or with one part that is wrong on purpose. */
interface Parts {
    /** As it is. */
    Parts TRUE = new Parts() {};

    default StateStore fenced(StateStore store, EngineLease lease) {
        return new FencedStore(store, lease);
    }

    default RolloutSteps.Rules rules() {
        return RolloutPlanner::next;
    }

    default Gate gate() {
        return new FlappingGate();
    }

    /** Whether an abort reaches the process. */
    default boolean hears(Rollout aborted) {
        return true;
    }

    /** Whether a status is accepted only when what it tells of operators' orders is on the disk. */
    default boolean keepsTellings() {
        return true;
    }

    /** Whether what was committed is on the disk when the machine loses power. */
    default boolean syncs() {
        return true;
    }
}
