package io.portolan.sync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A folder whose files appear whole or not at all: temporary name, fsync, rename, fsync of the folder. Thread-safe.
 *
 * <p>A crash leaves at most a temporary file, whose name starts with a dot; {@link #open} sweeps those.
 */
final class DurableFolder {
    private static final String TEMPORARY = ".tmp-";
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path path;

    private DurableFolder(Path path) {
        this.path = path;
    }

    /** Opens the folder, created if it is absent; its parent must exist. */
    static DurableFolder open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectory(path);
            syncFolder(path.resolveSibling("."));
        }
        var folder = new DurableFolder(path);
        for (var name : folder.names()) {
            if (name.startsWith(TEMPORARY)) {
                Files.deleteIfExists(path.resolve(name));
            }
        }
        return folder;
    }

    /** Names of the files, in no order. */
    List<String> names() throws IOException {
        try (var entries = Files.list(path)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }

    /** The file's bytes; empty if there is none or it is longer than the limit. */
    Optional<byte[]> read(String name, int limitBytes) throws IOException {
        try (var in = Files.newInputStream(path.resolve(name))) {
            var bytes = in.readNBytes(limitBytes + 1);
            return bytes.length > limitBytes ? Optional.empty() : Optional.of(bytes);
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    /** Writes a file that survives a crash once this returns. */
    void write(String name, byte[] bytes) throws IOException {
        place(name, bytes);
        sync();
    }

    /** As {@link #write}, readable by this process's user only. */
    void writeSecret(String name, byte[] bytes) throws IOException {
        place(name, bytes, OWNER_ONLY);
        sync();
    }

    /** Writes a file whose name survives a crash only after {@link #sync}: for many files at once. */
    void place(String name, byte[] bytes, FileAttribute<?>... attributes) throws IOException {
        var temporary = path.resolve(TEMPORARY + UUID.randomUUID());
        try (var channel = FileChannel.open(
                temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
            var buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(temporary, path.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Gives a file another name. */
    void rename(String from, String to) throws IOException {
        Files.move(path.resolve(from), path.resolve(to), StandardCopyOption.ATOMIC_MOVE);
        sync();
    }

    /** Writes a short file at once and in place, not synced: it outlives this process, not the machine. */
    void mark(String name, String text) throws IOException {
        Files.writeString(path.resolve(name), text);
    }

    /** Removes a file, if it is there; durable after {@link #sync}. */
    boolean delete(String name) throws IOException {
        return Files.deleteIfExists(path.resolve(name));
    }

    /** When the file was written; now, if it is gone. */
    Instant modified(String name, Instant now) throws IOException {
        try {
            return Files.getLastModifiedTime(path.resolve(name)).toInstant();
        } catch (NoSuchFileException gone) {
            return now;
        }
    }

    /** Makes the names of all placed files durable. */
    void sync() throws IOException {
        syncFolder(path);
    }

    /** Free bytes of the disk below, for the status. */
    long freeBytes() throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }

    private static void syncFolder(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
