package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.CatchingUp;
import io.portolan.planner.rollout.Invariants;
import io.portolan.planner.rollout.Observation;
import io.portolan.planner.rollout.RollingBack;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.RolloutPlanner;
import io.portolan.planner.rollout.Scene;
import io.portolan.planner.rollout.Step;
import io.portolan.planner.rollout.Watchdog;
import io.portolan.storage.Conflict;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides steps of rollouts and records them. Thread-safe.
 *
 * <p>Every step is one transaction that records the rollout and the deployment as the planner returned them, both compared with
 * the generations that were read, so a step can be repeated after a crash at any line: it was recorded, and the next one is
 * decided from it, or it was not, and it is decided again.
 */
final class RolloutSteps {
    private static final Logger LOG = LoggerFactory.getLogger(RolloutSteps.class);

    private final StateStore store;
    private final Rules rules;
    private final Scenes scenes;
    private final FleetObserver observer;
    private final RolloutLog rolloutLog = new RolloutLog();
    private final FailPoints failPoints;
    private final OverrideAdoption adoption;

    /** What decides; a simulation puts wrong ones in, to see that they are caught. */
    interface Rules {
        /** See {@link RolloutPlanner#next}. */
        Step next(Rollout rollout, Scene scene, Instant now);
    }

    RolloutSteps(StateStore store, Scenes scenes, FleetObserver observer, FailPoints failPoints) {
        this(store, RolloutPlanner::next, scenes, observer, failPoints);
    }

    RolloutSteps(StateStore store, Rules rules, Scenes scenes, FleetObserver observer, FailPoints failPoints) {
        this.store = store;
        this.rules = rules;
        this.scenes = scenes;
        this.observer = observer;
        this.failPoints = failPoints;
        this.adoption = new OverrideAdoption(store, observer);
    }

    /** Takes over what operators ordered while no control plane answered; the environments whose revision may differ by it. */
    Set<EnvironmentName> adoptOverrides(Instant now) {
        return adoption.run(now);
    }

    /** The next step of the rollout of that key. */
    Step decide(String key, Instant now) {
        return store.read(
                reader -> decide(reader, Table.ROLLOUTS.get(reader, key).orElseThrow(), now));
    }

    private Step decide(Reader reader, Table.Row<Rollout> row, Instant now) {
        var rollout = row.value();
        var deployment = Lookup.deployment(reader, rollout.environment(), rollout.extension());
        var scene = scenes.of(reader, rollout, deployment, now);
        var step = rules.next(rollout, scene, now);
        return step instanceof Step.Change change ? unbroken(rollout, scene, change, now) : step;
    }

    /**
     * A change that would break a rule is a fault of ours: better to stand still and say so, but never with a way back, which must
     * not depend on our having made no mistake.
     */
    private static Step unbroken(Rollout rollout, Scene scene, Step.Change change, Instant now) {
        var broken = Invariants.broken(rollout, scene, change, now);
        if (broken.isEmpty()) {
            return change;
        }
        if (change.kind() == Step.Kind.REVERTING || change.kind() == Step.Kind.REGION_FAILED) {
            LOG.error("rollout id={} {} breaks: {}", rollout.id(), change.kind(), String.join("; ", broken));
            return change;
        }
        var what = change.kind() + " is not recorded, it would break: " + String.join("; ", broken);
        LOG.error("rollout id={} {}", rollout.id(), what);
        return new Step.Wait(what, null, null, List.of("anyone who may abort it", "the developers of Portolan"));
    }

    /** Records a step as decided; false when someone else was first, and it must be decided again. */
    boolean record(Step.Change change, String key, Instant now) {
        reached(change.kind(), false);
        try {
            store.write(tx -> {
                var rollout = Table.ROLLOUTS.get(tx, key).orElseThrow();
                // Decided again inside the transaction: the pure planner gives the same step, or somebody steered
                // meanwhile.
                var again = decide(tx, rollout, now);
                if (!(again instanceof Step.Change same) || same.kind() != change.kind()) {
                    throw new Conflict("rollout " + change.rollout().id() + " was steered meanwhile");
                }
                write(tx, same, rollout, now);
                return true;
            });
        } catch (Conflict lost) {
            return false;
        }
        reached(change.kind(), true);
        return true;
    }

    private void write(Writer tx, Step.Change change, Table.Row<Rollout> row, Instant now) {
        var before = row.value();
        var deployment = Lookup.deployment(tx, before.environment(), before.extension());
        Rollouts.save(tx, row.key(), row.generation(), change.rollout());
        Deployments.save(tx, deployment, change.deployment());
        rolloutLog.append(tx, change, before, deployment.value(), "engine", "control", now);
        incident(tx, change, before, now);
    }

