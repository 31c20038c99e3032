package io.portolan.artifact;

/**
 * An entry whose content was found and can be read. Immutable.
 *
 * @param content offset of the first byte of the packed content
 */
record LocatedEntry(ZipEntryHeader header, long content) {}
