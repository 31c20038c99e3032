package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.OverrideReport;
import io.portolan.storage.Conflict;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.List;

/**
 * What nodes told of operators' overrides and nobody has acted on yet, in the state: written before the status that tells of it is
 * accepted, because a node lets an order go once it was told of, and gone when it was acted on. Not intent, so the
 * log does not replay it: what comes of it has rows of its own. Stateless.
 */
final class OverrideTellings {
    private static final Table<Telling> TABLE = new Table<>("override-telling", Telling.class);

    private OverrideTellings() {}

    /**
     * A node's word of an order.
     *
     * @param bootId   of the process that told of it
     * @param sequence of that status within the boot
     * @param at       when that status was made, by the node's clock
     */
    record Telling(
            int schema,
            EnvironmentName environment,
            String node,
            RegionName region,
            String bootId,
            long sequence,
            Instant at,
            OverrideReport report) {
        /** Key of the override's record. */
        String override() {
            return environment + "/" + report.id();
        }

        /** Whether a status is a later one of the same node that does not tell of the order any more. */
        boolean isTakenBackBy(NodeStatus status) {
            boolean later = status.bootId().equals(bootId)
                    ? status.sequence() > sequence
                    : status.at().isAfter(at);
            return later
                    && status.overrides().stream().noneMatch(other -> other.id().equals(report.id()));
        }
    }

    /** Records what a status tells of, in the transaction before it is accepted. */
    static void record(Writer tx, NodeStatus status) {
        for (var report : status.overrides()) {
            var telling = new Telling(
                    Records.SCHEMA,
                    status.environment(),
                    status.id(),
                    status.region(),
                    status.bootId(),
                    status.sequence(),
                    status.at(),
                    report);
            TABLE.put(tx, telling.override() + "/" + status.id(), Writer.ANY, telling);
        }
    }

    /** All that nobody has acted on. */
    static List<Table.Row<Telling>> all(Reader reader) {
        return TABLE.list(reader, "");
    }

    /** Those of one override, by the key of its record. */
    static List<Table.Row<Telling>> of(Reader reader, String override) {
        return TABLE.list(reader, override + "/");
    }

    /**
     * Nothing is left to do about one.
     *
     * @throws Conflict where the node told of it again since it was read
     */
    static void forget(Writer tx, Table.Row<Telling> telling) {
        tx.delete(TABLE.kind(), telling.key(), telling.generation());
    }
}
