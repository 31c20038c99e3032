package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.BringUpPlanner;
import io.portolan.planner.bringup.BringUpStep;
import io.portolan.planner.bringup.Cell;
import io.portolan.planner.bringup.Sight;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Joining;
import io.portolan.protocol.Json;
import io.portolan.storage.Conflict;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.StorageFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes regions on their way from step to step. Thread-safe.
 *
 * <p>Every step is one transaction that compares the generation of what was read, so it can be repeated after a crash at any line: it was
 * recorded, and the next one is decided from it, or it was not, and it is decided again. What a region is told to serve is written in
 * the same way, an extension at a time.
 */
final class BringUpSteps {
    private static final Logger LOG = LoggerFactory.getLogger(BringUpSteps.class);

    /** Most steps of one region in one turn. */
    private static final int MOST = 20;

    /** What a live region lacks is looked for so often: rollouts give it what is new, and there may be thousands of extensions. */
    private static final Duration LIVE_LOOK = Duration.ofSeconds(10);

    private final StateStore store;
    private final Sights sights;
    private final FleetObserver observer;
    private final RegionInspector inspector;
    private final FailPoints failPoints;
    private final LateNodes lateNodes;
    private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();
    /** When what a live region lacks was looked for last, by key. */
    private final Map<String, Instant> looked = new ConcurrentHashMap<>();

    /** What a region waits for, and since when. */
    record Waiting(Instant since, BringUpStep.Wait step) {}

    BringUpSteps(
            StateStore store, Sights sights, FleetObserver observer, RegionInspector inspector, FailPoints failPoints) {
        this.store = store;
        this.sights = sights;
        this.observer = observer;
        this.inspector = inspector;
        this.failPoints = failPoints;
        this.lateNodes = new LateNodes(store, sights);
    }

    /** What keeps a node that joined a region with users from its part in it; empty where nothing is known. */
    Optional<String> lateNode(String id) {
        return lateNodes.waiting(id);
    }

    /** What a region waits for, if it was looked at and waits. */
    Optional<Waiting> waiting(String key) {
        return Optional.ofNullable(waiting.get(key));
    }

    /** Takes every region as far as it goes; gives the environments whose revision may differ by it. */
    Set<EnvironmentName> turn(Instant now) {
        var moved = new HashSet<EnvironmentName>();
        for (var row : store.read(reader -> Table.BRING_UPS.list(reader, ""))) {
            var way = row.value().way();
            if (way.state() == RegionState.RETIRED) {
                continue;
            }
            if (turn(row.key(), way, now)) {
                moved.add(way.environment());
            }
        }
        return moved;
    }

    /** Whether anything was recorded that nodes are told of; what fails for one part of it keeps the others from nothing. */
    private boolean turn(String key, BringUp way, Instant now) {
        boolean moved = false;
        try {
            moved = isDue(key, way, now) && point(key, now);
        } catch (StorageFailure | Conflict e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("pointing region key={}", key, e);
        }
        try {
            moved |= walk(key, now);
            moved |= lateNodes.turn(key, now);
        } catch (StorageFailure | Conflict e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("deciding region key={}", key, e);
        }
        return moved;
    }

    private boolean isDue(String key, BringUp way, Instant now) {
        if (way.state() != RegionState.LIVE) {
            return true;
        }
        var last = looked.get(key);
        if (last != null && !now.isBefore(last) && now.isBefore(last.plus(LIVE_LOOK))) {
            return false;
        }
        looked.put(key, now);
        return true;
    }

    /** Points the region at what it should have; whether anything changed. */
    private boolean point(String key, Instant now) {
        boolean changed = false;
        for (var deployment : store.read(reader -> pointing(reader, key, now))) {
            try {
                changed |= store.write(tx -> {
                    var row = Table.DEPLOYMENTS.get(tx, deployment).orElseThrow();
                    var change = change(
                            tx, Table.BRING_UPS.get(tx, key).orElseThrow().value(), row, now);
                    if (change.isEmpty()) {
                        return false;
                    }
                    Deployments.save(tx, row, change.get().deployment());
                    tx.append(new LogEntry(
                            "portolan.region.joins",
                            "deployment/" + deployment,
                            BringUpWriting.ENGINE,
                            "control",
                            change.get().cause(),
                            Json.text(Map.of(
                                    "record", Map.of("deployment", change.get().deployment()))),
                            now));
                    return true;
                });
            } catch (Conflict lost) {
                // Somebody else moved it; the next turn looks again.
            }
        }
        if (changed) {
            failPoints.reached(FailPoint.REGION_POINTED);
        }
        return changed;
    }

    private List<String> pointing(Reader reader, String key, Instant now) {
        var row = Table.BRING_UPS.get(reader, key);
        if (row.isEmpty() || !row.get().value().way().isEnrolled()) {
            return List.of();
        }
        var keys = new ArrayList<String>();
        for (var deployment :
                Table.DEPLOYMENTS.list(reader, row.get().value().way().environment() + "/")) {
            if (change(reader, row.get().value(), deployment, now).isPresent()) {
                keys.add(deployment.key());
            }
        }
        return keys;
    }

