package io.portolan.artifact;

/**
 * An entry whose content was found and can be read. Immutable.
 *
 * @param content offset of the first byte of the packed content
 * @param file    where that is
 */
record LocatedEntry(ZipEntryHeader header, long content, ArchiveFile file) {
    /** The content, checked while it is read. */
    EntryStream open() {
        return new EntryStream(file, this);
    }
}
