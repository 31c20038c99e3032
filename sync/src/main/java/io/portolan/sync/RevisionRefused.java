package io.portolan.sync;

/** A revision that this node must not use; the message says why. The revision in use goes on. */
final class RevisionRefused extends Exception {
    RevisionRefused(String message) {
        super(message);
    }

    RevisionRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