    private Optional<Joining.Change> change(
            Reader reader, Records.BringingUp region, Table.Row<Deployment> row, Instant now) {
        var way = region.way();
        var deployment = row.value();
        if (way.state() == RegionState.RETIRING) {
            return Joining.leaving(deployment, way.region(), "is retired");
        }
        if (!way.isEnrolled()) {
            return Optional.empty();
        }
        if (!RegionInventory.isPlaced(reader, deployment.extension(), region)) {
            return isTakenOut(reader, region, deployment, now)
                    ? Joining.leaving(deployment, way.region(), "is not in its placement any more")
                    : Optional.empty();
        }
        var running = Rollouts.active(reader, way.environment(), deployment.extension()).stream()
                .map(Table.Row::value)
                .toList();
        var stage = BringUps.stage(reader, region);
        var wanted = Joining.wanted(deployment, running, way.region(), stage);
        if (wanted.isEmpty() || wanted.equals(deployment.versionIn(way.region()))) {
            return Optional.empty();
        }
        var seen = observer.look(reader, way.environment(), deployment.extension(), row)
                .at(way.region(), wanted, now);
        return Joining.next(deployment, running, way.region(), stage, seen);
    }

    /**
     * Whether a region before its first users is to lose an extension that its placement does not name any more: nobody misses it. What
     * cannot be read, and what would take too many at once, takes nothing.
     */
    private boolean isTakenOut(Reader reader, Records.BringingUp region, Deployment deployment, Instant now) {
        var way = region.way();
        boolean before =
                switch (way.state()) {
                    case SEEDING, WIRING, VERIFYING, DARK -> !way.leaving();
                    default -> false;
                };
        if (!before
                || deployment.versionIn(way.region()).isEmpty()
                || Table.EXTENSIONS.get(reader, deployment.extension().value()).isEmpty()) {
            return false;
        }
        var environment = Lookup.environment(reader, way.environment());
        return sights.inventory(reader, environment, way, now) instanceof Sight.Inventory.Known known
                && !way.losesTooMany(known.cells().size());
    }

    /** Takes a region as far as it goes without waiting; whether anything was recorded that nodes are told of. */
    private boolean walk(String key, Instant now) {
        boolean moved = false;
        for (int i = 0; i < MOST; i++) {
            var decided = store.read(reader -> decide(reader, key, now));
            switch (decided.step()) {
                case BringUpStep.Wait wait -> {
                    var before = waiting.get(key);
                    waiting.put(
                            key,
                            new Waiting(
                                    before != null && before.step().text().equals(wait.text()) ? before.since() : now,
                                    wait));
                    return moved;
                }
                case BringUpStep.Change change -> {
                    if (!record(decided, change, now)) {
                        return moved;
                    }
                    moved |= change.kind() != BringUpStep.Kind.TICKED;
                    if (decided.sight().inventory() instanceof Sight.Inventory.Unknown) {
                        // Looks are counted until somebody is told, and a second one at once would see no more.
                        return moved;
                    }
                }
            }
        }
        return moved;
    }

    /**
     * The next step.
     *
     * @param row it was decided from: what it replaces
     */
    private record Decided(Table.Row<Records.BringingUp> row, Sight sight, BringUpStep step) {
        /** What the region has, as far as it was looked at. */
        List<Cell> cells() {
            return sight.inventory() instanceof Sight.Inventory.Known known ? known.cells() : List.of();
        }
    }

    private Decided decide(Reader reader, String key, Instant now) {
        var before = Table.BRING_UPS.get(reader, key).orElseThrow();
        var row = before.value();
        var environment = Lookup.environment(reader, row.way().environment());
        var way = row.way();
        boolean moves = way.state() != RegionState.LIVE && way.state() != RegionState.HELD;
        if (way.isEnrolled() && moves) {
            sights.watch(reader, environment, way.region());
        }
        var sight = moves ? sights.of(reader, environment, row, now) : Sight.none(now);
        return new Decided(before, sight, BringUpPlanner.next(way, environment.bringUp(), sight, now));
    }

    /** Records a step as decided; false when someone else was first. */
    private boolean record(Decided decided, BringUpStep.Change change, Instant now) {
        var before = decided.row();
        var key = before.key();
        boolean ticked = change.kind() == BringUpStep.Kind.TICKED;
        if (!ticked) {
            failPoints.reached(FailPoint.REGION_STEP_DECIDED);
        }
        try {
            if (ticked) {
                // Good time that was counted concerns nobody else.
                store.writeQuietly(tx -> {
                    requireSame(tx, key, before);
                    return Table.BRING_UPS.put(
                            tx, key, before.generation(), before.value().at(change.bringUp()));
                });
                return true;
            }
            store.write(tx -> {
                requireSame(tx, key, before);
                if (change.kind() == BringUpStep.Kind.ENTERED) {
                    BringUpWriting.quarantines(tx, before.value().way(), decided.cells(), now);
                }
                return BringUpWriting.write(tx, key, before, change, BringUpWriting.ENGINE, "control", now);
            });
        } catch (Conflict lost) {
            return false;
        }
        if (change.bringUp().state() != before.value().way().state()) {
            inspector.forget(change.bringUp().region());
        }
        failPoints.reached(FailPoint.REGION_STEP_RECORDED);
        return true;
    }

    private static void requireSame(Reader reader, String key, Table.Row<Records.BringingUp> before) {
        if (Table.BRING_UPS.get(reader, key).map(Table.Row::generation).orElse(0L) != before.generation()) {
            throw new Conflict("region " + key + " was changed meanwhile");
        }
    }
}
