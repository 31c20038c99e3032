package io.portolan.storage;

import io.portolan.model.Digest;

/** What can be changed inside a transaction. One thread at a time. */
public interface Writer extends Reader {
    /** {@code expectedGeneration}: whatever is there. */
    long ANY = -1;

    /** {@code expectedGeneration}: nothing is there. */
    long ABSENT = 0;

    /**
     * Creates or replaces a document.
     *
     * @return its new generation, 1 for a new document
     * @throws Conflict when the present generation is not the expected one
     */
    long put(String kind, String key, long expectedGeneration, byte[] bytes);

    /** Removes a document; see {@link #put} for the generation. Removing what is not there is nothing under {@link #ANY}. */
    void delete(String kind, String key, long expectedGeneration);

    /** Stores bytes under their digest; storing them again is nothing. */
    Digest putObject(byte[] bytes);

    /**
     * Adds a revision.
     *
     * @throws Conflict unless its id is above the newest one's and its parent is the newest one's digest
     */
    void putRevision(StoredRevision revision);

    /** Appends a row to the hash-chained log. */
    LogRow append(LogEntry entry);
}
