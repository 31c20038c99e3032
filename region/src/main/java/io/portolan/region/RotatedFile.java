package io.portolan.region;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A file that is appended to; when it is long enough it gets another name, and the oldest of a bounded number goes. One thread. */
final class RotatedFile implements AutoCloseable {
    private final Path file;
    private final long mostBytes;
    private final int files;
    private @Nullable FileChannel channel;
    private long length;

    RotatedFile(Path file, long mostBytes, int files) {
        this.file = file;
        this.mostBytes = mostBytes;
        this.files = files;
    }

    /** Appends whole lines; a line is never in two files. */
    void append(ByteBuffer lines) throws IOException {
        var open = opened();
        if (length > 0 && length + lines.remaining() > mostBytes) {
            close();
            rotate();
            open = opened();
        }
        long before = length;
        try {
            while (lines.hasRemaining()) {
                length += open.write(lines);
            }
        } catch (IOException e) {
            // A full disk took a part of it: no torn line is left.
            open.truncate(before);
            length = before;
            throw e;
        }
    }

    private FileChannel opened() throws IOException {
        var open = channel;
        if (open == null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            open = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            length = open.size();
            channel = open;
        }
        return open;
    }

    private void rotate() throws IOException {
        for (int i = files - 1; i > 0; i--) {
            var from = i == 1 ? file : numbered(i - 1);
            if (Files.exists(from)) {
                Files.move(from, numbered(i), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        // Of one file there is nothing to keep.
        Files.deleteIfExists(file);
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public void close() throws IOException {
        var open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }
}
