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
    /**
     * Kind of the marks: made and removed with a rollout's being under way, and never changed. Keys are
     * {@code ENVIRONMENT/EXTENSION/KEY OF THE ROLLOUT}, so that those of one extension are found without the others.
     */
    static final String ACTIVE = "active-rollout";

    private Rollouts() {}

    /** Records a rollout at its generation, and its mark, in one transaction. */
    static void save(Writer tx, String key, long expectedGeneration, Rollout rollout) {
        Table.ROLLOUTS.put(tx, key, expectedGeneration, rollout);
        var mark = Table.key(rollout.environment(), rollout.extension()) + "/" + key;
        if (rollout.state().isFinal()) {
            tx.delete(ACTIVE, mark, Writer.ANY);
        } else if (tx.get(ACTIVE, mark).isEmpty()) {
            tx.put(ACTIVE, mark, Writer.ABSENT, new byte[] {'{', '}'});
        }
    }

    /** Key of the rollout that a mark is for. */
    static String keyOf(String mark) {
        return mark.substring(mark.lastIndexOf('/') + 1);
    }

    /** Gives marks that an earlier build made (the rollout's key alone) the key of today. */
    static void rekey(Writer tx) {
        for (var mark : tx.list(ACTIVE, "")) {
            if (!mark.key().contains("/")) {
                tx.delete(ACTIVE, mark.key(), Writer.ANY);
                Table.ROLLOUTS.get(tx, mark.key()).ifPresent(row -> save(tx, row.key(), row.generation(), row.value()));
            }
        }
    }

    /** Rollouts that are not final, oldest first. */
    static List<Table.Row<Rollout>> active(Reader reader) {
        return marked(reader, "");
    }

    /** Rollouts of an extension that are not final, oldest first. */
    static List<Table.Row<Rollout>> active(Reader reader, EnvironmentName environment, ExtensionName extension) {
        return marked(reader, Table.key(environment, extension) + "/");
    }

    private static List<Table.Row<Rollout>> marked(Reader reader, String prefix) {
        return reader.list(ACTIVE, prefix).stream()
                .map(mark -> keyOf(mark.key()))
                .sorted()
                .flatMap(key -> Table.ROLLOUTS.get(reader, key).stream())
                .toList();
    }
}
