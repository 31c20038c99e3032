package io.portolan.control;

import io.portolan.model.RegionState;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Gate;
import io.portolan.planner.rollout.Joining;
import io.portolan.planner.rollout.Observation;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.Scene;
import io.portolan.storage.Reader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Gathers what the next step of a rollout depends on, from one state. Thread-safe. */
final class Scenes {
    private final FleetObserver observer;
    private final Gate gate;
    private final WaysBack waysBack;
    private final Warming warming;

    Scenes(FleetObserver observer, Gate gate, WaysBack waysBack, Warming warming) {
        this.warming = warming;
        this.observer = observer;
        this.gate = gate;
        this.waysBack = waysBack;
    }

    Scene of(Reader reader, Rollout rollout, Table.Row<Deployment> deployment, Instant now) {
        var joining = BringUps.joining(reader, rollout.environment(), rollout.extension());
        var observed = observer.observe(reader, rollout, deployment, joining.keySet(), now);
        return new Scene(
                deployment.value(),
                observed,
                gate,
                Rollouts.active(reader, rollout.environment(), rollout.extension()).stream()
                        .map(Table.Row::value)
                        .filter(other -> !other.id().equals(rollout.id()))
                        .toList(),
                WindowsApi.concerning(reader, rollout.environment(), rollout.extension()),
                blockers(reader, rollout, observed, now),
                // Asked before the first region moves, and never again.
                rollout.touchedRegions().isEmpty() ? waysBack.faults(reader, rollout, deployment.value()) : List.of(),
                joining.values().stream()
                        .map(row -> joiner(reader, row, observed.of(row.way().region())))
                        .toList());
    }

    /** Nobody waits for a region that is held or leaves, that is out of reach, that has set the extension aside, or whose controllers do not come up. */
    private static Joining.Joiner joiner(Reader reader, Records.BringingUp row, Observation.OfRegion seen) {
        var way = row.way();
        boolean released = way.state() == RegionState.HELD
                || way.leaving()
                || !seen.failure().isEmpty()
                || !seen.controllers().failure().isEmpty()
                || (way.isDark() && !seen.reachable());
        return new Joining.Joiner(
                way.region(),
                BringUps.stage(reader, row),
                way.isEnrolled(),
                way.isDark(),
                released,
                way.state().name());
    }

    private List<String> blockers(Reader reader, Rollout rollout, Observation observed, Instant now) {
        var blockers = new ArrayList<>(Incidents.blocking(reader, rollout));
        blockers.addAll(OverrideRecords.blocking(reader, rollout.environment(), rollout.extension()));
        blockers.addAll(warming.blockers(reader, rollout, observed, now));
        return blockers;
    }
}
