package io.portolan.control;

import io.portolan.planner.rollout.Rollout;
import java.time.InstantSource;
import java.util.List;

/** The process that a storm plays with at present. */
interface StormProcess {
    SimulatedControl now();

    /** It is gone, and the next one goes on from what is recorded. */
    void restart();

    InstantSource clock();

    /** Rollouts that are not final, oldest first. */
    List<Rollout> active();

    Rollout rollout(String id);

    /** How many there ever were. */
    int rollouts();
}
