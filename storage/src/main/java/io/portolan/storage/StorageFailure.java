package io.portolan.storage;

/** The store itself failed: disk, lock, damaged file. Nothing of the transaction was kept, unless its commit was under way. */
public final class StorageFailure extends RuntimeException {
    public StorageFailure(String message) {
        super(message);
    }

    public StorageFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
