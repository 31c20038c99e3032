package io.portolan.planner.rollout;

import io.portolan.model.RolloutState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Tells when somebody should look at a rollout that stands: nobody is asked while it waits for nodes, and nodes that do not come may
 * never do. Pure.
 */
public final class Watchdog {
    /** So many times as long as the plan lets a region take. */
    private static final int PATIENCE = 3;

    private Watchdog() {}

    /**
     * What to say of a rollout that has waited for nodes for too long, empty while it has not, or waits for a person, a calendar, or its
     * bake.
     *
     * @param since when it began to wait in its present state
     */
    public static Optional<String> alarm(Rollout rollout, Step.Wait wait, Instant since, Instant now) {
        boolean working = rollout.state() == RolloutState.RUNNING || rollout.state() == RolloutState.ROLLING_BACK;
        boolean forNodes = wait.actors().stream().anyMatch(actor -> actor.contains("node"));
        var stands = Duration.between(since, now);
        return working
                        && forNodes
                        && stands.dividedBy(PATIENCE)
                                        .compareTo(rollout.plan().limits().progress())
                                > 0
                ? Optional.of("rollout " + rollout.id() + " of " + rollout.version() + " has stood for "
                        + Spans.text(stands) + ": " + wait.text())
                : Optional.empty();
    }
}
