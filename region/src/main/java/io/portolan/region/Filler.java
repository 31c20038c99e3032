package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what is lacking, for ever: one thread that goes through the lacking versions in rounds, what the newest revision wants
 * first, and pauses after a round in which something failed.
 *
 * <p>That thread alone looks at manifests, one after the other, each marked as what is being loaded; their bytes are fetched ahead,
 * and blobs of several versions come meanwhile. What has become whole since it last looked is shown together, ten times a second at
 * most while more is on its way: each new state costs a look at all extensions.
 *
 * <p>Idempotent: what is fetched is found by looking at the disk, so a crash at any line costs one look.
 */
final class Filler implements RevisionApplier.Fill, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Filler.class);
    private static final long FIRST_PAUSE_MILLIS = 100;
    /** What came of an interrupted fetch is kept for so long. */
    private static final Duration PARTIAL_AGE = Duration.ofHours(24);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    /** Least time between two states while more versions are on their way. */
    private static final Duration SHOW_EVERY = Duration.ofMillis(100);
    /** Most versions whose blobs are on their way at the same time. */
    private static final int VERSIONS_AT_ONCE = 64;

    private final RevisionApplier applier;
    private final ContentCache cache;
    private final NodeBlobs blobs;
    private final Holdings holdings;
    private final Faults faults;
    private final Runnable statusChanged;
    private final InstantSource clock;
    private final FailPoints failPoints;
    private final int parallelism;
    private final Duration retryMax;
    private final Semaphore permits;
    private final Semaphore signal = new Semaphore(0);
    private final AtomicLong generation = new AtomicLong();
    private final ConcurrentHashMap<Digest, VersionFetch> missing = new ConcurrentHashMap<>();
    /** Bytes that a version still lacked when its last fetch failed, by manifest: between two tries that is what is known. */
    private final ConcurrentHashMap<Digest, Long> leftOver = new ConcurrentHashMap<>();

    private final LinkedBlockingQueue<VersionFetch> ended = new LinkedBlockingQueue<>();
    private final Map<Digest, Long> wantedSince = new HashMap<>();
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
    /** When versions were shown last; the filling thread's. */
    private Instant shownAt = Instant.EPOCH;

    private volatile boolean closed;

    Filler(
            RegionSettings settings,
            RevisionApplier applier,
            ContentCache cache,
            NodeBlobs blobs,
            Holdings holdings,
            Faults faults,
            Runnable statusChanged,
            InstantSource clock,
            FailPoints failPoints) {
        this.applier = applier;
        this.cache = cache;
        this.blobs = blobs;
        this.holdings = holdings;
        this.faults = faults;
        this.statusChanged = statusChanged;
        this.clock = clock;
        this.failPoints = failPoints;
        this.parallelism = settings.fetchParallelism();
        this.retryMax = settings.retryMax();
        this.permits = new Semaphore(parallelism);
    }

    /** Begins; once. */
    void start() {
        thread.set(Threads.start("region-fill", this::run));
    }

    @Override
    public void wantsChanged() {
        generation.incrementAndGet();
        signal.release();
    }

    @Override
    public long missingBytes(ServedVersion version) {
        var now = missing.get(version.document().manifest());
        return now == null
                ? leftOver.getOrDefault(version.document().manifest(), version.missingBytes())
                : Math.max(1, now.missingBytes(blobs));
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
        int failures = 0;
        try {
            while (!closed) {
                long round = generation.get();
                signal.drainPermits();
                forgetPartials();
                boolean failed = !fill(wants(round), round);
                if (generation.get() != round) {
                    failures = 0;
                } else if (failed) {
                    pause(failures++);
                } else {
                    failures = 0;
                    signal.acquire();
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was interrupted long ago is wanted no more, or it would have been gone on with. */
    private void forgetPartials() {
        try {
            blobs.forgetPartials(clock.instant().minus(PARTIAL_AGE));
        } catch (IOException e) {
            LOG.warn("interrupted fetches cannot be cleared: {}", e.toString());
        }
    }

    /** What is lacking, what was wanted last first; equals stay in the state's order. */
    private List<ServedVersion> wants(long round) {
        var lacking = applier.state().map(ServingState::lacking).orElse(List.of());
        var digests =
                lacking.stream().map(version -> version.document().manifest()).toList();
        wantedSince.keySet().retainAll(digests);
        missing.keySet().retainAll(digests);
        leftOver.keySet().retainAll(digests);
        digests.forEach(digest -> wantedSince.putIfAbsent(digest, round));
        return lacking.stream()
                .sorted(Comparator.comparing(
                        (ServedVersion version) ->
                                wantedSince.getOrDefault(version.document().manifest(), 0L),
                        Comparator.reverseOrder()))
                .toList();
    }

    private void pause(int failures) throws InterruptedException {
        long ceiling = Math.min(retryMax.toMillis(), FIRST_PAUSE_MILLIS << Math.min(failures, 16));
        // Half of it random, so that the nodes of a fleet do not ask in step.
        long millis = ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1);
        if (signal.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
            signal.release();
        }
    }

    /** Fills versions in this order, until a newer revision wants something else first; false when one of them failed. */
    private boolean fill(List<ServedVersion> wants, long round) throws InterruptedException {
        var ahead = new ArrayDeque<CompletableFuture<Void>>();
        int asked = 0;
        int open = 0;
        boolean well = true;
        for (int i = 0; i < wants.size() && generation.get() == round && !closed; i++) {
            for (; asked < Math.min(wants.size(), i + parallelism); asked++) {
                ahead.add(blobs.provide(wants.get(asked).document().manifest(), NodeBlobs.SIZE_UNKNOWN));
            }
            var version = wants.get(i);
            var parts = plan(version, ahead.remove());
            while (open > 0 && parts.isPresent() && !hasRoomBesideOthers(parts.get())) {
                open--;
                well &= finish(List.of(ended.take()));
            }
            if (parts.isPresent() && isRoomFor(version, parts.get())) {
                begin(version, parts.get(), round);
                open++;
            } else {
                well = false;
            }
            while (open > 0 && (open >= VERSIONS_AT_ONCE || (!ended.isEmpty() && isTimeToShow()))) {
                var batch = batch();
                open -= batch.size();
                well &= finish(batch);
            }
        }
        while (open > 0) {
            var batch = batch();
            open -= batch.size();
            well &= finish(batch);
        }
        return well;
    }

    private boolean isTimeToShow() {
        return !clock.instant().isBefore(shownAt.plus(SHOW_EVERY));
    }

    private List<VersionFetch> batch() throws InterruptedException {
        var batch = new ArrayList<VersionFetch>();
        batch.add(ended.take());
        ended.drainTo(batch);
        return batch;
    }

    /** The blobs that a version lacks; empty when its manifest cannot be had. */
    private Optional<List<Holdings.Part>> plan(ServedVersion version, CompletableFuture<Void> bytes) {
        try {
            applier.loading().at(version.extension(), version.label().value());
            if (bytes.isCompletedExceptionally()) {
                throw NodeBlobs.reason(bytes.exceptionNow());
            }
            var held = version.document();
            var manifest = cache.loadManifest(version.extension(), version.label(), held.manifest(), held.identity());
            return Optional.of(holdings.missing(manifest));
        } catch (IOException e) {
            fail(version, e);
        } catch (RuntimeException e) {
            // A fault of ours in one version must not end the filling of all others.
            LOG.error("extension={} version={} cannot be filled", version.extension(), version.label(), e);
            fail(version, new IOException(e.toString(), e));
        } finally {
            applier.loading().done();
        }
        return Optional.empty();
    }

    /** Whether the parts fit when all that is under way has come; where the disk cannot be asked, that is found out later. */
    private boolean hasRoomBesideOthers(List<Holdings.Part> parts) {
        return blobs.hasRoom(
                parts,
                missing.values().stream().mapToLong(VersionFetch::leftBytes).sum());
    }

    private boolean isRoomFor(ServedVersion version, List<Holdings.Part> parts) {
        try {
            blobs.requireRoom(parts);
            return true;
        } catch (IOException e) {
            fail(version, e);
            return false;
        }
    }

    /** Fetches the parts, several at a time, without waiting for them. */
    private void begin(ServedVersion version, List<Holdings.Part> parts, long round) throws InterruptedException {
        var fetch = new VersionFetch(version, parts, ended::add);
        missing.put(version.document().manifest(), fetch);
        for (var part : parts) {
            if (fetch.isHopeless()) {
                break;
            }
            if (generation.get() != round) {
                fetch.giveUp();
                return;
            }
            permits.acquire();
            fetch.begun(part);
            var unused = blobs.provide(part.digest(), part.sizeBytes()).whenComplete((done, error) -> {
                permits.release();
                if (error == null) {
                    fetch.came(part);
                } else {
                    fetch.failed(part, NodeBlobs.reason(error));
                }
            });
        }
        fetch.allBegun();
    }

    /** Shows what came in full; false when a version is not complete and no newer revision is the reason. */
    private boolean finish(List<VersionFetch> batch) {
        var whole = new ArrayList<ServedVersion>();
        boolean well = true;
        for (var fetch : batch) {
            var version = fetch.version();
            if (!fetch.isWhole()) {
                leftOver.put(version.document().manifest(), Math.max(1, fetch.leftBytes()));
            }
            missing.remove(version.document().manifest(), fetch);
            var failure = fetch.failure();
            if (failure.isPresent()) {
                fail(version, failure.get());
                well = false;
            } else if (fetch.isWhole()) {
                faults.clear(version.extension(), version.label(), Faults.Source.FILL);
                failPoints.reached(FailPoint.FETCH_VERSION_HELD);
                whole.add(version);
            }
        }
        if (whole.isEmpty()) {
            return well;
        }
        var complete = applier.recheck(whole);
        shownAt = clock.instant();
        for (var version : complete) {
            LOG.info("extension={} version={} held in full", version.extension(), version.label());
        }
        statusChanged.run();
        return well && complete.size() == whole.size();
    }

    private void fail(ServedVersion version, IOException reason) {
        var text = "filling " + version.extension() + " " + version.label() + ": " + reason.getMessage();
        var fault = new Faults.Fault(text, ContentCache.isRefusal(reason));
        if (faults.set(version.extension(), version.label(), Faults.Source.FILL, fault)) {
            LOG.warn("extension={} version={} lacking: {}", version.extension(), version.label(), text);
            statusChanged.run();
        }
    }
}
