package io.portolan.control;

import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.BringUpPlanner;
import io.portolan.planner.bringup.BringUpStep;
import io.portolan.planner.bringup.Cell;
import io.portolan.protocol.Json;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a step of a region's way with all that follows from it: the row of the log, incidents, revoked keys. Stateless. */
final class BringUpWriting {
    private static final Logger LOG = LoggerFactory.getLogger(BringUpWriting.class);

    /** Type of the rows of a region's way. */
    static final String STATE_EVENT = "portolan.region.state";

    /** Who acts where nobody was asked. */
    static final String ENGINE = "engine";

    /** What keys of incidents begin with: a region that stands still, one of which nobody knows what it should have. */
    private static final String REGION = "region";

    private static final String INVENTORY = "inventory";

    private BringUpWriting() {}

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
            forget(tx, change.bringUp(), actor, origin, now);
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
        settle(tx, before.value().way(), change, actor, now);
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
    static void quarantines(Writer tx, BringUp way, List<Cell> cells, Instant now) {
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

    /** What people said of a region ends with it: one that comes under its code later is another, and nobody drained that. */
    static void forget(Writer tx, BringUp way, String actor, String origin, Instant now) {
        var key = Table.key(way.environment(), way.region());
        if (Table.REGION_INTENTS.get(tx, key).isEmpty()) {
            return;
        }
        tx.delete(Table.REGION_INTENTS.kind(), key, Writer.ANY);
        tx.append(new LogEntry(
                LogReplay.REGION_FORGOTTEN,
                way.region().value(),
                actor,
                origin,
                "what was said of it ends with it",
                Json.text(Map.of(LogReplay.RECORD_KEY, key)),
                now));
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

    private static String key(String kind, BringUp way) {
        return kind + "/" + way.environment() + "/" + way.region();
    }

    /** What has come right again, by itself or by a person, is no trouble any more. */
    private static void settle(Writer tx, BringUp before, BringUpStep.Change change, String actor, Instant now) {
        var way = change.bringUp();
        if (before.misses() >= BringUpPlanner.BLIND_AFTER && way.misses() == 0) {
            Incidents.resolve(tx, key(INVENTORY, way), actor, change.cause(), now);
        }
        boolean resumed = before.state() == RegionState.HELD && way.state() != RegionState.HELD;
        if (resumed || way.state() == RegionState.LIVE) {
            Incidents.resolve(tx, key(REGION, way), actor, change.cause(), now);
        }
    }

    /** What went wrong without anybody being asked becomes an incident. */
    private static void incident(Writer tx, BringUp before, BringUpStep.Change change, Instant now) {
        BringUp way = change.bringUp();
        switch (change.kind()) {
            case ENTERED, TICKED, SIGHTED -> {
                return;
            }
            case SET_BACK, HELD, BLIND -> {}
        }
        // Where good time only begins again, no user lost anything.
        if (change.kind() == BringUpStep.Kind.SET_BACK
                && way.state() == before.state()
                && way.step() == before.step()) {
            return;
        }
        Incidents.open(
                tx,
                new Incidents.Report(
                        key(change.kind() == BringUpStep.Kind.BLIND ? INVENTORY : REGION, way),
                        "",
                        way.environment().value(),
                        way.region().value(),
                        // No user is at it, or they have been sent elsewhere; one that is blind stands still with those
                        // it has.
                        change.kind() == BringUpStep.Kind.BLIND ? 3 : 4,
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
