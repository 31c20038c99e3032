package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.protocol.Json;
import io.portolan.storage.LogChain;
import io.portolan.storage.LogRow;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import java.time.Duration;
import java.util.List;

/**
 * Follows the log of a simulated control plane from outside and holds it, after every turn, to what no row, no crash and no other
 * process may break: the chain (I9), replay (I10), durability, and by {@link WitnessedRows} the moves of regions. One thread at a time.
 */
final class Witness {
    private static final int PAGE = 500;

    private final StateStore store;
    private final LogReplay replay = new LogReplay();
    private final WitnessedRows rows;
    private Digest hash = LogChain.START;
    private long change = -1;

    Witness(StateStore store, SimulatedFleet fleet) {
        this.store = store;
        rows = new WitnessedRows(fleet);
    }

    /**
     * Looks at what was recorded since the last look.
     *
     * @param elapsed time that really passed, without the clock's jumps
     * @param jumps   how often the clock jumped
     */
    void look(Duration elapsed, int jumps) {
        store.<Boolean>read(reader -> {
            lost(reader);
            var page = reader.log(replay.lastRow(), PAGE);
            for (; !page.isEmpty(); page = reader.log(replay.lastRow(), PAGE)) {
                for (var row : page) {
                    chain(row);
                    replay.take(row);
                    rows.look(row, elapsed, jumps);
                }
            }
            same(reader);
            return true;
        });
    }

    /** Overrides that became a rollback. */
    int adopted() {
        return rows.adopted();
    }

    /** Overrides that were taken over for regions that told of them late. */
    int extended() {
        return rows.extended();
    }

    /** How often a joining region was given a version. */
    int given() {
        return rows.given();
    }

    /** How often a joining region came to all of its users. */
    int lives() {
        return rows.lives();
    }

    /** The engine of the process with this registry has made a whole turn, and all rows of it were looked at. */
    void turned(NodeRegistry registry) {
        rows.turned(registry);
    }

    /** The whole of it at once, as the commands that check it do. */
    void lookAtAll() {
        store.<Boolean>read(reader -> {
            LogChain.verify(reader).ifPresent(broken -> {
                throw new Broken("I9: " + broken);
            });
            nothing(LogReplay.of(reader).differences(reader));
            return true;
        });
    }

    private static void nothing(List<Replayed.Difference> differences) {
        if (!differences.isEmpty()) {
            throw new Broken("I10: " + differences);
        }
    }

    /** What was committed once is there for ever. */
    private void lost(Reader reader) {
        if (replay.lastRow() == 0) {
            return;
        }
        var last = reader.log(replay.lastRow() - 1, 1);
        if (last.isEmpty() || !last.getFirst().hash().equals(hash)) {
            throw new Broken("durable: row " + replay.lastRow() + " was committed and is "
                    + (last.isEmpty() ? "gone" : "another one"));
        }
    }

    private void chain(LogRow row) {
        if (!row.previous().equals(hash)
                || row.id() != replay.lastRow() + 1
                || !row.hash().equals(LogChain.hash(row.id(), hash, row.entry()))) {
            throw new Broken("I9: row " + row.id() + " does not continue the chain");
        }
        if (row.entry().actor().isEmpty()) {
            throw new Broken("I9: row " + row.id() + " names nobody");
        }
        hash = row.hash();
    }

    /** What has changed is as the log tells it. */
    private void same(Reader reader) {
        long now = reader.lastChange();
        if (now == change) {
            return;
        }
        for (var table : Replayed.TABLES) {
            for (var document : reader.changed(table.kind(), change)) {
                var name = new Replayed.Name(table.kind(), document.key());
                Replayed.difference(
                                name,
                                replay.told(name),
                                Replayed.comparable(table.kind(), Json.mapper().readTree(document.bytes())))
                        .ifPresent(difference -> nothing(List.of(difference)));
            }
        }
        change = now;
    }
}
