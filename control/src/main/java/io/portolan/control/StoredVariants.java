package io.portolan.control;

import io.portolan.artifact.ServedFile;
import io.portolan.artifact.VariantIndex;
import io.portolan.model.Digest;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The variants ever made, in the state of the control plane. Thread-safe. */
final class StoredVariants implements VariantIndex {
    private final StateStore store;

    StoredVariants(StateStore store) {
        this.store = store;
    }

    @Override
    public Optional<List<ServedFile.Variant>> find(Digest content) {
        return store.read(reader -> Table.VARIANTS.get(reader, content.value()))
                .map(row -> row.value().variants());
    }

    @Override
    public Map<Digest, List<ServedFile.Variant>> remember(Map<Digest, List<ServedFile.Variant>> made) {
        return store.write(tx -> {
            var won = new HashMap<Digest, List<ServedFile.Variant>>();
            made.forEach((content, variants) -> {
                var known = Table.VARIANTS.get(tx, content.value());
                if (known.isPresent()) {
                    won.put(content, known.get().value().variants());
                } else {
                    Table.VARIANTS.put(
                            tx,
                            content.value(),
                            Writer.ABSENT,
                            new Records.Variants(Records.SCHEMA, List.copyOf(variants)));
                    won.put(content, variants);
                }
            });
            return won;
        });
    }
}
