package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.artifact.BlobStore;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.document.Delivery;
import io.portolan.protocol.EdgeWarmth;
import io.portolan.protocol.ObservationTable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks CDNs for the files that a version's page begins with, as soon as this node holds what a rollout brings and so before its region
 * shows it: else all users of a switch would miss at once. A CDN answers from the place next to whoever asks, so each region warms its
 * own users' place. Thread-safe.
 *
 * <p>Nothing depends on it: what fails is fetched by the first users.
 */
final class EdgeWarming implements AutoCloseable {
    /** Versions that are told of; of more nobody waits. */
    static final int MOST_VERSIONS = 64;

    private static final int PARALLEL = 4;
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final String ROLLOUT = "rollout";
    private static final Logger LOG = LoggerFactory.getLogger(EdgeWarming.class);

    private final Supplier<Optional<ServingState>> states;
    private final BlobStore blobs;
    private final Semaphore permits = new Semaphore(PARALLEL);
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("warming-", 0).factory());

    @GuardedBy("this")
    private final Map<String, Map<String, EdgeWarmth>> warmed = new HashMap<>();

    /** @param blobs what this node has on its disk */
    EdgeWarming(Supplier<Optional<ServingState>> states, BlobStore blobs) {
        this.states = states;
        this.blobs = blobs;
    }

    /** Begins with what the state in use brings and nobody has asked for yet; called again and again. */
    void look() {
        var state = states.get().orElse(null);
        if (state == null) {
            return;
        }
        var named = new HashSet<String>();
        // Where nobody watches CDNs, people have everything in their own hands.
        var cdns = state.delivery().probeEvery().isZero()
                ? List.<Delivery.Cdn>of()
                : state.delivery().cdns();
        state.routes().forEach((route, extension) -> extension.versions().values().stream()
                .filter(version ->
                        version.document().keptFor().contains(ROLLOUT) && version.isComplete() && !version.isRevoked())
                .forEach(version -> {
                    var key = EdgeWarmth.key(
                            version.extension().value(), version.label().value());
                    named.add(key);
                    version.manifest()
                            .ifPresent(manifest -> cdns.forEach(
                                    cdn -> begin(key, cdn, state.delivery().share(cdn), route, manifest)));
                }));
        synchronized (this) {
            warmed.keySet().retainAll(named);
        }
    }

    /** One that was taken away is warmed by its way back. */
    private void begin(String key, Delivery.Cdn cdn, int share, String route, ServedManifest manifest) {
        synchronized (this) {
            if (share == 0
                    || (!warmed.containsKey(key) && warmed.size() >= MOST_VERSIONS)
                    || warmed.computeIfAbsent(key, first -> new TreeMap<>()).putIfAbsent(cdn.name(), EdgeWarmth.NOTHING)
                            != null) {
                return;
            }
        }
        try {
            threads.execute(
                    () -> run(key, cdn, cdn.url() + "/" + route + "/Content/" + manifest.version() + "/", manifest));
        } catch (RejectedExecutionException closed) {
            LOG.debug("warming cdn={} of {} is not begun: this node stops", cdn.name(), key);
        }
    }

    private void run(String key, Delivery.Cdn cdn, String base, ServedManifest manifest) {
        var paths = List.<String>of();
        try {
            paths = EntryFiles.of(manifest, blobs);
        } catch (IOException e) {
            LOG.warn("warming cdn={} of {} failed: {}", cdn.name(), key, e.toString());
        }
        int files = paths.size();
        tell(key, cdn, new EdgeWarmth(files, 0, files == 0));
        var asked = new ArrayList<Thread>();
        for (var path : paths) {
            asked.add(Thread.ofVirtual().start(() -> {
                boolean right = fetch(base + Percent.encodePath(path));
                update(key, cdn, right);
            }));
        }
        try {
            for (var thread : asked) {
                thread.join();
            }
        } catch (InterruptedException ended) {
            asked.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
            return;
        }
        synchronized (this) {
            var told = EdgeWarmth.of(warmed, key, cdn.name());
            tell(key, cdn, new EdgeWarmth(files, told.right(), true));
            LOG.info("warmed cdn={} version=\"{}\" files={} right={}", cdn.name(), key, files, told.right());
        }
    }

    private synchronized void update(String key, Delivery.Cdn cdn, boolean right) {
        var told = EdgeWarmth.of(warmed, key, cdn.name());
        tell(key, cdn, new EdgeWarmth(told.files(), told.right() + (right ? 1 : 0), false));
    }

    /** Of a version that is still on its way. */
    private synchronized void tell(String key, Delivery.Cdn cdn, EdgeWarmth warmth) {
        warmed.computeIfPresent(key, (name, byCdn) -> {
            byCdn.put(cdn.name(), warmth);
            return byCdn;
        });
    }

    private boolean fetch(String url) {
        try {
            permits.acquire();
            try {
                var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
                connection.setConnectTimeout(TIMEOUT_MILLIS);
                connection.setReadTimeout(TIMEOUT_MILLIS);
                connection.setInstanceFollowRedirects(false);
                connection.setRequestProperty("User-Agent", ObservationTable.CDN_AGENT);
                // What all browsers of these years take; the other codings are rare.
                connection.setRequestProperty("Accept-Encoding", "gzip, deflate, br");
                if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                    return false;
                }
                try (var body = connection.getInputStream()) {
                    body.transferTo(OutputStream.nullOutputStream());
                }
                return true;
            } finally {
                permits.release();
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("warming url={} failed", url, e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** What came of it, by version and CDN. */
    synchronized Map<String, Map<String, EdgeWarmth>> seen() {
        var seen = new TreeMap<String, Map<String, EdgeWarmth>>();
        warmed.forEach((key, byCdn) -> seen.put(key, new TreeMap<>(byCdn)));
        return seen;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
