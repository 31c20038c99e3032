package io.portolan.control;

import io.portolan.protocol.DocumentTree;

/** Sees every compiled document before it is signed. For tests, which poison documents with it; production passes them on. */
@FunctionalInterface
public interface DocumentFilter {
    /** Changes nothing. */
    DocumentFilter NONE = (key, bytes) -> bytes;

    /** The bytes to publish in place of the given ones. */
    byte[] filter(DocumentTree.Key key, byte[] bytes);
}
