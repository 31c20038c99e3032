package io.portolan.control;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import io.portolan.model.document.Delivery;
import io.portolan.planner.rollout.Observation;
import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.ObservationTable;
import io.portolan.storage.Reader;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks CDNs for the files that a new version's page begins with, once regions hold it and before the first one shows it: else all users of
 * a switch would miss at once. Thread-safe.
 *
 * <p>Nothing depends on it: what fails is fetched by the first users, and a rollout waits so long for it as the environment's settings say and
 * not a moment longer. It is done from where the control plane stands; a CDN of several places is warm there and at its own shield.
 */
final class CdnWarming implements Warming, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CdnWarming.class);
    private static final int MANIFEST_LIMIT_BYTES = 64 << 20;
    private static final int PARALLEL = 4;
    private static final int REMEMBERED = 256;

    private final BlobStore blobs;
    private final HttpClient http;
    private final BooleanSupplier engine;
    private final Changes changes;
    private final InstantSource clock;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("warming-", 0).factory());

    private final Map<String, Map<String, Task>> tasks = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Map<String, Task>> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param engine whether this process is the one that runs rollouts */
    CdnWarming(BlobStore blobs, HttpClient http, BooleanSupplier engine, Changes changes, InstantSource clock) {
        this.blobs = blobs;
        this.http = http;
        this.engine = engine;
        this.changes = changes;
        this.clock = clock;
    }

    /** Files of one version at one CDN. */
    private static final class Task {
        private final String cdn;
        private final Instant until;
        private final AtomicInteger files = new AtomicInteger();
        private final AtomicInteger right = new AtomicInteger();
        private final AtomicInteger failed = new AtomicInteger();
        private volatile boolean over;

        Task(String cdn, Instant until) {
            this.cdn = cdn;
            this.until = until;
        }

        String text() {
            return "CDN " + cdn + ": " + right.get() + " of " + files.get() + " entry files fetched through it"
                    + (failed.get() > 0 ? ", " + failed.get() + " failed" : "")
                    + (over ? "" : ", until " + until.truncatedTo(java.time.temporal.ChronoUnit.SECONDS) + " at most");
        }
    }

    @Override
    public List<String> blockers(Reader reader, Rollout rollout, Observation observed, Instant now) {
        if (!engine.getAsBoolean()
                || rollout.kind() == io.portolan.model.RolloutKind.ROLLBACK
                || !rollout.touchedRegions().isEmpty()
                || rollout.regions().stream()
                        .noneMatch(region -> observed.of(region).holds())) {
            return List.of();
        }
        var environment = Lookup.environment(reader, rollout.environment());
        var limit = environment.breaker().warming();
        var delivery = CdnBreakers.applied(reader, rollout.environment(), environment.breaker());
        if (limit.isZero() || delivery.breaker() == Delivery.Breaker.OFF) {
            return List.of();
        }
        var waiting = new ArrayList<String>();
        for (var cdn : delivery.cdns()) {
            // One that was taken away is warmed by its way back.
            if (delivery.share(cdn) > 0) {
                var task = task(reader, rollout, cdn, now.plus(limit));
                if (!task.over && now.isBefore(task.until)) {
                    waiting.add("entry files are on their way: " + task.text());
                }
            }
        }
        return waiting;
    }

    private Task task(Reader reader, Rollout rollout, Delivery.Cdn cdn, Instant until) {
        synchronized (tasks) {
            var ofRollout = tasks.computeIfAbsent(rollout.id(), first -> new LinkedHashMap<>());
            var present = ofRollout.get(cdn.name());
            if (present != null) {
                return present;
            }
            var task = new Task(cdn.name(), until);
            ofRollout.put(cdn.name(), task);
            var version = Lookup.version(reader, rollout.extension(), rollout.version())
                    .value();
            var route = Lookup.extension(reader, rollout.extension()).value().route();
            threads.execute(() ->
                    run(task, version.manifest(), cdn.url() + "/" + route + "/Content/" + rollout.version() + "/"));
            return task;
        }
    }

    private void run(Task task, Digest manifest, String base) {
        try {
            var paths = EntryFiles.of(ServedManifest.parse(blobs.read(manifest, MANIFEST_LIMIT_BYTES)), blobs);
            task.files.set(paths.size());
            var permits = new Semaphore(PARALLEL);
            try (var each = Executors.newVirtualThreadPerTaskExecutor()) {
                for (var path : paths) {
                    each.execute(() -> fetch(task, permits, base + encoded(path)));
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("warming cdn={} base={} failed: {}", task.cdn, base, e.toString());
        }
        task.over = true;
        LOG.info("warmed base={} {}", base, task.text());
        changes.signal();
    }

    private void fetch(Task task, Semaphore permits, String url) {
        boolean right = false;
        try {
            permits.acquire();
            try {
                var left = Duration.between(clock.instant(), task.until);
                right = left.isPositive() && isRight(url, left);
            } finally {
                permits.release();
            }
        } catch (IOException e) {
            LOG.debug("warming url={} failed", url, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        (right ? task.right : task.failed).incrementAndGet();
    }

    private boolean isRight(String url, Duration limit) throws IOException, InterruptedException {
        var answer = http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(limit)
                        .header("User-Agent", ObservationTable.CDN_AGENT)
                        // What all browsers of these years take; the other codings are rare.
                        .header("Accept-Encoding", "gzip, deflate, br")
                        .build(),
                HttpResponse.BodyHandlers.discarding());
        return answer.statusCode() == 200;
    }

    private static String encoded(String path) {
        return Stream.of(path.split("/", -1))
                .map(segment ->
                        URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"))
                .reduce((one, two) -> one + "/" + two)
                .orElse("");
    }

    @Override
    public List<String> told(String rolloutId) {
        synchronized (tasks) {
            var ofRollout = tasks.get(rolloutId);
            return ofRollout == null
                    ? List.of()
                    : ofRollout.values().stream().map(Task::text).toList();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
