package io.portolan.storage;

/** Another writer was first: read again, decide again. */
public final class Conflict extends RuntimeException {
    public Conflict(String message) {
        super(message);
    }
}
