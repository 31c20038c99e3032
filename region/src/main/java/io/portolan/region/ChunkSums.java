package io.portolan.region;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Checksums of the chunks of one blob, taken from the very bytes whose SHA-256 was found right. Immutable.
 *
 * <p>They make it cheap to look at every byte again each time it is read from the disk, which SHA-256 of the whole does not: a
 * part of a file cannot be checked by it, and it is thirty times slower. Of each chunk there are CRC-32 and CRC-32C; their
 * polynomials share no factor, so both together are a CRC of 64 bits: every flip of a few bits and every burst of up to 64 is
 * found, any other damage but for one in 2^64. They cost 8 bytes of memory for 64 KiB of disk. Against somebody who may write to
 * the node's disk they are no protection; the SHA-256 of the scrub and of the next start are.
 */
final class ChunkSums {
    /** Bytes of a chunk; the last one of a blob may be shorter. */
    static final int CHUNK_BYTES = 64 << 10;

    private final long sizeBytes;
    private final long[] sums;

    private ChunkSums(long sizeBytes, long[] sums) {
        this.sizeBytes = sizeBytes;
        this.sums = sums;
    }

    /** Length of the blob. */
    long sizeBytes() {
        return sizeBytes;
    }

    /** Length of a chunk of this blob, 0 for one that it does not have. */
    int length(long chunk) {
        return Math.clamp(sizeBytes - chunk * CHUNK_BYTES, 0, CHUNK_BYTES);
    }

    /** Whether these bytes, from position to limit, are the whole chunk of that number; they are not consumed. */
    boolean matches(long chunk, ByteBuffer bytes) {
        return chunk < sums.length && bytes.remaining() == length(chunk) && sum(bytes.duplicate()) == sums[(int) chunk];
    }

    private static long sum(ByteBuffer bytes) {
        var first = new CRC32C();
        var second = new CRC32();
        first.update(bytes.duplicate());
        second.update(bytes);
        return first.getValue() << 32 | second.getValue();
    }

    /** Takes the sums of what is read through it. One thread at a time. */
    static final class Reader extends FilterInputStream {
        private final CRC32C first = new CRC32C();
        private final CRC32 second = new CRC32();
        private long[] sums = new long[4];
        private long sizeBytes;

        Reader(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            int from = offset;
            for (int left = Math.max(0, count); left > 0; ) {
                int more = (int) Math.min(left, CHUNK_BYTES - sizeBytes % CHUNK_BYTES);
                first.update(buffer, from, more);
                second.update(buffer, from, more);
                sizeBytes += more;
                from += more;
                left -= more;
                if (sizeBytes % CHUNK_BYTES == 0) {
                    endChunk((int) (sizeBytes / CHUNK_BYTES) - 1);
                }
            }
            return count;
        }

        @Override
        public long skip(long count) {
            throw new UnsupportedOperationException("skipping bytes whose sums are taken");
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        /** Sums of all that was read; once, at the end. */
        ChunkSums sums() {
            int chunks = Math.toIntExact((sizeBytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
            if (sizeBytes % CHUNK_BYTES != 0) {
                endChunk(chunks - 1);
            }
            return new ChunkSums(sizeBytes, Arrays.copyOf(sums, chunks));
        }

        private void endChunk(int chunk) {
            if (chunk == sums.length) {
                sums = Arrays.copyOf(sums, chunk * 2);
            }
            sums[chunk] = first.getValue() << 32 | second.getValue();
            first.reset();
            second.reset();
        }
    }
}
