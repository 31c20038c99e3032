package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The extensions that a revision left on their previous document on this node, and why. Immutable.
 *
 * <p>Stored beside the envelope of the revision and before it, so that a restart decides nothing anew: the previous document is
 * not to be found in the revision itself.
 */
record Pins(int schema, Map<ExtensionName, Pin> extensions) {
    static final int SCHEMA = 1;
    static final Pins NONE = new Pins(SCHEMA, Map.of());

    Pins {
        extensions = Map.copyOf(extensions);
    }

    /**
     * One pinned extension.
     *
     * @param document digest of the document in force, empty text for none
     * @param refused  digest of the document that the revision names
     * @param reason   why it was refused
     */
    record Pin(String document, Digest refused, String reason) {
        Pin {
            Objects.requireNonNull(refused, "refused");
            Objects.requireNonNull(reason, "reason");
            if (!document.isEmpty()) {
                new Digest(document);
            }
        }

        /** The document in force, if there is one. */
        Optional<Digest> inForce() {
            return document.isEmpty() ? Optional.empty() : Optional.of(new Digest(document));
        }
    }

    static Pins of(Map<ExtensionName, Pin> extensions) {
        return extensions.isEmpty() ? NONE : new Pins(SCHEMA, extensions);
    }

    boolean isEmpty() {
        return extensions.isEmpty();
    }
}
