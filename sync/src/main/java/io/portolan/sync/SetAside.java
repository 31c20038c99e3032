package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What crashed the node at too many starts and is not loaded until it is released: the content of {@code set-aside.json}. Immutable.
 *
 * @param revisions  reason by the digest of the revision
 * @param extensions documents by the extension
 */
record SetAside(int schema, Map<Digest, String> revisions, Map<ExtensionName, Document> extensions) {
    static final int SCHEMA = 1;
    static final SetAside NONE = new SetAside(SCHEMA, Map.of(), Map.of());

    SetAside {
        revisions = Map.copyOf(revisions);
        extensions = Map.copyOf(extensions);
    }

    /**
     * A document that is not loaded.
     *
     * @param refused its digest; a document with another digest is loaded
     */
    record Document(Digest refused, String reason) {
        Document {
            Objects.requireNonNull(refused, "refused");
            Objects.requireNonNull(reason, "reason");
        }
    }

    boolean isEmpty() {
        return revisions.isEmpty() && extensions.isEmpty();
    }

    SetAside with(Digest revision, String reason) {
        // Only the newest matters: an older one is refused for its number.
        return new SetAside(schema, Map.of(revision, reason), extensions);
    }

    SetAside with(ExtensionName extension, Document document) {
        var all = new TreeMap<>(extensions);
        all.put(extension, document);
        return new SetAside(schema, revisions, all);
    }

    /** Without the documents that a revision no longer lists. */
    SetAside listedIn(Map<ExtensionName, Digest> listed) {
        var still = new TreeMap<>(extensions);
        still.entrySet().removeIf(entry -> !entry.getValue().refused().equals(listed.get(entry.getKey())));
        return still.size() == extensions.size() ? this : new SetAside(schema, revisions, still);
    }

    /** The same as pins, with nothing said of what is in force instead. */
    Pins asPins() {
        var pins = new TreeMap<ExtensionName, Pins.Pin>();
        extensions.forEach((name, document) -> pins.put(name, new Pins.Pin("", document.refused(), document.reason())));
        return Pins.of(pins);
    }
}
