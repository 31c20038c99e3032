package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.planner.routing.LatencyMap;
import io.portolan.planner.routing.LatencyMapFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Latency maps on disk: {@code <sha256>.map}, and {@code in-use} with the digest of the last that was used. Thread-safe. Files appear whole
 * or not at all: temporary name, fsync, rename, fsync of the folder.
 */
final class MapFolder {
    private static final String SUFFIX = ".map";
    private static final String IN_USE = "in-use";
    private static final String TEMPORARY = ".tmp-";

    private final Path folder;

    private MapFolder(Path folder) {
        this.folder = folder;
    }

    /** Opens the folder, made if it is absent, and sweeps what a crash left. */
    static MapFolder open(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                if (file.getFileName().toString().startsWith(TEMPORARY)) {
                    Files.deleteIfExists(file);
                }
            }
        }
        return new MapFolder(folder);
    }

    /** Whether the file is there; it may be damaged. */
    boolean has(Digest digest) {
        return Files.exists(file(digest));
    }

    private Path file(Digest digest) {
        return folder.resolve(digest + SUFFIX);
    }

    /**
     * Reads a map; empty if it is not there.
     *
     * @throws IllegalArgumentException when it is not what its name says, or no map
     */
    Optional<LatencyMap> read(Digest digest) throws IOException {
        try (var channel = FileChannel.open(file(digest), StandardOpenOption.READ)) {
            if (channel.size() > LatencyMapFormat.LIMIT_BYTES) {
                throw new IllegalArgumentException("latency map " + digest + ": " + channel.size() + " bytes");
            }
            var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            return Optional.of(verified(digest, bytes));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    /** The map, if the bytes have this digest and are one. */
    static LatencyMap verified(Digest digest, ByteBuffer bytes) {
        var hash = Digest.sha256();
        hash.update(bytes.duplicate());
        var actual = Digest.from(hash);
        if (!actual.equals(digest)) {
            throw new IllegalArgumentException("latency map: digest: " + actual + " (expected: " + digest + ")");
        }
        return LatencyMapFormat.read(bytes);
    }

    /** Keeps a map; durable when this returns. */
    void keep(Digest digest, byte[] bytes) throws IOException {
        write(digest + SUFFIX, bytes);
    }

    /** Notes which map is used, for the next start. */
    void inUse(Digest digest) throws IOException {
        write(IN_USE, digest.value().getBytes(StandardCharsets.US_ASCII));
    }

    /** Which map was used last. */
    Optional<Digest> inUse() throws IOException {
        try {
            var text = Files.readString(folder.resolve(IN_USE), StandardCharsets.US_ASCII)
                    .strip();
            return Digest.isValid(text) ? Optional.of(new Digest(text)) : Optional.empty();
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    /** Sets a file aside that is not what its name says, so that it is fetched again. */
    void setAside(Digest digest) throws IOException {
        Files.move(file(digest), folder.resolve(digest + ".damaged"), StandardCopyOption.REPLACE_EXISTING);
        sync();
    }

    /** Deletes maps that are not among these and were written before a time; how many. */
    int sweep(Set<Digest> kept, Instant before) throws IOException {
        int deleted = 0;
        for (var file : files()) {
            var name = file.getFileName().toString();
            int dot = name.indexOf('.');
            boolean isMap = dot == 64 && Digest.isValid(name.substring(0, dot));
            if (isMap
                    && !kept.contains(new Digest(name.substring(0, dot)))
                    && Files.getLastModifiedTime(file).toInstant().isBefore(before)
                    && Files.deleteIfExists(file)) {
                deleted++;
            }
        }
        if (deleted > 0) {
            sync();
        }
        return deleted;
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }

    private void write(String name, byte[] bytes) throws IOException {
        var temporary = folder.resolve(TEMPORARY + UUID.randomUUID());
        try (var channel =
                FileChannel.open(temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            var buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        sync();
    }

    private void sync() throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
