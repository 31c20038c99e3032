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
import io.portolan.storage.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
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

    /** Type of the rows of a region's way. */
    static final String STATE_EVENT = "portolan.region.state";

    /** Who acts where nobody was asked. */
    private static final String ENGINE = "engine";

    /** Most steps of one region in one turn. */
    private static final int MOST = 20;

    /** What a live region lacks is looked for so often: rollouts give it what is new, and there may be thousands of extensions. */
    private static final Duration LIVE_LOOK = Duration.ofSeconds(10);

    private final StateStore store;
    private final Sights sights;
    private final FleetObserver observer;
    private final RegionInspector inspector;
    private final FailPoints failPoints;
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
            try {
                boolean pointed = isDue(row.key(), way, now) && point(row.key(), now);
                if (walk(row.key(), now) || pointed) {
                    moved.add(way.environment());
                }
            } catch (IllegalStateException e) {
                LOG.error("deciding region key={}", row.key(), e);
            }
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
                            ENGINE,
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
        if (!way.isEnrolled() || !Sights.isPlaced(reader, deployment.extension(), way)) {
            return Optional.empty();
        }
        var running = Rollouts.active(reader, way.environment(), deployment.extension()).stream()
                .map(Table.Row::value)
                .toList();
        var stage = BringUps.stage(reader, way);
        var wanted = Joining.wanted(deployment, running, way.region(), stage);
        if (wanted.isEmpty() || wanted.equals(deployment.versionIn(way.region()))) {
            return Optional.empty();
        }
        var seen = observer.look(reader, way.environment(), deployment.extension(), row)
                .at(way.region(), wanted, now);
        return Joining.next(deployment, running, way.region(), stage, seen);
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
                    if (!record(key, change, decided.cells(), now)) {
                        return moved;
                    }
                    moved |= change.kind() != BringUpStep.Kind.TICKED;
                }
            }
        }
        return moved;
    }

    /** The next step, and what the region has as far as it was looked at. */
    private record Decided(BringUpStep step, List<Cell> cells) {}

    private Decided decide(Reader reader, String key, Instant now) {
        var row = Table.BRING_UPS.get(reader, key).orElseThrow().value();
        var environment = Lookup.environment(reader, row.way().environment());
        var way = row.way();
        boolean moves = way.state() != RegionState.LIVE && way.state() != RegionState.HELD;
        if (way.isEnrolled() && moves) {
            sights.watch(reader, environment, way.region());
        }
        var sight = moves ? sights.of(reader, environment, row, now) : Sight.none(now);
        return new Decided(
                BringUpPlanner.next(way, environment.bringUp(), sight, now),
                sight.inventory() instanceof Sight.Inventory.Known known ? known.cells() : List.of());
    }

    /** Records a step as decided; false when someone else was first. */
    private boolean record(String key, BringUpStep.Change change, List<Cell> cells, Instant now) {
        var before = store.read(reader -> Table.BRING_UPS.get(reader, key).orElseThrow());
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
                    quarantines(tx, before.value().way(), cells, now);
                }
                return write(tx, key, before, change, ENGINE, "control", now);
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

    /** Records a change with its row of the log and all that follows from it. */
    static Records.BringingUp write(
            Writer tx,
            String key,
            Table.Row<Records.BringingUp> before,
            BringUpStep.Change change,
            String actor,
            String origin,
            Instant now) {
        var next = before.value().at(change.bringUp());
        if (change.bringUp().state() == RegionState.RETIRED) {
            next = next.revoking(revoke(tx, before.value(), now));
        }
        Table.BRING_UPS.put(tx, key, before.generation(), next);
        append(
                tx,
                next,
                before.value().way().state(),
                change.kind().name(),
                change.cause(),
                change.evidence(),
                actor,
                origin,
                now);
        if (actor.equals(ENGINE)) {
            incident(tx, before.value().way(), change, now);
        }
        LOG.info(
                "region={} state={} step={} cause=\"{}\"",
                change.bringUp().region(),
                change.bringUp().state(),
                change.kind(),
                change.cause());
        return next;
    }

    /** Appends a row of a region's way. */
    static void append(
            Writer tx,
            Records.BringingUp region,
            RegionState from,
            String step,
            String cause,
            List<String> evidence,
            String actor,
            String origin,
            Instant now) {
        var data = new LinkedHashMap<String, Object>();
        data.put("region", region.way().region());
        data.put("environment", region.way().environment());
        data.put("step", step);
        data.put("before", from);
        data.put("after", region.way().state());
        data.put("evidence", evidence);
        data.put("record", Map.of(Table.BRING_UPS.kind(), region));
        tx.append(new LogEntry(
                STATE_EVENT, "region/" + region.way().region(), actor, origin, cause, Json.text(data), now));
    }

    /** Tells owners of extensions that the region cannot serve, once each, and takes that back when it can. */
    private static void quarantines(Writer tx, BringUp way, List<Cell> cells, Instant now) {
        for (var cell : cells) {
            var key = "quarantine/" + way.environment() + "/" + way.region() + "/" + cell.extension();
            switch (cell.state()) {
                case QUARANTINED ->
                    Incidents.open(
                            tx,
                            new Incidents.Report(
                                    key,
                                    cell.extension(),
                                    way.environment().value(),
                                    way.region().value(),
                                    // Its users are served by the next region.
                                    3,
                                    way.region() + " cannot serve " + cell.extension() + " " + cell.version() + ": "
                                            + cell.text(),
                                    Map.of("version", cell.version())),
                            ENGINE,
                            now);
                case SERVING -> Incidents.resolve(tx, key, ENGINE, "it is served there", now);
                case ABSENT, FETCHING, VERIFIED, UNDECIDED -> {}
            }
        }
    }

    /** Takes the identities of a region's nodes away; all keys that are refused from now on. */
    private static List<String> revoke(Writer tx, Records.BringingUp region, Instant now) {
        var revoked = new ArrayList<>(region.revokedKeys());
        for (var node :
                Sights.nodes(tx, region.way().environment(), region.way().region())) {
            tx.delete(Table.NODES.kind(), node.id(), Writer.ANY);
            revoked.add(node.publicKey());
            tx.append(new LogEntry(
                    "portolan.node.revoked",
                    "node/" + node.id(),
                    ENGINE,
                    "control",
                    node.region() + " is retired",
                    Json.text(Map.of("id", node.id(), "publicKey", node.publicKey())),
                    now));
        }
        return revoked;
    }

    /** What went wrong without anybody being asked becomes an incident. */
    private static void incident(Writer tx, BringUp before, BringUpStep.Change change, Instant now) {
        if (change.kind() == BringUpStep.Kind.ENTERED || change.kind() == BringUpStep.Kind.TICKED) {
            return;
        }
        BringUp way = change.bringUp();
        // Where good time only begins again, no user lost anything.
        if (change.kind() == BringUpStep.Kind.SET_BACK
                && way.state() == before.state()
                && way.step() == before.step()) {
            return;
        }
        Incidents.open(
                tx,
                new Incidents.Report(
                        "region/" + way.environment() + "/" + way.region(),
                        "",
                        way.environment().value(),
                        way.region().value(),
                        // No user is at it, or they have been sent elsewhere.
                        4,
                        way.region() + ": " + change.cause(),
                        Map.of(
                                "region",
                                way.region().value(),
                                "state",
                                way.state().name())),
                ENGINE,
                now);
    }
}
