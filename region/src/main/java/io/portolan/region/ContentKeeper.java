package io.portolan.region;

import io.portolan.artifact.DiskReserve;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.ExtensionDocument.HeldVersion;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the blobs of a node in order: deletes what nothing needs any more, and reads all of them again, slowly, for damage. One
 * thread of its own; {@link #collect} and {@link #scrub} may be called by tests.
 *
 * <p>When the disk gets short it looks more often for what may go; the rules of what may go stay the same.
 *
 * <p>Whatever cannot be known (a kept revision that is not readable, a manifest of a held version that is absent) deletes nothing.
 * A deletion holds the lock of the {@link RevisionApplier}, so no revision is applied between the last look and it; when one was
 * applied since the inventory was taken, it starts over.
 *
 * <p>The scrub is not what keeps wrong bytes from leaving: {@link NodeBlobs} looks at every piece that it reads from the disk. It
 * finds damage where nobody reads, while there is somebody to fetch a good copy from; one pass takes (bytes stored /
 * {@code scrubBytesPerSecond}), and at least {@link #PASS}.
 */
final class ContentKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ContentKeeper.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    /** Looks at the clock so often. */
    private static final Duration TICK = Duration.ofSeconds(1);
    /** A pass begins no sooner after the one before: a small folder is not read all day long, which costs CPU and garbage. */
    static final Duration PASS = Duration.ofMinutes(10);
    /** Revisions may come faster than an inventory is taken; the next hour is another chance. */
    private static final int MOST_TRIES = 3;

    private final DiskReserve reserve;
    private final NodeBlobs blobs;
    private final ContentCache cache;
    private final RevisionApplier applier;
    private final Kept kept;
    private final BlobGarbage.Limits limits;
    private final Duration collectEvery;
    private final Duration collectEveryIfShort;
    private final long scrubBytesPerSecond;
    private final InstantSource clock;
    private final Instant started;
    private final AtomicLong deleted = new AtomicLong();
    private final AtomicLong scrubbed = new AtomicLong();
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
    private volatile boolean closed;
    /** When the next pass may begin; of the keeper's own thread. */
    private Instant nextPass = Instant.MIN;

    /** The documents of all revisions that are kept on disk. */
    @FunctionalInterface
    interface Kept {
        /** All of them, or an error. */
        List<ExtensionDocument> extensions() throws IOException;
    }

    ContentKeeper(
            ContentSettings settings,
            DiskReserve reserve,
            NodeBlobs blobs,
            ContentCache cache,
            RevisionApplier applier,
            Kept kept,
            InstantSource clock) {
        this.reserve = reserve;
        this.blobs = blobs;
        this.cache = cache;
        this.applier = applier;
        this.kept = kept;
        this.limits = settings.garbage();
        this.collectEvery = settings.collectEvery();
        this.collectEveryIfShort = settings.collectEveryIfShort();
        this.scrubBytesPerSecond = settings.scrubBytesPerSecond();
        this.clock = clock;
        this.started = clock.instant();
    }

    /** Begins; once. */
    void start() {
        thread.set(Threads.start("region-keep", this::run));
    }

    /** Blobs deleted since start. */
    long deletedCount() {
        return deleted.get();
    }

    /** Blobs read again since start. */
    long scrubbedCount() {
        return scrubbed.get();
    }

    @Override
    public void close() {
        closed = true;
        var running = thread.get();
        if (running != null) {
            running.interrupt();
            try {
                running.join(CLOSE_LIMIT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        try {
            var last = clock.instant();
            while (!closed) {
                var now = clock.instant();
                scrubIfDue(now);
                if (!now.isBefore(last.plus(isDiskShort() ? collectEveryIfShort : collectEvery))) {
                    last = now;
                    collectOrSay();
                }
                Thread.sleep(TICK);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isDiskShort() {
        try {
            return reserve.isNear();
        } catch (IOException e) {
            return false;
        }
    }

    private void collectOrSay() {
        try {
            // What was damaged is kept to be looked at, as long as nothing else needs its room.
            blobs.deleteAside(isDiskShort() ? clock.instant() : clock.instant().minus(limits.leastAge()));
            int count = collect();
            if (count > 0) {
                LOG.info("blobs deleted={}", count);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("no blob is deleted: {}", e.toString());
        }
    }

    /** Deletes what may go; how many went. Any fault deletes nothing (more). */
    int collect() throws IOException {
        int count = 0;
        for (int i = 0; i < MOST_TRIES; i++) {
            var revision = applier.state().map(state -> state.revision().digest());
            if (revision.isEmpty()) {
                return count;
            }
            var deletable = BlobGarbage.deletable(inventory(), clock.instant(), limits);
            int next = 0;
            while (next < deletable.size() && delete(revision, deletable.get(next))) {
                next++;
            }
            count += next;
            if (next == deletable.size()) {
                break;
            }
        }
        deleted.addAndGet(count);
        return count;
    }

    private boolean delete(Optional<Digest> revision, Digest digest) throws IOException {
        synchronized (applier) {
            if (!applier.state().map(state -> state.revision().digest()).equals(revision)) {
                return false;
            }
            blobs.delete(digest);
            return true;
        }
    }

    private BlobGarbage.Inventory inventory() throws IOException {
        var held = new HashSet<Digest>();
        var retained = new ArrayList<BlobGarbage.Retained>();
        // First what lies on disk: what comes after is young.
        var stored = blobs.stored();
        for (var document : kept.extensions()) {
            for (var entry : document.versions().entrySet()) {
                var version = entry.getValue();
                var digest = version.manifest();
                if (!stored.containsKey(digest) && !blobs.isPresent(digest, NodeBlobs.SIZE_UNKNOWN)) {
                    requireNotHeld(document, version);
                    held.add(digest);
                    continue;
                }
                var manifest = cache.localManifest(document.name(), entry.getKey(), digest, version.identity());
                var parts = parts(digest, manifest);
                if (version.held()) {
                    held.addAll(parts);
                } else {
                    retained.add(new BlobGarbage.Retained(lastUse(parts), parts));
                }
            }
        }
        return new BlobGarbage.Inventory(stored, held, retained, blobs.busy());
    }

    /** Of a version to hold whose manifest is not there nobody knows which blobs are its own. */
    private static void requireNotHeld(ExtensionDocument document, HeldVersion version) throws IOException {
        if (version.held()) {
            throw new IOException("deleting blobs: manifest " + version.manifest() + " of " + document.name()
                    + " is not on disk (expected: all of held versions)");
        }
    }

    private static Set<Digest> parts(Digest digest, ServedManifest manifest) {
        var parts = Holdings.parts(manifest).stream().map(Holdings.Part::digest).collect(Collectors.toSet());
        parts.add(digest);
        return parts;
    }

    /** What was used before this process is not known: its start counts as a use. */
    private Instant lastUse(Set<Digest> parts) {
        return parts.stream()
                .map(blobs::lastUse)
                .flatMap(Optional::stream)
                .max(Instant::compareTo)
                .orElse(started);
    }

    /** One tick's {@link #scrub}, unless a pass has ended and the next may not begin yet. */
    void scrubIfDue(Instant now) {
        if (!now.isBefore(nextPass) && scrub()) {
            nextPass = now.plus(PASS);
        }
    }

    /**
     * Reads blobs again, the longest unread first, as many as may be read in one tick; damaged ones are set aside.
     *
     * @return whether a pass ended here: all blobs were read since the one before
     */
    boolean scrub() {
        long left = scrubBytesPerSecond;
        while (left > 0 && !closed) {
            var next = blobs.nextToScrub();
            if (next.isEmpty()) {
                return scrubbed.get() > 0;
            }
            try {
                left -= Math.max(4096, blobs.recheck(next.get()));
                scrubbed.incrementAndGet();
            } catch (IOException | RuntimeException e) {
                LOG.warn("blob={} cannot be read again: {}", next.get(), e.toString());
                return false;
            }
        }
        return false;
    }
}
