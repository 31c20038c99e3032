package io.portolan.region;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.DigestMismatch;
import io.portolan.artifact.FolderBlobStore;
import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blobs of this node: on its disk, checked once in each process before their first byte is served, fetched when they are absent.
 *
 * <p>Thread-safe. A damaged blob is renamed to {@code <hash>.damaged}, reported and fetched again; it is never served. One task at
 * a time works on a blob, whoever asks for it waits for the same one.
 */
final class NodeBlobs implements AutoCloseable {
    /** Size that is given where it is not known beforehand. */
    static final long SIZE_UNKNOWN = -1;

    private static final Logger LOG = LoggerFactory.getLogger(NodeBlobs.class);
    /** Files up to this size are held in memory. */
    private static final int SMALL_BYTES = 256 << 10;

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    /** Longest blob whose size is not known beforehand: a manifest of 20,000 files is a fifth of this. */
    private static final long UNKNOWN_LIMIT_BYTES = 64L << 20;

    private final FolderBlobStore folder;
    private final BlobSource source;
    private final long memoryLimitBytes;
    private final Duration wait;
    private final ExecutorService workers = Threads.virtual("region-blob");
    private final Set<Digest> checked = ConcurrentHashMap.newKeySet();
    private final ConcurrentHashMap<Digest, byte[]> memory = new ConcurrentHashMap<>();
    private final AtomicLong memoryBytes = new AtomicLong();
    private final ConcurrentHashMap<Digest, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();
    private final AtomicLong fetched = new AtomicLong();
    private volatile Consumer<Digest> damaged = digest -> {};

    /** {@code wait} is the longest that {@link #await} waits. */
    NodeBlobs(Path root, BlobSource source, long memoryLimitBytes, Duration wait, FailPoints failPoints)
            throws IOException {
        this.folder = new FolderBlobStore(root, failPoints);
        this.source = source;
        this.memoryLimitBytes = memoryLimitBytes;
        this.wait = wait;
    }

    /** Sets who is told after a damaged blob was set aside. */
    void whenDamaged(Consumer<Digest> listener) {
        damaged = listener;
    }

    /** Bytes in memory, or an open file; the file is the caller's to close. */
    sealed interface Opened {
        record InMemory(byte[] bytes) implements Opened {}

        record OnDisk(FileChannel channel) implements Opened {}
    }

    /** Whether a blob of this size lies on disk; its content is not looked at. */
    boolean isPresent(Digest digest, long sizeBytes) {
        var size = folder.size(digest);
        return size.isPresent() && (sizeBytes == SIZE_UNKNOWN || size.getAsLong() == sizeBytes);
    }

    /** Whether the blob was checked and may be served. */
    boolean isReady(Digest digest) {
        return checked.contains(digest);
    }

    /** Opens a {@linkplain #isReady ready} blob; empty when it has vanished or changed its size, and is ready no more. */
    Optional<Opened> open(Digest digest, long needBytes) {
        var bytes = memory.get(digest);
        if (bytes != null) {
            return Optional.of(new Opened.InMemory(bytes));
        }
        try {
            var channel = FileChannel.open(folder.path(digest), StandardOpenOption.READ);
            if (channel.size() >= needBytes) {
                return Optional.of(new Opened.OnDisk(channel));
            }
            channel.close();
        } catch (IOException e) {
            LOG.warn("blob={} cannot be opened, checking it again: {}", digest, e.toString());
        }
        forget(digest);
        return Optional.empty();
    }

    /** Makes a blob ready: checks it, or fetches it. Failing is an {@link IOException} in the future. */
    CompletableFuture<Void> provide(Digest digest, long sizeBytes) {
        if (isReady(digest) && isPresent(digest, sizeBytes)) {
            return CompletableFuture.completedFuture(null);
        }
        var mine = new CompletableFuture<Void>();
        var before = underWay.putIfAbsent(digest, mine);
        if (before != null) {
            return before;
        }
        workers.execute(() -> {
            try {
                makeReady(digest, sizeBytes);
                underWay.remove(digest, mine);
                mine.complete(null);
            } catch (IOException | RuntimeException e) {
                underWay.remove(digest, mine);
                mine.completeExceptionally(e);
            }
        });
        return mine;
    }

