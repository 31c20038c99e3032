package io.portolan.sync;

import io.portolan.model.ExtensionName;

/**
 * Takes down which extension a revision's load is at, so that after a crash it is known. Thread-safe, fast: it may be called for
 * each of thousands of extensions.
 */
public interface LoadMarker {
    /** Takes nothing down. */
    LoadMarker NONE = new LoadMarker() {
        @Override
        public void at(ExtensionName extension, String version) {}

        @Override
        public void done() {}
    };

    /** From now on, until the next call of either, this is being loaded; {@code version} is empty text for the document as a whole. */
    void at(ExtensionName extension, String version);

    /** No one extension is being loaded. */
    void done();
}
