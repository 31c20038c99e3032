package io.portolan.region;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.DigestMismatch;
import io.portolan.artifact.DiskReserve;
import io.portolan.artifact.FolderBlobStore;
import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blobs of this node: on its disk, fetched when they are absent. Thread-safe.
 *
 * <p>No wrong byte leaves: a blob is compared with its SHA-256 once in each process, before its first byte is served, and every
 * piece that is read from the disk after that with the {@link ChunkSums} taken then. A damaged blob is renamed to
 * {@code <hash>.damaged}, reported and fetched again; it is never served. One task at a time works on a blob, whoever asks for it
 * waits for the same one.
 */
final class NodeBlobs implements AutoCloseable {
    /** Size that is given where it is not known beforehand. */
    static final long SIZE_UNKNOWN = -1;

    private static final Logger LOG = LoggerFactory.getLogger(NodeBlobs.class);
    /** Files up to this size are held in memory. */
    private static final int SMALL_BYTES = 256 << 10;

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    /** Room for such a blob, of a usual size. */
    private static final long UNKNOWN_ROOM_BYTES = 1L << 20;
    /** Longest blob whose size is not known beforehand: a manifest of 20,000 files is a fifth of this. */
    private static final long UNKNOWN_LIMIT_BYTES = 64L << 20;

    private final FolderBlobStore folder;
    private final BlobInspector inspector;
    private final BlobSource source;
    private final BlobMemory memory;
    private final Duration wait;
    private final BlobRoom room;
    private final ExecutorService workers = Threads.virtual("region-blob");
    /** One thread, so that of one blob the repair is told after the damage. */
    private final ExecutorService teller = Threads.single("region-damage");

    private final ConcurrentHashMap<Digest, ChunkSums> checked = new ConcurrentHashMap<>();
    /** How damage showed, of blobs that are to be looked at for it. */
    private final ConcurrentHashMap<Digest, String> suspected = new ConcurrentHashMap<>();

    private final ConcurrentHashMap<Digest, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();
    private final BlobUse used;
    private final ConcurrentLinkedQueue<Digest> toScrub = new ConcurrentLinkedQueue<>();
    private final AtomicLong damages = new AtomicLong();
    private final AtomicLong fetched = new AtomicLong();
    private volatile DamageListener listener = DamageListener.NONE;

    /** {@code wait} is the longest that {@link #await} waits. */
    NodeBlobs(
            Path root,
            BlobSource source,
            long memoryLimitBytes,
            Duration wait,
            DiskReserve reserve,
            InstantSource clock,
            FailPoints failPoints)
            throws IOException {
        this.folder = new FolderBlobStore(root, failPoints);
        this.inspector = new BlobInspector(folder, root);
        this.source = source;
        this.memory = new BlobMemory(memoryLimitBytes);
        this.wait = wait;
        this.room = new BlobRoom(reserve);
        this.used = new BlobUse(clock);
    }

    /** Sets who is told of damage; once, at start. */
    void whenDamaged(DamageListener told) {
        listener = told;
    }

    /** Bytes in memory, or an open file; the file is the caller's to close. */
    sealed interface Opened {
        record InMemory(byte[] bytes) implements Opened {}

        record OnDisk(CheckedFile file) implements Opened {}
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
            if (isIntact(digest, true)) {
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
        return checked.containsKey(digest);
    }

    /** What of the disk stays free. */
    DiskReserve reserve() {
        return room.reserve();
    }

    /** Fetches that were refused because the reserve would be used up. */
    long refusedCount() {
        return room.refusedCount();
    }

    /** Whether parts have room beside so many other bytes that are still to come. */
    boolean hasRoom(List<Holdings.Part> parts, long otherBytes) {
        return room.fits(parts, otherBytes);
    }

    /** Refuses what has no room as a whole, before the first part of it is fetched. */
    void requireRoom(List<Holdings.Part> parts) throws IOException {
        room.require(parts);
    }

    /** Deletes blobs that were set aside before that time. */
    void deleteAside(Instant before) throws IOException {
        inspector.deleteAside(before);
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
        return used.last(digest);
    }

    /** Deletes a blob that nothing needs, unless it is being fetched. Answers in progress that have it open go on. */
    void delete(Digest digest) throws IOException {
        if (!underWay.containsKey(digest)) {
            forget(digest);
            used.forget(digest);
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

    /** Reads a blob again; a damaged one is set aside, reported and fetched again. How many bytes were read. */
    long recheck(Digest digest) throws IOException {
        long size = folder.size(digest).orElse(0);
        if (size > 0
                && !underWay.containsKey(digest)
                && inspector.inspect(digest, 0).isEmpty()) {
            suspect(digest, "read again in the background");
        }
        return size;
    }

    /** Serves the blob no more before it was looked at as a whole; damaged it is fetched again. */
    void suspect(Digest digest, String found) {
        suspected.putIfAbsent(digest, found);
        forget(digest);
        var unused = provide(digest, SIZE_UNKNOWN).whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn(
                        "blob={} is not fetched again yet: {}",
                        digest,
                        reason(failure).getMessage());
            }
        });
    }

