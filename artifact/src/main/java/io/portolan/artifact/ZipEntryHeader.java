package io.portolan.artifact;

/**
 * One record of the central directory. Immutable.
 *
 * @param name     decoded name, made printable if it is not UTF-8; a folder's ends with a slash
 * @param nameBytes the name as it stands there, cut after {@link PackageLimits#nameBytes()}
 * @param nameLength its full length
 * @param header   offset of the local header
 */
record ZipEntryHeader(
        String name,
        byte[] nameBytes,
        int nameLength,
        int flags,
        int method,
        long crc,
        long packedBytes,
        long sizeBytes,
        long header) {
    static final int STORED = 0;
    static final int DEFLATED = 8;
    /** Bits of the three kinds of encryption. */
    static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
    /** Sizes and CRC follow the content. */
    static final int DESCRIPTOR = 1 << 3;

    boolean isFolder() {
        return name.endsWith("/");
    }

    /** Whether the content can be read at all; why not is noted elsewhere. */
    boolean isReadable() {
        boolean plain = (flags & ENCRYPTED) == 0;
        return plain && (method == DEFLATED || (method == STORED && sizeBytes == packedBytes));
    }

    /** Whether it says of itself that it is larger, or expands more, than it may; that is noted elsewhere. */
    boolean exceeds(PackageLimits limits) {
        return sizeBytes > limits.fileBytes() || ZipDirectory.expandsTooMuch(this, limits);
    }

    /** The same under another name. */
    ZipEntryHeader named(String other) {
        return new ZipEntryHeader(other, nameBytes, nameLength, flags, method, crc, packedBytes, sizeBytes, header);
    }

    boolean hasDescriptor() {
        return (flags & DESCRIPTOR) != 0;
    }
}
