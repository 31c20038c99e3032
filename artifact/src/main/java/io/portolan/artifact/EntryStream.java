package io.portolan.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The content of one entry, checked while it is read. One thread at a time.
 *
 * <p>It never gives more bytes than the header says, whatever the packed bytes would expand to. At the end it has checked that
 * the packed bytes are used up, that the length is the header's, and the CRC; else it throws {@link EntryBroken}.
 */
final class EntryStream extends InputStream {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final ZipEntryHeader header;
    private final InputStream packed;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final boolean deflated;
    private long given;
    private long packedLeft;
    private boolean ended;

    EntryStream(ArchiveFile file, LocatedEntry entry) {
        this.header = entry.header();
        this.packed = file.section(entry.content(), entry.content() + header.packedBytes());
        this.deflated = header.method() == ZipEntryHeader.DEFLATED;
        this.packedLeft = header.packedBytes();
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (ended) {
            return -1;
        }
        int read = deflated ? inflate(into, offset, length) : packed.read(into, offset, length);
        if (read < 0) {
            end();
            return -1;
        }
        given += read;
        if (given > header.sizeBytes()) {
            throw new EntryBroken(
                    ViolationCode.SIZE_MISMATCH,
                    "the content is longer than the " + header.sizeBytes() + " bytes of its header");
        }
        crc.update(into, offset, read);
        return read;
    }

    private int inflate(byte[] into, int offset, int length) throws IOException {
        try {
            while (true) {
                int read = inflater.inflate(into, offset, length);
                if (read > 0) {
                    return read;
                }
                if (inflater.finished()) {
                    return -1;
                }
                if (inflater.needsDictionary()) {
                    throw new EntryBroken(ViolationCode.BROKEN_CONTENT, "the content needs a dictionary");
                }
                int filled = packed.read(buffer, 0, buffer.length);
                if (filled < 0) {
                    throw new EntryBroken(ViolationCode.BROKEN_CONTENT, "the packed content breaks off");
                }
                packedLeft -= filled;
                inflater.setInput(buffer, 0, filled);
            }
        } catch (DataFormatException e) {
            throw new EntryBroken(ViolationCode.BROKEN_CONTENT, "the packed content is damaged: " + e.getMessage());
        }
    }

    private void end() throws EntryBroken {
        ended = true;
        if (deflated && (packedLeft > 0 || inflater.getRemaining() > 0)) {
            throw new EntryBroken(
                    ViolationCode.UNEXPECTED_DATA,
                    (packedLeft + inflater.getRemaining()) + " bytes after the end of the packed content");
        }
        if (given != header.sizeBytes()) {
            throw new EntryBroken(
                    ViolationCode.SIZE_MISMATCH,
                    "the content has " + given + " bytes (expected: " + header.sizeBytes() + ")");
        }
        if (crc.getValue() != header.crc()) {
            throw new EntryBroken(
                    ViolationCode.CRC_MISMATCH, "CRC %08x (expected: %08x)".formatted(crc.getValue(), header.crc()));
        }
    }

    @Override
    public void close() {
        inflater.end();
    }
}
