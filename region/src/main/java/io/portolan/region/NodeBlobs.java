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
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
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

    /** Uses of a blob within this time are one. */
    private static final long USE_GRAIN_MILLIS = 60_000;

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
    private final ConcurrentHashMap<Digest, Long> used = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Digest> toScrub = new ConcurrentLinkedQueue<>();
    private final AtomicLong damages = new AtomicLong();
    private final InstantSource clock;
    private final AtomicLong fetched = new AtomicLong();
    private volatile Consumer<Digest> damaged = digest -> {};

    /** {@code wait} is the longest that {@link #await} waits. */
    NodeBlobs(
            Path root,
            BlobSource source,
            long memoryLimitBytes,
            Duration wait,
            InstantSource clock,
            FailPoints failPoints)
            throws IOException {
        this.folder = new FolderBlobStore(root, failPoints);
        this.source = source;
        this.memoryLimitBytes = memoryLimitBytes;
        this.wait = wait;
        this.clock = clock;
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

    /** Size of a blob that lies on disk; its content is not looked at. */
    OptionalLong heldBytes(Digest digest) {
        return folder.size(digest);
    }

    /** Whether a blob lies on disk and is what its hash says, once checked. Fetches nothing, and waits for no fetch. */
    boolean isHeld(Digest digest, long sizeBytes) throws IOException {
        if (isReady(digest)) {
            return true;
        }
        if (!isPresent(digest, sizeBytes)) {
            return false;
        }
        var mine = new CompletableFuture<Void>();
        if (underWay.putIfAbsent(digest, mine) != null) {
            // It is being checked or fetched; a node that waited here for another's fetch might wait for itself.
            return false;
        }
        try {
            if (isIntact(digest)) {
                checked.add(digest);
                return true;
            }
            forget(digest);
            setAside(digest);
            return false;
        } finally {
            underWay.remove(digest, mine);
            mine.complete(null);
        }
    }

    /** Deletes what was kept of fetches that were interrupted before that time. */
    void forgetPartials(Instant before) throws IOException {
        folder.removePartials(before);
    }

    /** Bytes that have come of a blob that is being fetched. */
    long underWayBytes(Digest digest) {
        return source.underWayBytes(digest);
    }

    /** Whether the blob was checked and may be served. */
    boolean isReady(Digest digest) {
        return checked.contains(digest);
    }

    /** All blobs on disk. */
    Map<Digest, BlobGarbage.Stored> stored() throws IOException {
        var all = new HashMap<Digest, BlobGarbage.Stored>();
        for (var file : folder.list()) {
            all.put(file.digest(), new BlobGarbage.Stored(file.sizeBytes(), file.modified()));
        }
        return all;
    }

    /** Blobs that are being fetched or checked. */
    Set<Digest> busy() {
        return Set.copyOf(underWay.keySet());
    }

    /** When the blob was opened for an answer, to the minute; empty for not yet. */
    Optional<Instant> lastUse(Digest digest) {
        var at = used.get(digest);
        return at == null ? Optional.empty() : Optional.of(Instant.ofEpochMilli(at));
    }

    /** Deletes a blob that nothing needs, unless it is being fetched. Answers in progress that have it open go on. */
    void delete(Digest digest) throws IOException {
        if (!underWay.containsKey(digest)) {
            forget(digest);
            used.remove(digest);
            folder.remove(digest);
        }
    }

    /** A blob that was not read again in this pass; empty text begins a new pass when all were. */
    Optional<Digest> nextToScrub() {
        var next = toScrub.poll();
        if (next == null) {
            try {
                folder.list().forEach(file -> toScrub.add(file.digest()));
            } catch (IOException e) {
                LOG.warn("blobs cannot be listed: {}", e.toString());
            }
            // One pass ends here, so that a small folder is not read in a tight loop.
            return Optional.empty();
        }
        return Optional.of(next);
    }

    /** Reads a blob again; a damaged one is set aside and reported, once. How many bytes were read. */
    long recheck(Digest digest) throws IOException {
        long size = folder.size(digest).orElse(0);
        if (size > 0 && !underWay.containsKey(digest) && !folder.isIntact(digest) && folder.has(digest)) {
            forget(digest);
            setAside(digest);
        }
        return size;
    }

    /** Blobs found damaged since this process began. */
    long damagedCount() {
        return damages.get();
    }

    /** Opens a {@linkplain #isReady ready} blob; empty when it has vanished or changed its size, and is ready no more. */
    Optional<Opened> open(Digest digest, long needBytes) {
        touch(digest);
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

    /** Notes that the blob was used. */
    void touch(Digest digest) {
        long now = clock.millis();
        var before = used.get(digest);
        if (before == null || now - before > USE_GRAIN_MILLIS) {
            used.put(digest, now);
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
        damages.incrementAndGet();
        LOG.error("blob={} is damaged on disk: set aside, fetching it again", digest);
        // Not here: whoever waits for this blob may hold the lock that the listener needs.
        Threads.start("region-damaged", () -> damaged.accept(digest));
    }

    private void fetch(Digest digest, long sizeBytes) throws IOException {
        // Checked against the hash while it streams to a temporary name: what gets its name is whole and right.
        source.fetch(
                digest,
                sizeBytes == SIZE_UNKNOWN ? UNKNOWN_LIMIT_BYTES : sizeBytes,
                content -> folder.put(digest, content));
        fetched.incrementAndGet();
        long stored = folder.size(digest).orElse(Long.MAX_VALUE);
        if (stored <= SMALL_BYTES && memoryBytes.get() + stored <= memoryLimitBytes && !isIntact(digest)) {
            throw new IOException("reading blob " + digest + " back: damaged on disk");
        }
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
