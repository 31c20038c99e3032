package io.portolan.control;

import io.portolan.planner.rollout.Deployment;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.util.List;

/** Deployments in the state, with a mark beside each that owes a region something. */
final class Deployments {
    private static final String OWING = "owing-deployment";

    private Deployments() {}

    /** Records a deployment at its generation, and its mark, in one transaction; nothing where nothing differs. */
    static void save(Writer tx, Table.Row<Deployment> row, Deployment changed) {
        if (changed.equals(row.value())) {
            return;
        }
        Table.DEPLOYMENTS.put(tx, row.key(), row.generation(), changed);
        boolean marked = tx.get(OWING, row.key()).isPresent();
        if (changed.owed().isEmpty() && marked) {
            tx.delete(OWING, row.key(), Writer.ANY);
        } else if (!changed.owed().isEmpty() && !marked) {
            tx.put(OWING, row.key(), Writer.ABSENT, new byte[] {'{', '}'});
        }
    }

    /** Those that owe a region something. */
    static List<Table.Row<Deployment>> owing(Reader reader) {
        return reader.list(OWING, "").stream()
                .flatMap(mark -> Table.DEPLOYMENTS.get(reader, mark.key()).stream())
                .toList();
    }
}
