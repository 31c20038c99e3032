package io.portolan.control;

import io.portolan.model.RegionState;
import io.portolan.planner.bringup.Check;
import io.portolan.protocol.Json;
import io.portolan.storage.Conflict;
import io.portolan.storage.LogEntry;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives nodes their part in a region that they joined when it had passed its verification: no director is told of one, and no rollout
 * waits for it, before it has all that the region serves, the same bytes as the others and its controllers ready. Thread-safe.
 *
 * <p>Idempotent: a node's record and its region's facts change in one transaction that compares both generations.
 */
final class LateNodes {
    private static final Logger LOG = LoggerFactory.getLogger(LateNodes.class);

    private final StateStore store;
    private final Sights sights;
    /** What each waits for, by id: a memory. */
    private final Map<String, String> waiting = new ConcurrentHashMap<>();

    LateNodes(StateStore store, Sights sights) {
        this.store = store;
        this.sights = sights;
    }

    /** What a node waits for, if it was looked at and waits. */
    Optional<String> waiting(String id) {
        return Optional.ofNullable(waiting.get(id));
    }

    /** Whether joining is a late one: the region is past its verification, and is not on its way out. */
    static boolean isLate(RegionState way) {
        return switch (way) {
            case DARK, CANARY, RAMPING, LIVE -> true;
            default -> false;
        };
    }

    /** Looks at the nodes of a region that have no part in it yet; whether one has now. */
    boolean turn(String key, Instant now) {
        boolean moved = false;
        for (var look : store.read(reader -> {
            var row = Table.BRING_UPS.get(reader, key).orElseThrow();
            var way = row.value().way();
            return !isLate(way.way())
                    ? List.<Look>of()
                    : Sights.nodes(reader, way.environment(), way.region()).stream()
                            .filter(node -> !node.isPart())
                            .map(node -> new Look(
                                    row,
                                    Table.NODES.get(reader, node.id()).orElseThrow(),
                                    sights.ofLateNode(
                                            reader,
                                            Lookup.environment(reader, way.environment()),
                                            row.value(),
                                            node,
                                            now)))
                            .toList();
        })) {
            moved |= take(look, now);
        }
        return moved;
    }

    /** A node that was looked at. */
    private record Look(Table.Row<Records.BringingUp> region, Table.Row<Records.Node> node, List<Check> checks) {
        /** What must pass and does not. */
        Optional<Check> open() {
            return checks.stream()
                    .filter(check -> check.result() == Check.Result.PENDING || check.result() == Check.Result.FAIL)
                    .findFirst();
        }
    }

    private boolean take(Look look, Instant now) {
        var node = look.node().value();
        var open = look.open();
        try {
            if (open.isPresent()) {
                waiting.put(node.id(), open.get().toString());
                if (open.get().result() == Check.Result.FAIL
                        && !store.<Boolean>read(reader -> Incidents.isOpen(reader, incident(node)))) {
                    // Once: every commit calls for the next turn.
                    store.write(tx -> failed(tx, look, open.get(), now));
                }
                return false;
            }
            store.write(tx -> verified(tx, look, now));
        } catch (Conflict changed) {
            // Somebody else moved it; the next turn looks again.
            return false;
        }
        waiting.remove(node.id());
        LOG.info("node={} region={} verified", node.id(), node.region());
        return true;
    }

    private static String incident(Records.Node node) {
        return "node/" + node.environment() + "/" + node.id();
    }

    private static Records.Incident failed(Writer tx, Look look, Check check, Instant now) {
        var node = look.node().value();
        return Incidents.open(
                tx,
                new Incidents.Report(
                        incident(node),
                        "",
                        node.environment().value(),
                        node.region().value(),
                        // It answers nobody; its region goes on without it.
                        4,
                        node.id() + " is kept from its part in " + node.region() + ": " + check,
                        Map.of("node", node.id(), "url", node.url())),
                BringUpWriting.ENGINE,
                now);
    }

    private static Records.BringingUp verified(Writer tx, Look look, Instant now) {
        var node = look.node().value().verified(true);
        Table.NODES.put(tx, node.id(), look.node().generation(), node);
        tx.append(new LogEntry(
                "portolan.node.verified",
                "node/" + node.id(),
                BringUpWriting.ENGINE,
                "control",
                "",
                Json.text(Map.of("id", node.id(), "record", Map.of(Table.NODES.kind(), node))),
                now));
        var region = look.region().value();
        var next = region.being(region.facts().withNode(Preflight.host(node.url()), node.url()));
        Table.BRING_UPS.put(tx, look.region().key(), look.region().generation(), next);
        BringUpWriting.append(
                tx,
                next,
                region.way().state(),
                "NODE_VERIFIED",
                node.id() + " has its part in it",
                look.checks().stream().map(Check::toString).toList(),
                BringUpWriting.ENGINE,
                "control",
                now);
        Incidents.resolve(tx, incident(node), BringUpWriting.ENGINE, "it is verified", now);
        return next;
    }
}
