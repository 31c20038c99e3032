package io.portolan.storage;

/**
 * A mutable document at one generation.
 *
 * @param generation 1 or more; rises with each put
 */
@SuppressWarnings("ArrayRecordComponent")
public record Document(String kind, String key, long generation, byte[] bytes) {}
