package io.portolan.storage;

import io.portolan.model.Digest;

/**
 * One row of the log.
 *
 * @param id       1 or more, rising without gaps
 * @param previous hash of the row before; 64 zeros for the first
 * @param hash     SHA-256 over id, previous and every field of the entry
 */
public record LogRow(long id, LogEntry entry, Digest previous, Digest hash) {}
