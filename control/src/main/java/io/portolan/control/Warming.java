package io.portolan.control;

import io.portolan.planner.rollout.Observation;
import io.portolan.planner.rollout.Rollout;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.util.List;

/** What is done for CDNs before a version is shown for the first time. Thread-safe. */
interface Warming {
    /** Nothing is. */
    Warming NONE = new Warming() {
        @Override
        public List<String> blockers(Reader reader, Rollout rollout, Observation observed, Instant now) {
            return List.of();
        }

        @Override
        public List<String> told(String rolloutId) {
            return List.of();
        }
    };

    /** Why a rollout's next region should not move yet, in words. */
    List<String> blockers(Reader reader, Rollout rollout, Observation observed, Instant now);

    /** What was done for a rollout, in words, a CDN each. */
    List<String> told(String rolloutId);
}
