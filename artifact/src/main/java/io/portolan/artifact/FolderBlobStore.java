package io.portolan.artifact;

import io.portolan.model.Digest;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestInputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Blobs as files {@code root/ab/<hash>}, where {@code ab} are the first two digits of the hash.
 *
 * <p>Thread-safe. A blob is written under a temporary name below {@code root/.tmp} (the same file system), synced, renamed,
 * and its folder synced: a file with a final name is whole, whenever the process or the machine died. What lies in
 * {@code root/.tmp} is left over by a crash and is deleted when the store is opened, so one process at a time may open it. What lies
 * in {@code root/.partial} is the beginning of a blob that was interrupted, see {@link #put(Digest, Resumable)}.
 */
public final class FolderBlobStore implements BlobStore {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path root;
    private final Path temporary;
    private final FailPoints failPoints;
    /** Folders that are known to be durable. */
    private final Set<Path> folders = ConcurrentHashMap.newKeySet();

    private final Path partial;
    private final Set<Digest> resuming = ConcurrentHashMap.newKeySet();
    private final AtomicLong temporaryNames = new AtomicLong();

    /** Opens a folder, creating it if absent, and clears what a crash left over. */
    public FolderBlobStore(Path root, FailPoints failPoints) throws IOException {
        this.root = Objects.requireNonNull(root, "root");
        this.failPoints = Objects.requireNonNull(failPoints, "failPoints");
        this.temporary = root.resolve(".tmp");
        this.partial = root.resolve(".partial");
        Files.createDirectories(temporary);
        Files.createDirectories(partial);
        try (var leftovers = Files.newDirectoryStream(temporary)) {
            for (var leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        }
    }

    /** Where the blob lies or would lie; for servers that send files without copying. */
    public Path path(Digest digest) {
        return folder(digest).resolve(digest.value());
    }

    private Path folder(Digest digest) {
        return root.resolve(digest.value().substring(0, 2));
    }

    @Override
    public boolean has(Digest digest) {
        return Files.isRegularFile(path(digest));
    }

    @Override
    public OptionalLong size(Digest digest) {
        try {
            return OptionalLong.of(Files.size(path(digest)));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("reading size of blob " + digest, e);
        }
    }

    @Override
    public InputStream open(Digest digest) throws IOException {
        return Files.newInputStream(path(digest));
    }

    @Override
    public void put(Digest digest, InputStream content) throws IOException {
        if (!has(digest)) {
            store(content, digest);
        }
    }

    @Override
    public Digest put(InputStream content) throws IOException {
        return store(content, null);
    }

    /** Content that can be gone on with where it broke off. */
    public interface Resumable {
        /** The content from this byte on. */
        InputStream from(long offset) throws IOException;
    }

    /**
     * Stores a blob whose transfer may be interrupted: what came is kept, also for the next process, and the next attempt asks only
     * for the rest. Nothing is believed of what was kept: it is hashed again with the rest, and dropped when the whole is not what
     * the digest says.
     *
     * @throws DigestMismatch when the whole has another digest
     */
    public void put(Digest digest, Resumable content) throws IOException {
        if (has(digest)) {
            return;
        }
        if (!resuming.add(digest)) {
            throw new IOException("storing blob " + digest + ": it is being stored");
        }
        var name = partial.resolve(digest.value());
        boolean kept = false;
        try {
            PartialFile.complete(name, digest, content);
            failPoints.reached(FailPoint.FETCH_BLOB_WRITTEN);
            moveIntoPlace(name, digest);
            failPoints.reached(FailPoint.FETCH_BLOB_STORED);
        } catch (PartialFile.Interrupted interrupted) {
            kept = true;
            throw interrupted.reason();
        } finally {
            if (!kept) {
                Files.deleteIfExists(name);
            }
            resuming.remove(digest);
        }
    }

    /** Deletes what was kept of interrupted blobs before that time, unless it is being gone on with. */
    public void removePartials(Instant before) throws IOException {
        try (var entries = Files.newDirectoryStream(partial)) {
            for (var entry : entries) {
                var name = entry.getFileName().toString();
                boolean inUse = Digest.isValid(name) && resuming.contains(new Digest(name));
                if (!inUse && Files.getLastModifiedTime(entry).toInstant().isBefore(before)) {
                    Files.deleteIfExists(entry);
                }
            }
        } catch (NoSuchFileException finished) {
            // Between the listing and the look.
            return;
        }
    }

    /** Whether the stored bytes still have their digest; false also when they are not stored. Reads them all. */
    public boolean isIntact(Digest digest) throws IOException {
        var hash = Digest.sha256();
        try (var content = new DigestInputStream(open(digest), hash)) {
            content.transferTo(OutputStream.nullOutputStream());
        } catch (NoSuchFileException e) {
            return false;
        }
        return Digest.from(hash).equals(digest);
    }

    /** A blob as a file. */
    public record BlobFile(Digest digest, long sizeBytes, Instant modified) {}

    /** All blobs that are stored, in no order; what is stored or removed meanwhile may be among them or not. */
    public List<BlobFile> list() throws IOException {
        var files = new ArrayList<BlobFile>();
        try (var folders = Files.newDirectoryStream(root, "[0-9a-f][0-9a-f]")) {
            for (var folder : folders) {
                try (var entries = Files.newDirectoryStream(folder)) {
                    for (var entry : entries) {
                        var name = entry.getFileName().toString();
                        if (Digest.isValid(name)) {
                            add(files, new Digest(name), entry);
                        }
                    }
                }
            }
        }
        return files;
    }

    private static void add(List<BlobFile> files, Digest digest, Path file) throws IOException {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            files.add(new BlobFile(
                    digest, attributes.size(), attributes.lastModifiedTime().toInstant()));
        } catch (NoSuchFileException removed) {
            // Between the listing and the look.
            return;
        }
    }

    /** Removes a blob, so that it can be fetched again: for one that is no longer {@linkplain #isIntact intact}. */
    public boolean remove(Digest digest) throws IOException {
        boolean removed = Files.deleteIfExists(path(digest));
        if (removed) {
            sync(folder(digest));
        }
        return removed;
    }

    private Digest store(InputStream content, @Nullable Digest expected) throws IOException {
        var name = temporary.resolve(Long.toString(temporaryNames.incrementAndGet()));
        boolean kept = false;
        try {
            var actual = write(content, name);
            if (expected != null && !actual.equals(expected)) {
                throw new DigestMismatch("storing blob", expected, actual);
            }
            failPoints.reached(FailPoint.FETCH_BLOB_WRITTEN);
            moveIntoPlace(name, actual);
            kept = true;
            failPoints.reached(FailPoint.FETCH_BLOB_STORED);
            return actual;
        } finally {
            if (!kept) {
                Files.deleteIfExists(name);
            }
        }
    }

    private static Digest write(InputStream content, Path name) throws IOException {
        var hash = Digest.sha256();
        var buffer = new byte[BUFFER_BYTES];
        try (var file = FileChannel.open(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                hash.update(buffer, 0, read);
                for (var bytes = ByteBuffer.wrap(buffer, 0, read); bytes.hasRemaining(); ) {
                    file.write(bytes);
                }
            }
            file.force(true);
        }
        return Digest.from(hash);
    }

    private void moveIntoPlace(Path from, Digest digest) throws IOException {
        var folder = folder(digest);
        if (!folders.contains(folder)) {
            Files.createDirectories(folder);
            // Also when it was there: another thread may have made it and not synced it yet.
            sync(root);
            folders.add(folder);
        }
        // Another thread may have stored the same content meanwhile: the rename replaces equal bytes by equal bytes.
        Files.move(from, path(digest), StandardCopyOption.ATOMIC_MOVE);
        sync(folder);
    }

    private static void sync(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
