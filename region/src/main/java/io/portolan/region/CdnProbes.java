package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.model.document.Delivery;
import io.portolan.protocol.CdnObservation;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every CDN of the environment for canaries, and now and then for another file that users get, and keeps what came of it. Decides
 * nothing: that takes several places. Thread-safe; one thread a CDN, which waits most of the time.
 */
final class CdnProbes implements AutoCloseable {
    /** Probes that are kept of each CDN. */
    static final int KEPT = 60;

    /** So many probes of canaries for one of another file. */
    private static final int SAMPLE_EVERY = 5;

    /** What browsers told and nobody has looked at yet; further ones are dropped. */
    private static final int MOST_SUSPICIONS = 32;

    private static final Logger LOG = LoggerFactory.getLogger(CdnProbes.class);

    private final Supplier<Optional<ServingState>> states;
    private final BooleanSupplier stalled;
    private final InstantSource clock;
    private final WrongFiles wrongFiles;
    private final CdnPurge purge = new CdnPurge();
    private final ScheduledThreadPoolExecutor timer;
    private final CdnProbe probe;

    private final ArrayBlockingQueue<Suspicion> suspicions = new ArrayBlockingQueue<>(MOST_SUSPICIONS);

    /** Who told of files that are right here, by address; two of them are believed. */
    private final Map<String, String> told = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_SUSPICIONS;
        }
    };

    @GuardedBy("this")
    private final Map<String, Watched> watched = new HashMap<>();

    @GuardedBy("this")
    private boolean closed;

    /** A CDN that is probed. */
    private static final class Watched {
        private final Delivery.Cdn cdn;
        private final Duration every;
        private final StringBuilder results = new StringBuilder();
        private String fault = "";
        private Optional<Thread> thread = Optional.empty();

        Watched(Delivery.Cdn cdn, Duration every) {
            this.cdn = cdn;
            this.every = every;
        }

        boolean isOf(Delivery.Cdn other, Duration pace) {
            return cdn.equals(other) && every.equals(pace);
        }

        synchronized void add(char result, String why) {
            results.append(result);
            if (results.length() > KEPT) {
                results.deleteCharAt(0);
            }
            fault = result == FAILED ? why : fault;
        }

        synchronized CdnObservation told(int wrong) {
            return new CdnObservation(cdn.url(), every, results.toString(), fault, wrong);
        }
    }

    /** A browser's word. */
    private record Suspicion(String cdn, String path, String session) {}

    private static final char RIGHT = '1';
    private static final char FAILED = '0';
    private static final char NOTHING = '?';

    /**
     * @param place   region of this node
     * @param stalled whether this process lost a good part of its last seconds: then a failure is none of the CDN
     * @param changed is told when an incident was opened or resolved
     */
    CdnProbes(
            String place,
            Supplier<Optional<ServingState>> states,
            BooleanSupplier stalled,
            Incidents incidents,
            Runnable changed,
            InstantSource clock) {
        this.states = states;
        this.stalled = stalled;
        this.clock = clock;
        this.wrongFiles = new WrongFiles(place, incidents, purge, changed);
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("cdn-deadlines").factory());
        timer.setRemoveOnCancelPolicy(true);
        this.probe = new CdnProbe(timer, clock);
    }

    /** Probes what the state in use names from now on; called again and again. */
    void look() {
        var delivery = states.get().map(ServingState::delivery).orElse(Delivery.STANDARD);
        var wanted = new HashMap<String, Delivery.Cdn>();
        if (!delivery.probeEvery().isZero()) {
            delivery.cdns().forEach(cdn -> wanted.put(cdn.name(), cdn));
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            watched.entrySet().removeIf(entry -> {
                var cdn = wanted.get(entry.getKey());
                boolean gone = cdn == null || !entry.getValue().isOf(cdn, delivery.probeEvery());
                if (gone) {
                    entry.getValue().thread.ifPresent(Thread::interrupt);
                    wrongFiles.forget(entry.getKey());
                }
                return gone;
            });
            wanted.values()
                    .forEach(cdn -> watched.computeIfAbsent(cdn.name(), fresh -> {
                        var added = new Watched(cdn, delivery.probeEvery());
                        added.thread = Optional.of(Thread.ofVirtual()
                                .name("probing-cdn-" + cdn.name())
                                .uncaughtExceptionHandler(
                                        (thread, e) -> LOG.error("thread ended thread={}", thread.getName(), e))
                                .start(() -> run(added)));
                        return added;
                    }));
        }
    }

    private void run(Watched one) {
        // Three quarters: an answer that takes longer is none that a browser waits for.
        var timeout = one.every.multipliedBy(3).dividedBy(4);
        try {
            for (long turn = 0; !Thread.currentThread().isInterrupted(); turn++) {
                var started = clock.instant();
                try {
                    canary(one, turn, timeout);
                } catch (RuntimeException e) {
                    // A fault of ours says nothing of the CDN, and a node that probes no more would say for ever what
                    // it said last.
                    LOG.error("probing cdn={}", one.cdn.name(), e);
                    one.add(NOTHING, "");
                }
                if (turn % SAMPLE_EVERY == SAMPLE_EVERY - 1) {
                    aside(one, turn / SAMPLE_EVERY, timeout);
                }
                // A probe that took long does not stretch the interval.
                var rest = one.every.minus(Duration.between(started, clock.instant()));
                Thread.sleep(rest.isPositive() ? rest : Duration.ofMillis(1));
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void canary(Watched one, long turn, Duration timeout) {
        var canaries = states.get().map(Canaries::of).orElse(List.of());
        if (canaries.isEmpty()) {
            one.add(NOTHING, "");
            return;
        }
        var canary = canaries.get((int) (turn % canaries.size()));
        switch (probe.ask(one.cdn.url() + canary.path(), canary.file(), timeout)) {
            case CdnProbe.Result.Right right -> one.add(RIGHT, "");
            case CdnProbe.Result.Failed failed ->
                one.add(stalled.getAsBoolean() ? NOTHING : FAILED, failed.fault() + " at " + canary.path());
            case CdnProbe.Result.Wrong wrong -> {
                one.add(FAILED, wrong.fault() + " at " + canary.path());
                // Purging takes its time, and the next probe is due.
                Thread.ofVirtual()
                        .name("purging-cdn-" + one.cdn.name())
                        .start(() -> wrong(one, canary, "probe", wrong));
            }
        }
    }

    /** Wrong files again, and one that is looked at by chance: nobody waits for it, and no verdict rests on it. */
    private void aside(Watched one, long turn, Duration timeout) {
        Thread.ofVirtual().name("sampling-cdn-" + one.cdn.name()).start(() -> {
            wrongFiles.of(one.cdn.name()).forEach(wrong -> wrongFiles.again(wrong, probe, timeout));
            taken(one).forEach(suspicion -> look(one, suspicion, timeout));
            states.get()
                    .flatMap(state -> Canaries.sample(state, turn))
                    .ifPresent(sample -> look(one, sample, "probe", timeout));
        });
    }

    /** What browsers told of a CDN. Taken before anything is looked at: whoever tells must never wait for a CDN. */
    private List<Suspicion> taken(Watched one) {
        var taken = new ArrayList<Suspicion>();
        suspicions.removeIf(suspicion -> suspicion.cdn().equals(one.cdn.name()) && taken.add(suspicion));
        return taken;
    }

    private CdnProbe.Result look(Watched one, Canaries.Canary file, String foundBy, Duration timeout) {
        var result = probe.ask(one.cdn.url() + file.path(), file.file(), timeout);
        if (result instanceof CdnProbe.Result.Wrong wrong) {
            wrong(one, file, foundBy, wrong);
        }
        return result;
    }

    /** Looks at what a browser told. Another place of the CDN may be the one that is wrong: then two sessions have to say so. */
    private void look(Watched one, Suspicion suspicion, Duration timeout) {
        var file = states.get().flatMap(state -> Canaries.at(state, suspicion.path()));
        if (file.isEmpty()) {
            return;
        }
        var here = look(one, file.get(), "browser", timeout);
        if (here instanceof CdnProbe.Result.Wrong) {
            return;
        }
        var url = one.cdn.url() + file.get().path();
        String before;
        synchronized (told) {
            before = told.put(url, suspicion.session());
        }
        if (before != null && !before.equals(suspicion.session())) {
            wrongFiles.seen(
                    one.cdn,
                    url,
                    file.get(),
                    "browsers",
                    "",
                    "two sessions of browsers say so, this node gets "
                            + (here instanceof CdnProbe.Result.Right ? "the right one" : "none"));
        }
    }

    /** A browser says that it got a file wrongly; somebody looks soon. */
    void suspect(String cdn, String path, String session) {
        var suspicion = new Suspicion(cdn, path, session);
        if (!suspicions.contains(suspicion) && !suspicions.offer(suspicion)) {
            LOG.debug("too many files are suspected cdn={} path={}", cdn, path);
        }
    }

    private void wrong(Watched one, Canaries.Canary file, String foundBy, CdnProbe.Result.Wrong wrong) {
        wrongFiles.seen(one.cdn, one.cdn.url() + file.path(), file, foundBy, wrong.actual(), wrong.fault());
    }

    /** What is seen of each. */
    Map<String, CdnObservation> seen() {
        Map<String, Watched> all;
        synchronized (this) {
            all = new TreeMap<>(watched);
        }
        var seen = new TreeMap<String, CdnObservation>();
        all.forEach((name, one) -> seen.put(name, one.told(wrongFiles.of(name).size())));
        return seen;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            watched.values().forEach(one -> one.thread.ifPresent(Thread::interrupt));
        }
        timer.shutdownNow();
        purge.close();
    }
}