    /** What went wrong without anybody being asked becomes an incident, with what the rollout knows as evidence. */
    private static void incident(Writer tx, Step.Change change, Rollout before, Instant now) {
        var rollout = change.rollout();
        boolean failed = change.kind() == Step.Kind.REVERTING
                || (change.kind() == Step.Kind.ENDED && rollout.state() == RolloutState.HALTED)
                || change.kind() == Step.Kind.REGION_FAILED;
        // Its users have a page whose calls fail until they are: somebody must know.
        boolean unready = change.kind() == Step.Kind.ROLLBACK_SWITCHED
                && change.cause().contains(RollingBack.WITHOUT_CONTROLLERS);
        boolean partial = rollout.state() == RolloutState.ROLLED_BACK_PARTIAL
                && !before.state().isFinal();
        if (!failed && !partial && !unready) {
            return;
        }
        Incidents.open(
                tx,
                new Incidents.Report(
                        "rollout/" + rollout.id(),
                        rollout.extension().value(),
                        rollout.environment().value(),
                        "",
                        // Users are back on what was good, unless a region is out of reach or everything was left.
                        partial || rollout.state() == RolloutState.HALTED ? 2 : 3,
                        change.cause(),
                        Map.of(
                                "rollout", rollout.id(),
                                "version", rollout.version().value(),
                                "planHash", rollout.planHash())),
                "engine",
                now);
    }

    /** Opens an incident about a rollout that has waited for nodes for too long; whether it has. */
    boolean alarm(Rollout rollout, Step.Wait wait, Instant since, Instant now) {
        var text = Watchdog.alarm(rollout, wait, since, now);
        if (text.isEmpty()) {
            return false;
        }
        try {
            store.write(tx -> Incidents.open(
                    tx,
                    new Incidents.Report(
                            "stands/" + rollout.id(),
                            rollout.extension().value(),
                            rollout.environment().value(),
                            "",
                            // Users have what was good; it stops nothing that would move.
                            3,
                            text.get(),
                            Map.of(
                                    "rollout",
                                    rollout.id(),
                                    "version",
                                    rollout.version().value())),
                    "engine",
                    now));
            return true;
        } catch (Conflict lost) {
            return false;
        }
    }

    /** Pays one thing that is owed to a region, if something can be paid; whether it did. */
    boolean catchUp(String key, Instant now) {
        if (store.read(reader -> payment(reader, key, now)).isEmpty()) {
            return false;
        }
        try {
            return store.write(tx -> {
                var row = Table.DEPLOYMENTS.get(tx, key).orElseThrow();
                var paid = payment(tx, key, now);
                if (paid.isEmpty()) {
                    return false;
                }
                Deployments.save(tx, row, paid.get().deployment());
                rolloutLog.caughtUp(tx, paid.get(), now);
                return true;
            });
        } catch (Conflict lost) {
            return false;
        }
    }

    private Optional<CatchingUp.Change> payment(Reader reader, String key, Instant now) {
        var row = Table.DEPLOYMENTS.get(reader, key);
        if (row.isEmpty()) {
            return Optional.empty();
        }
        var deployment = row.get().value();
        var observed = new HashMap<RegionName, Observation.OfRegion>();
        var look = observer.look(reader, deployment.environment(), deployment.extension(), row.get());
        for (var region : deployment.owed().keySet()) {
            observed.put(
                    region,
                    look.at(region, CatchingUp.wanted(deployment, region).map(VersionLabel::new), now));
        }
        var running = Rollouts.active(reader, deployment.environment(), deployment.extension()).stream()
                .map(Table.Row::value)
                .toList();
        return CatchingUp.next(deployment, running, new Observation(observed, Map.of()), now);
    }

    private void reached(Step.Kind kind, boolean recorded) {
        switch (kind) {
            case SWITCHED -> failPoints.reached(recorded ? FailPoint.SWITCH_RECORDED : FailPoint.SWITCH_DECIDED);
            case TICKED -> {
                if (recorded) {
                    failPoints.reached(FailPoint.BAKE_TICKED);
                }
            }
            case SEALED -> {
                if (recorded) {
                    failPoints.reached(FailPoint.BAKE_SEALED);
                }
            }
            case COMPLETED -> {
                if (recorded) {
                    failPoints.reached(FailPoint.ROLLOUT_COMPLETED);
                }
            }
            case ROLLBACK_CONVERGED -> {
                if (!recorded) {
                    failPoints.reached(FailPoint.ROLLBACK_CONVERGED);
                }
            }
            default -> {}
        }
    }
}
