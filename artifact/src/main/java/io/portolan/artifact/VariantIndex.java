package io.portolan.artifact;

import io.portolan.model.Digest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers which variants were made of some content, so that none is ever made a second time: another encoder, or another level,
 * would give other bytes, and a file that did not change would be fetched again by every region. Thread-safe.
 */
public interface VariantIndex {
    /** What was made of the content; an empty list: nothing helps; empty: it was never looked at. */
    Optional<List<ServedFile.Variant>> find(Digest content);

    /** Remembers all of them at once; for each content the first one to say so wins, and what won is returned. */
    Map<Digest, List<ServedFile.Variant>> remember(Map<Digest, List<ServedFile.Variant>> made);

    /** One that lives as long as the process. */
    static VariantIndex inMemory() {
        var known = new ConcurrentHashMap<Digest, List<ServedFile.Variant>>();
        return new VariantIndex() {
            @Override
            public Optional<List<ServedFile.Variant>> find(Digest content) {
                return Optional.ofNullable(known.get(content));
            }

            @Override
            public Map<Digest, List<ServedFile.Variant>> remember(Map<Digest, List<ServedFile.Variant>> made) {
                var won = new HashMap<Digest, List<ServedFile.Variant>>();
                made.forEach((content, variants) ->
                        won.put(content, known.computeIfAbsent(content, first -> List.copyOf(variants))));
                return won;
            }
        };
    }
}
