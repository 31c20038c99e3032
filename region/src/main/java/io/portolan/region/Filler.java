package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what is lacking, for ever: one thread that goes through the lacking versions in rounds, what the newest revision wants
 * first, and pauses after a round in which something failed.
 *
 * <p>Idempotent: what is fetched is found by looking at the disk, so a crash at any line costs one look.
 */
final class Filler implements RevisionApplier.Fill, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Filler.class);
    private static final long FIRST_PAUSE_MILLIS = 100;
    /** What came of an interrupted fetch is kept for so long. */
    private static final Duration PARTIAL_AGE = Duration.ofHours(24);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

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
    private final ConcurrentHashMap<Digest, Progress> missing = new ConcurrentHashMap<>();
    private final Map<Digest, Long> wantedSince = new HashMap<>();
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
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
        return now == null ? version.missingBytes() : Math.max(1, now.missingBytes());
    }

    /** What a version lacks. Thread-safe. */
    private final class Progress {
        private final AtomicLong left;
        private final Set<Digest> underWay = ConcurrentHashMap.newKeySet();

        Progress(List<Holdings.Part> parts) {
            left = new AtomicLong(
                    parts.stream().mapToLong(Holdings.Part::sizeBytes).sum());
        }

        long missingBytes() {
            return left.get()
                    - underWay.stream().mapToLong(blobs::underWayBytes).sum();
        }
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
                var wants = wants(round);
                boolean failed = false;
                for (var want : wants) {
                    failed |= generation.get() == round && !tryFill(want, round);
                }
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

    /** Whether the version is complete, or a newer revision wants something else first. */
    private boolean tryFill(ServedVersion version, long round) throws InterruptedException {
        try {
            applier.loading().at(version.extension(), version.label().value());
            var held = version.document();
            var manifest = cache.loadManifest(version.extension(), version.label(), held.manifest(), held.identity());
            var parts = holdings.missing(manifest);
            blobs.requireRoom(parts);
            return !fetchAll(version, parts, round) || finish(version);
        } catch (IOException e) {
            fail(version, e);
            return false;
        } catch (RuntimeException e) {
            // A fault of ours in one version must not end the filling of all others.
            LOG.error("extension={} version={} cannot be filled", version.extension(), version.label(), e);
            fail(version, new IOException(e.toString(), e));
            return false;
        } finally {
            applier.loading().done();
        }
    }

    private boolean finish(ServedVersion version) {
        missing.remove(version.document().manifest());
        faults.clear(version.extension(), version.label(), Faults.Source.FILL);
        failPoints.reached(FailPoint.FETCH_VERSION_HELD);
        boolean complete = applier.recheck(version);
        if (complete) {
            LOG.info("extension={} version={} held in full", version.extension(), version.label());
        }
        statusChanged.run();
        return complete;
    }

    private void fail(ServedVersion version, IOException reason) {
        var text = "filling " + version.extension() + " " + version.label() + ": " + reason.getMessage();
        var fault = new Faults.Fault(text, ContentCache.isRefusal(reason));
        if (faults.set(version.extension(), version.label(), Faults.Source.FILL, fault)) {
            LOG.warn("extension={} version={} lacking: {}", version.extension(), version.label(), text);
            statusChanged.run();
        }
    }

    /** Fetches the parts, several at a time; false when a newer revision came in between. */
    private boolean fetchAll(ServedVersion version, List<Holdings.Part> parts, long round)
            throws IOException, InterruptedException {
        var progress = new Progress(parts);
        missing.put(version.document().manifest(), progress);
        var failure = new AtomicReference<@Nullable IOException>();
        var unreachable = new AtomicBoolean();
        boolean whole = true;
        for (var part : parts) {
            if (generation.get() != round || unreachable.get()) {
                whole = false;
                break;
            }
            permits.acquire();
            progress.underWay.add(part.digest());
            var unused = blobs.provide(part.digest(), part.sizeBytes()).whenComplete((done, error) -> {
                progress.underWay.remove(part.digest());
                if (error == null) {
                    progress.left.addAndGet(-part.sizeBytes());
                } else {
                    var reason = NodeBlobs.reason(error);
                    failure.accumulateAndGet(reason, Filler::worse);
                    // Content that is wrong says nothing about the others; a store that is away does.
                    unreachable.compareAndSet(false, !ContentCache.isRefusal(reason));
                }
                permits.release();
            });
        }
        permits.acquire(parallelism);
        permits.release(parallelism);
        var reason = failure.get();
        if (reason != null) {
            throw reason;
        }
        return whole;
    }

    /** Of two reasons the one to tell: refused content before a store that is away. */
    private static IOException worse(@Nullable IOException known, IOException other) {
        return known != null && (ContentCache.isRefusal(known) || !ContentCache.isRefusal(other)) ? known : other;
    }
}
