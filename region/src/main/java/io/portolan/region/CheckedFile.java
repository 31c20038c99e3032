package io.portolan.region;

import io.portolan.model.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;

/**
 * An open blob whose bytes are compared with its {@link ChunkSums} each time they are read: what it gives out is what was
 * published, whatever the disk says by now. Thread-safe; reading waits for the disk.
 */
final class CheckedFile implements AutoCloseable {
    private final Digest digest;
    private final FileChannel channel;
    private final ChunkSums sums;
    private final LongConsumer damaged;

    /** {@code damaged} is told the offset of a chunk that is not what it was. */
    CheckedFile(Digest digest, FileChannel channel, ChunkSums sums, LongConsumer damaged) {
        this.digest = digest;
        this.channel = channel;
        this.sums = sums;
        this.damaged = damaged;
    }

    /** A chunk is not what was published; nothing of it was given out. */
    static final class Damaged extends IOException {
        Damaged(Digest digest, long offset) {
            super("reading blob " + digest + ": damaged on disk at " + offset);
        }
    }

    /**
     * The most bytes from there on that are read at once without reading a chunk twice: up to the end of the last chunk that begins
     * before {@code offset + most}.
     */
    static int piece(long offset, long left, int most) {
        return (int) Math.min(left, most - offset % ChunkSums.CHUNK_BYTES);
    }

    /** Fills the buffer with the blob's bytes from {@code offset} on. Whole chunks are read in place. */
    void read(long offset, ByteBuffer into) throws IOException {
        long at = offset;
        while (into.hasRemaining()) {
            long chunk = at / ChunkSums.CHUNK_BYTES;
            int skipped = (int) (at % ChunkSums.CHUNK_BYTES);
            int length = sums.length(chunk);
            int wanted = Math.min(into.remaining(), length - skipped);
            if (wanted <= 0) {
                throw new IOException("reading blob " + digest + ": offset: " + at + " (expected: less than "
                        + sums.sizeBytes() + ")");
            }
            if (wanted == length) {
                fill(chunk, into.slice(into.position(), length));
                into.position(into.position() + length);
            } else {
                var whole = ByteBuffer.allocate(length);
                fill(chunk, whole);
                into.put(whole.slice(skipped, wanted));
            }
            at += wanted;
        }
    }

    private void fill(long chunk, ByteBuffer bytes) throws IOException {
        long at = chunk * ChunkSums.CHUNK_BYTES;
        boolean readable = true;
        try {
            while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {
                // Until the chunk is whole, or the file ends too early.
            }
        } catch (ClosedChannelException closing) {
            throw closing;
        } catch (IOException e) {
            // A sector that cannot be read any more is damage too.
            readable = false;
        }
        if (!readable || !sums.matches(chunk, bytes.flip())) {
            damaged.accept(at);
            throw new Damaged(digest, at);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