    /** {@link #provide}, waiting for it for a bounded time. */
    void await(Digest digest, long sizeBytes) throws IOException {
        try {
            provide(digest, sizeBytes).get(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("waiting for blob " + digest + ": interrupted");
        } catch (TimeoutException e) {
            throw new IOException("waiting for blob " + digest + ": not there after " + wait, e);
        } catch (ExecutionException e) {
            throw reason(e);
        }
    }

    /** Why a future of {@link #provide} failed. */
    static IOException reason(Throwable failure) {
        var cause = failure instanceof ExecutionException || failure instanceof java.util.concurrent.CompletionException
                ? failure.getCause()
                : failure;
        return cause instanceof IOException io ? io : new IOException(String.valueOf(cause), cause);
    }

    /** A blob that lies on disk, checked; a damaged one is set aside and fails. Fetches nothing. */
    byte[] readLocal(Digest digest, int maxBytes) throws IOException {
        try {
            return folder.read(digest, maxBytes);
        } catch (DigestMismatch e) {
            forget(digest);
            setAside(digest);
            throw e;
        }
    }

    /** These blobs for readers of the artifact module; opening one waits for it. Storing is refused. */
    BlobStore readOnly() {
        return new ReadThrough();
    }

    /** Blobs fetched since this process began. */
    long fetchedCount() {
        return fetched.get();
    }

    @Override
    public void close() {
        workers.shutdownNow();
        try {
            if (!workers.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("blobs are still being fetched {} after closing", CLOSE_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void makeReady(Digest digest, long sizeBytes) throws IOException {
        forget(digest);
        if (folder.has(digest)) {
            if (isPresent(digest, sizeBytes) && isIntact(digest)) {
                checked.add(digest);
                return;
            }
            setAside(digest);
        }
        fetch(digest, sizeBytes);
    }

    private boolean isIntact(Digest digest) throws IOException {
        if (folder.size(digest).orElse(Long.MAX_VALUE) > SMALL_BYTES) {
            return folder.isIntact(digest);
        }
        byte[] bytes;
        try (var in = folder.open(digest)) {
            bytes = in.readAllBytes();
        }
        if (!Digest.of(bytes).equals(digest)) {
            return false;
        }
        remember(digest, bytes);
        return true;
    }

    private void setAside(Digest digest) throws IOException {
        var path = folder.path(digest);
        Files.move(
                path,
                path.resolveSibling(digest + ".damaged"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        LOG.error("blob={} is damaged on disk: set aside, fetching it again", digest);
        // Not here: whoever waits for this blob may hold the lock that the listener needs.
        Threads.start("region-damaged", () -> damaged.accept(digest));
    }

    private void fetch(Digest digest, long sizeBytes) throws IOException {
        // Checked against the hash while it streams to a temporary name: what gets its name is whole and right.
        source.fetch(
                digest, sizeBytes == SIZE_UNKNOWN ? UNKNOWN_LIMIT_BYTES : sizeBytes, body -> folder.put(digest, body));
        fetched.incrementAndGet();
        checked.add(digest);
    }

    private void forget(Digest digest) {
        checked.remove(digest);
        var bytes = memory.remove(digest);
        if (bytes != null) {
            memoryBytes.addAndGet(-bytes.length);
        }
    }

    private void remember(Digest digest, byte[] bytes) {
        if (memoryBytes.get() + bytes.length > memoryLimitBytes) {
            // Full: what was dropped is served from the file, checked as it is.
            memory.clear();
            memoryBytes.set(0);
        }
        if (bytes.length <= memoryLimitBytes && memory.put(digest, bytes) == null) {
            memoryBytes.addAndGet(bytes.length);
        }
    }

    private final class ReadThrough implements BlobStore {
        @Override
        public boolean has(Digest digest) {
            return folder.has(digest);
        }

        @Override
        public OptionalLong size(Digest digest) {
            return folder.size(digest);
        }

        @Override
        public InputStream open(Digest digest) throws IOException {
            await(digest, SIZE_UNKNOWN);
            try {
                return folder.open(digest);
            } catch (NoSuchFileException vanished) {
                forget(digest);
                throw vanished;
            }
        }

        @Override
        public void put(Digest digest, InputStream content) {
            throw new UnsupportedOperationException("storing a blob in a view for readers");
        }

        @Override
        public Digest put(InputStream content) {
            throw new UncheckedIOException(new IOException("storing a blob in a view for readers"));
        }
    }
}