    /** Blobs read in whole and compared with their hash since this process began. */
    long hashedCount() {
        return inspector.inspectedCount();
    }

    /** Blobs found damaged since this process began. */
    long damagedCount() {
        return damages.get();
    }

    /** A {@linkplain #isReady ready} blob that is in memory. Never waits. */
    Optional<byte[]> inMemory(Digest digest) {
        touch(digest);
        return memory.get(digest);
    }

    /** Opens a {@linkplain #isReady ready} blob; empty when it has vanished or changed its size, and is ready no more. */
    Optional<Opened> open(Digest digest) {
        var bytes = inMemory(digest);
        if (bytes.isPresent()) {
            return Optional.of(new Opened.InMemory(bytes.get()));
        }
        var sums = checked.get(digest);
        if (sums != null) {
            try {
                var channel = FileChannel.open(folder.path(digest), StandardOpenOption.READ);
                return Optional.of(new Opened.OnDisk(new CheckedFile(
                        digest, channel, sums, offset -> suspect(digest, "read for an answer, at byte " + offset))));
            } catch (IOException e) {
                LOG.warn("blob={} cannot be opened, checking it again: {}", digest, e.toString());
            }
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
            } catch (Error e) {
                // A fault of ours: whoever waits is told, and the next who asks begins anew.
                LOG.error("blob={} working on it failed", digest, e);
                underWay.remove(digest, mine);
                mine.completeExceptionally(new IOException("working on blob " + digest + " failed, see the log", e));
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
        return new BlobReader(folder, this);
    }

    /** Bytes of small blobs in memory. */
    long memoryBytes() {
        return memory.heldBytes();
    }

    /** Blobs fetched since this process began. */
    long fetchedCount() {
        return fetched.get();
    }

    @Override
    public void close() {
        workers.shutdownNow();
        teller.shutdown();
        try {
            if (!workers.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("blobs are still being fetched {} after closing", CLOSE_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Notes that somebody uses the blob: what was used lately is not deleted. */
    void touch(Digest digest) {
        used.touch(digest);
    }

    private void makeReady(Digest digest, long sizeBytes) throws IOException {
        forget(digest);
        if (folder.has(digest)) {
            if (isPresent(digest, sizeBytes) && isIntact(digest, true)) {
                suspected.remove(digest);
                return;
            }
            setAside(digest);
            if (folder.has(digest)) {
                throw new RefusedContent(
                        "checking blob " + digest + ": " + folder.size(digest).orElse(0) + " bytes (expected: "
                                + sizeBytes + ")",
                        null);
            }
        }
        fetch(digest, sizeBytes);
        if (suspected.remove(digest) != null) {
            teller.execute(() -> listener.repaired(digest));
        }
    }

    /** Reads a blob on disk in whole; one that is what it should be is ready from then on. */
    private boolean isIntact(Digest digest, boolean remember) throws IOException {
        var intact = inspector.inspect(digest, remember ? SMALL_BYTES : 0);
        intact.ifPresent(blob -> {
            checked.put(digest, blob.sums());
            blob.bytes().ifPresent(bytes -> memory.put(digest, bytes));
        });
        return intact.isPresent();
    }

    private void setAside(Digest digest) throws IOException {
        var found = suspected.getOrDefault(digest, "checked before its first use");
        var damage = inspector.setAside(digest, found);
        if (damage.isPresent()) {
            suspected.putIfAbsent(digest, found);
            damages.incrementAndGet();
            LOG.error("blob={} is damaged on disk: set aside, fetching it again", digest);
            // Not here: whoever waits for this blob may hold the lock that the listener needs.
            teller.execute(() -> listener.damaged(damage.get()));
        }
    }

    private void fetch(Digest digest, long sizeBytes) throws IOException {
        // Checked against the hash while it streams to a temporary name: what gets its name is whole and right.
        var claim = room.claim(
                digest, sizeBytes == SIZE_UNKNOWN ? UNKNOWN_ROOM_BYTES : sizeBytes, suspected.containsKey(digest));
        try {
            source.fetch(
                    digest,
                    sizeBytes == SIZE_UNKNOWN ? UNKNOWN_LIMIT_BYTES : sizeBytes,
                    content -> folder.put(digest, content));
        } finally {
            claim.close();
        }
        fetched.incrementAndGet();
        readBack(digest);
    }

    private void readBack(Digest digest) throws IOException {
        long stored = folder.size(digest).orElse(Long.MAX_VALUE);
        // What is on the disk is what counts, and what its sums are taken of; it comes out of the page cache.
        if (!isIntact(digest, memory.hasRoom(stored))) {
            forget(digest);
            throw new IOException("reading blob " + digest + " back: damaged on disk");
        }
    }

    private void forget(Digest digest) {
        checked.remove(digest);
        memory.remove(digest);
    }
}
