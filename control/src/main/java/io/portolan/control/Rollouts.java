package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.planner.rollout.Rollout;
import io.portolan.storage.Reader;
import io.portolan.storage.Writer;
import java.util.List;

/**
 * Rollouts in the state, with a mark beside each that is not final: what is looked at all the time does not grow with history.
 */
final class Rollouts {
    /** Kind of the marks: made and removed with a rollout's being under way, and never changed. */
    static final String ACTIVE = "active-rollout";

    private Rollouts() {}

    /** Records a rollout at its generation, and its mark, in one transaction. */
    static void save(Writer tx, String key, long expectedGeneration, Rollout rollout) {
        Table.ROLLOUTS.put(tx, key, expectedGeneration, rollout);
        if (rollout.state().isFinal()) {
            tx.delete(ACTIVE, key, Writer.ANY);
        } else if (tx.get(ACTIVE, key).isEmpty()) {
            tx.put(ACTIVE, key, Writer.ABSENT, new byte[] {'{', '}'});
        }
    }

    /** Rollouts that are not final, oldest first. */
    static List<Table.Row<Rollout>> active(Reader reader) {
        return reader.list(ACTIVE, "").stream()
                .flatMap(mark -> Table.ROLLOUTS.get(reader, mark.key()).stream())
                .toList();
    }

    /** Rollouts of an extension that are not final, oldest first. */
    static List<Table.Row<Rollout>> active(Reader reader, EnvironmentName environment, ExtensionName extension) {
        return active(reader).stream()
                .filter(row -> row.value().environment().equals(environment)
                        && row.value().extension().equals(extension))
                .toList();
    }
}
