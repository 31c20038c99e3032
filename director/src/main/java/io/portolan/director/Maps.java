package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.LatencyMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latency maps of a director: gives the one that a revision names if it is here, fetches it if it is not, and meanwhile, or where it
 * is broken, the last good one. Thread-safe; nobody who asks for a map waits for the network.
 *
 * <p>What is on disk serves without a control plane. A map that has the right digest and is none is not asked for again by this process;
 * its refusal is told in the status until another is named.
 */
final class Maps implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Maps.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final MapFolder folder;
    private final LocationTable own;
    private final MapOrigin origin;
    private final History history;
    private final Counters counters;
    private final Object lock = new Object();
    private final List<Thread> thread = new ArrayList<>(1);
    private Optional<MapInUse> lastGood = Optional.empty();
    private Optional<Digest> wanted = Optional.empty();
    /** The wanted map that is none. */
    private Optional<Digest> refused = Optional.empty();

    private volatile String problem = "";
    private volatile Runnable arrived = () -> {};
    private boolean closed;

    Maps(MapFolder folder, LocationTable own, MapOrigin origin, History history, Counters counters) {
        this.folder = folder;
        this.own = own;
        this.origin = origin;
        this.history = history;
        this.counters = counters;
    }

    /** Tells somebody whenever a map has come, or why it did not; starts to fetch. */
    void start(Runnable listener) {
        synchronized (lock) {
            arrived = listener;
            if (!closed && thread.isEmpty()) {
                thread.add(Thread.ofVirtual()
                        .name("director-maps")
                        .uncaughtExceptionHandler((ended, e) -> LOG.error("thread ended thread={}", ended.getName(), e))
                        .start(this::run));
            }
        }
    }

    /**
     * The map to answer from.
     *
     * @param named   digest that the revision names, empty text for none
     * @param regions of the revision, for the director's own table
     */
    MapInUse use(String named, List<LatencyEstimator.Region> regions) {
        synchronized (lock) {
            if (named.isEmpty()) {
                wanted = Optional.empty();
                refused = Optional.empty();
                problem = "";
                return own.map(regions);
            }
            var digest = new Digest(named);
            if (!wanted.equals(Optional.of(digest))) {
                wanted = Optional.of(digest);
                refused = Optional.empty();
                problem = "";
            }
            if (lastGood.isPresent() && lastGood.get().version().equals(digest)) {
                return lastGood.get();
            }
            var here = refused.isPresent() ? Optional.<MapInUse>empty() : onDisk(digest);
            if (here.isPresent()) {
                used(here.get());
                return here.get();
            }
            lock.notifyAll();
            return fallback(regions);
        }
    }

    private MapInUse fallback(List<LatencyEstimator.Region> regions) {
        if (lastGood.isEmpty()) {
            try {
                lastGood = folder.inUse().flatMap(this::onDisk);
            } catch (IOException e) {
                LOG.warn("last map not known reason={}", e.getMessage());
            }
        }
        return lastGood.orElseGet(() -> own.map(regions));
    }

    private void used(MapInUse map) {
        lastGood = Optional.of(map);
        problem = "";
        try {
            folder.inUse(map.version());
        } catch (IOException e) {
            LOG.warn("map in use not noted map={} reason={}", map.version(), e.getMessage());
        }
    }

    private Optional<MapInUse> onDisk(Digest digest) {
        try {
            return read(digest).map(map -> new MapInUse(digest, map));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("map on disk not used map={} reason={}", digest, e.getMessage());
            counters.count("portolan_director_map_damaged_total");
            try {
                folder.setAside(digest);
            } catch (IOException still) {
                LOG.warn("map not set aside map={} reason={}", digest, still.getMessage());
            }
            return Optional.empty();
        }
    }

    /** A map on disk, to look back on. */
    Optional<LatencyMap> read(Digest digest) throws IOException {
        return folder.read(digest);
    }

    /** The director's own table, to look back on. */
    LocationTable own() {
        return own;
    }

    /** Why the map that is named is not used; empty text where it is. */
    String problem() {
        return problem;
    }

    @SuppressWarnings("WaitNotInLoop") // a pause that may end early
    private void run() {
        var pause = SHORTEST_PAUSE;
        try {
            while (true) {
                var digest = next();
                if (fetched(digest)) {
                    pause = SHORTEST_PAUSE;
                } else {
                    synchronized (lock) {
                        if (closed) {
                            return;
                        }
                        if (wanted.equals(Optional.of(digest)) && refused.isEmpty()) {
                            // Another one that is wanted meanwhile ends the pause.
                            lock.wait(pause.toMillis());
                        }
                    }
                    pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
                }
                tell();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell() {
        try {
            arrived.run();
        } catch (RuntimeException e) {
            // The thread must go on: another map may be good.
            LOG.error("taking a map over failed", e);
        }
    }

    /** Waits for a map that is wanted and not here. */
    private Digest next() throws InterruptedException {
        synchronized (lock) {
            while (wanted.isEmpty()
                    || refused.isPresent()
                    || lastGood.map(MapInUse::version).equals(wanted)
                    || folder.has(wanted.get())) {
                lock.wait();
            }
            return wanted.get();
        }
    }

    private boolean fetched(Digest digest) throws InterruptedException {
        try {
            var bytes = origin.fetch(digest);
            if (!Digest.of(bytes).equals(digest)) {
                throw new IOException(
                        "fetching latency map " + digest + ": digest: " + Digest.of(bytes) + " (what came is not it)");
            }
            try {
                MapFolder.verified(digest, ByteBuffer.wrap(bytes));
            } catch (IllegalArgumentException e) {
                refuse(digest, "latency map " + digest + ": refused: " + e.getMessage() + "; the one before stays");
                return false;
            }
            folder.keep(digest, bytes);
            counters.count("portolan_director_map_fetched_total");
            LOG.info("map fetched map={} bytes={}", digest, bytes.length);
            sweep(digest);
            return true;
        } catch (IOException e) {
            failed(String.valueOf(e.getMessage()));
            return false;
        } catch (RuntimeException e) {
            // The thread must go on: it is asked for again, and another one may be wanted.
            LOG.error("fetching map={}", digest, e);
            failed(e.toString());
            return false;
        }
    }

    /** Deletes maps that nothing within the history's reach was answered from; whenever one came, so there are not many. */
    private void sweep(Digest fresh) {
        try {
            var kept = history.maps();
            kept.add(fresh);
            synchronized (lock) {
                lastGood.ifPresent(map -> kept.add(map.version()));
                wanted.ifPresent(kept::add);
            }
            int deleted = folder.sweep(kept, history.now().minus(History.REACH));
            if (deleted > 0) {
                LOG.info("maps swept files={}", deleted);
            }
        } catch (IOException e) {
            LOG.warn("no map is deleted reason={}", e.getMessage());
        }
    }

    private void refuse(Digest digest, String reason) {
        synchronized (lock) {
            if (wanted.equals(Optional.of(digest))) {
                refused = wanted;
                counters.count("portolan_director_map_refused_total");
                failed(reason);
            }
        }
    }

    private void failed(String reason) {
        if (!reason.equals(problem)) {
            LOG.warn("map not used reason={}", reason);
            problem = reason;
        }
    }

    @Override
    public void close() {
        List<Thread> running;
        synchronized (lock) {
            closed = true;
            running = List.copyOf(thread);
            lock.notifyAll();
        }
        running.forEach(Thread::interrupt);
        try {
            for (var one : running) {
                one.join(CLOSE_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
