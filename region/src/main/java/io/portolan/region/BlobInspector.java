package io.portolan.region;

import io.portolan.artifact.FolderBlobStore;
import io.portolan.model.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads whole blobs on disk, compares them with their SHA-256 and takes damaged ones out of the way. Thread-safe.
 *
 * <p>Only what was read and is wrong counts as damage, or what the device says that it cannot read: a process without free file
 * descriptors must not take good blobs for bad ones.
 */
final class BlobInspector {
    /** Ending of the name of a blob that was set aside. */
    private static final String ASIDE = ".damaged";

    private static final int BUFFER_BYTES = 16 * 1024;

    private final FolderBlobStore folder;
    private final Path root;
    private final Object lock = new Object();
    private final AtomicLong inspected = new AtomicLong();

    /** Looks at {@code folder}, which lies at {@code root}. */
    BlobInspector(FolderBlobStore folder, Path root) {
        this.folder = folder;
        this.root = root;
    }

    /** A blob that is what it should be; its bytes, if it is short enough to have been kept. */
    record Intact(ChunkSums sums, Optional<byte[]> bytes) {}

    /**
     * Damage of a blob that was set aside.
     *
     * @param found  how it showed
     * @param actual what the bytes hash to; empty text when the device could not read them
     */
    record Damage(Digest digest, String found, String actual, long sizeBytes) {}

    /**
     * Reads a blob; empty for a damaged one.
     *
     * @param keepBytes longest blob whose bytes are wanted
     */
    Optional<Intact> inspect(Digest digest, int keepBytes) throws IOException {
        inspected.incrementAndGet();
        var hash = Digest.sha256();
        long size = folder.size(digest).orElse(Long.MAX_VALUE);
        boolean keep = size <= keepBytes;
        var bytes = new ByteArrayOutputStream();
        try (var reader = new ChunkSums.Reader(new DigestInputStream(folder.open(digest), hash))) {
            copy(reader, size, keep ? bytes : OutputStream.nullOutputStream());
            return Digest.from(hash).equals(digest)
                    ? Optional.of(new Intact(reader.sums(), keep ? Optional.of(bytes.toByteArray()) : Optional.empty()))
                    : Optional.empty();
        } catch (IOException e) {
            if (isDeviceFault(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Blobs that were read in whole so far. */
    long inspectedCount() {
        return inspected.get();
    }

    /** Takes a damaged blob out of the way, after another look: empty when it is not damaged (any more), or not there. */
    Optional<Damage> setAside(Digest digest, String found) throws IOException {
        synchronized (lock) {
            String actual;
            try {
                actual = actual(digest);
            } catch (NoSuchFileException gone) {
                return Optional.empty();
            }
            if (actual.equals(digest.value())) {
                return Optional.empty();
            }
            long size = folder.size(digest).orElse(0);
            var path = folder.path(digest);
            Files.move(
                    path,
                    path.resolveSibling(digest + ASIDE),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return Optional.of(new Damage(digest, found, actual, size));
        }
    }

    /** Deletes blobs that were set aside before that time. */
    void deleteAside(Instant before) throws IOException {
        try (var folders = Files.newDirectoryStream(root, "[0-9a-f][0-9a-f]")) {
            for (var each : folders) {
                try (var entries = Files.newDirectoryStream(each, "*" + ASIDE)) {
                    for (var file : entries) {
                        if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                            Files.deleteIfExists(file);
                        }
                    }
                }
            }
        }
    }

    /** As {@code transferTo}, which takes 16 KB of garbage for each of thousands of small files. */
    private static void copy(InputStream from, long sizeBytes, OutputStream to) throws IOException {
        var buffer = new byte[Math.clamp(sizeBytes, 1, BUFFER_BYTES)];
        for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
            to.write(buffer, 0, count);
        }
    }

    private String actual(Digest digest) throws IOException {
        var hash = Digest.sha256();
        try (var in = new DigestInputStream(folder.open(digest), hash)) {
            in.transferTo(OutputStream.nullOutputStream());
            return Digest.from(hash).value();
        } catch (IOException e) {
            if (isDeviceFault(e)) {
                return "";
            }
            throw e;
        }
    }

    /** EIO: the JDK has no type for it. */
    private static boolean isDeviceFault(IOException failure) {
        return String.valueOf(failure.getMessage()).contains("Input/output error");
    }
}
