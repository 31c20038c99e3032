package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.util.List;
import java.util.Set;

/**
 * Everything beside a rollout itself that its next step depends on. Immutable.
 *
 * @param others   rollouts of the same extension and environment that are not final, without this one
 * @param windows  calendar windows that concern the extension there
 * @param blockers incidents and other reasons not to move forward, in words
 * @param joining  regions of the extension's placement that are on their way to users, each with its stage and how far it is
 * @param wayBack  why versions that regions would go back to could not be served again, in words (see {@link WayBack})
 * @param gone     regions of the rollout that its environment or the extension's placement has no more
 */
public record Scene(
        Deployment deployment,
        Observation observed,
        Gate gate,
        List<Rollout> others,
        List<Window> windows,
        List<String> blockers,
        List<String> wayBack,
        List<Joining.Joiner> joining,
        Set<RegionName> gone) {
    public Scene {
        others = List.copyOf(others);
        windows = List.copyOf(windows);
        blockers = List.copyOf(blockers);
        wayBack = List.copyOf(wayBack);
        joining = List.copyOf(joining);
        gone = Set.copyOf(gone);
    }

    /** Without any region that has left. */
    public Scene(
            Deployment deployment,
            Observation observed,
            Gate gate,
            List<Rollout> others,
            List<Window> windows,
            List<String> blockers,
            List<String> wayBack,
            List<Joining.Joiner> joining) {
        this(deployment, observed, gate, others, windows, blockers, wayBack, joining, Set.of());
    }

    /** Without any region on its way. */
    public Scene(
            Deployment deployment,
            Observation observed,
            Gate gate,
            List<Rollout> others,
            List<Window> windows,
            List<String> blockers,
            List<String> wayBack) {
        this(deployment, observed, gate, others, windows, blockers, wayBack, List.of());
    }
}
