package io.portolan.control;

import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.storage.LogEntry;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Instant;

/**
 * Takes a node's status in: what matters of it is in the state before it takes effect here and before the node is told that it was
 * accepted. Thread-safe.
 */
final class StatusIntake {
    /** Type of the rows of statuses that tell something new. */
    static final String STATUS_EVENT = "portolan.node.status";

    private final StateStore store;
    private final NodeRegistry registry;

    StatusIntake(StateStore store, NodeRegistry registry) {
        this.store = store;
        this.registry = registry;
    }

    /** Records what is new in it, then believes it. */
    NodeRegistry.Effect take(NodeStatus status, String origin, Instant now) {
        boolean notable = registry.effectOf(status) == NodeRegistry.Effect.NOTABLE;
        if (notable || registry.matters(status)) {
            // Before it takes effect: the log tells what a step was decided from ahead of the step.
            store.write(tx -> {
                if (notable) {
                    tx.append(new LogEntry(
                            STATUS_EVENT, "node/" + status.id(), status.id(), origin, "", Json.text(status), now));
                    Incidents.told(tx, status, now);
                    OverrideTellings.record(tx, status);
                }
                return Table.REPORTS.put(tx, status.id(), Writer.ANY, new Records.NodeReport(Records.SCHEMA, status));
            });
        }
        return registry.heard(status, now);
    }
}
