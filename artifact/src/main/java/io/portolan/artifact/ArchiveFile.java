package io.portolan.artifact;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/** A file read at any position; nothing is mapped or cached. Thread-safe. */
final class ArchiveFile implements Closeable {
    private final FileChannel channel;
    private final long sizeBytes;

    /** Opens it for reading, with these options beside. */
    ArchiveFile(Path path, OpenOption... more) throws IOException {
        var options = new HashSet<OpenOption>(List.of(more));
        options.add(StandardOpenOption.READ);
        this.channel = FileChannel.open(path, options);
        this.sizeBytes = channel.size();
    }

    long sizeBytes() {
        return sizeBytes;
    }

    /** The bytes from a position, fewer than asked for only at the end of the file. */
    LittleEndian read(long position, int length) throws IOException {
        var bytes = new byte[length];
        int read = read(position, bytes, 0, length);
        return new LittleEndian(read == length ? bytes : Arrays.copyOf(bytes, read));
    }

    int read(long position, byte[] into, int offset, int length) throws IOException {
        var buffer = ByteBuffer.wrap(into, offset, length);
        int total = 0;
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, position + total);
            if (read < 0) {
                break;
            }
            total += read;
        }
        return total;
    }

    /** The bytes from one position to another, in order. One thread at a time. */
    InputStream section(long from, long to) {
        return new InputStream() {
            private long position = from;

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
                int wanted = (int) Math.min(length, to - position);
                int read = wanted <= 0 ? 0 : ArchiveFile.this.read(position, into, offset, wanted);
                position += read;
                return read == 0 ? -1 : read;
            }
        };
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
