package io.portolan.observation;

import io.portolan.planner.routing.EndpointHealth;
import io.portolan.planner.routing.ProbeState;
import io.portolan.planner.routing.ProbeState.Result;
import io.portolan.planner.routing.Quorum;
import io.portolan.planner.routing.StallRecord;
import io.portolan.protocol.ObservationTable;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes targets and keeps what it saw of them. Thread-safe.
 *
 * <p>A virtual thread a target, so one that hangs delays no other. A failure that happened while this process itself was stalled counts for
 * nothing, except a refused connection: that was an answer.
 */
@SuppressWarnings("FutureReturnValueIgnored") // ticks end with their timer, probes with their deadline
public final class Prober implements AutoCloseable {
    /** A probe that lost more than this part of its time to stalls says nothing. */
    private static final int STALL_PART = 5;

    private static final Logger LOG = LoggerFactory.getLogger(Prober.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final Duration TICK = Duration.ofMillis(50);
    private static final Duration LATE = Duration.ofMillis(100);
    private static final Duration STALL_MEMORY = Duration.ofSeconds(3);

    private final InstantSource clock;
    private final Listener listener;
    private final Probe probe;
    private final StallRecord stalls;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService probes = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("probe-", 0).factory());
    private final Map<String, Watched> watched = new HashMap<>();
    private Map<String, EndpointHealth> known;
    private boolean sick;
    private boolean closed;

    /** Who is told; called without any lock of the prober. */
    public interface Listener {
        /** A probe ended. */
        void probed(String target, Result result);

        /** What is seen of some target changed. */
        void changed();
    }

    /** A target being probed; guarded by the prober's lock. */
    private static final class Watched {
        private ProbeTarget target;
        private ProbeState state;
        private String lastFault = "";
        private final List<Thread> thread = new ArrayList<>(1);

        Watched(ProbeTarget target, ProbeState state) {
            this.target = target;
            this.state = state;
        }
    }

    /** @param known what was known of targets before a restart */
    public Prober(InstantSource clock, Map<String, EndpointHealth> known, Listener listener) {
        this.clock = clock;
        this.known = Map.copyOf(known);
        this.listener = listener;
        this.stalls = new StallRecord(TICK, LATE, clock.instant());
        this.timer = new ScheduledThreadPoolExecutor(1, daemon());
        timer.setRemoveOnCancelPolicy(true);
        this.probe = new Probe(timer);
        timer.scheduleAtFixedRate(
                () -> stalls.tick(clock.instant()), TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static java.util.concurrent.ThreadFactory daemon() {
        return Thread.ofPlatform().daemon().name("probe-timer").factory();
    }

    /** Probes these targets from now on; what is known of a target stays. */
    public void watch(Map<String, ProbeTarget> targets) {
        var ended = new ArrayList<Thread>();
        synchronized (this) {
            if (closed) {
                return;
            }
            watched.entrySet().removeIf(entry -> {
                boolean gone = !targets.containsKey(entry.getKey());
                if (gone) {
                    ended.addAll(entry.getValue().thread);
                }
                return gone;
            });
            targets.forEach(this::watch);
            known = Map.of();
        }
        ended.forEach(Thread::interrupt);
        listener.changed();
    }

    private void watch(String name, ProbeTarget target) {
        var present = watched.get(name);
        if (present != null) {
            present.target = target;
            return;
        }
        var before = known.get(name);
        var fresh = new Watched(target, before == null ? ProbeState.UNPROBED : ProbeState.restored(before));
        watched.put(name, fresh);
        fresh.thread.add(Thread.ofVirtual()
                .name("probing-" + name)
                .uncaughtExceptionHandler((thread, e) -> LOG.error("thread ended thread={}", thread.getName(), e))
                .start(() -> run(name, fresh)));
    }

    /** What is seen of each target. */
    public synchronized Map<String, EndpointHealth> seen() {
        var seen = new TreeMap<String, EndpointHealth>();
        watched.forEach((name, target) -> seen.put(name, target.state.health()));
        return seen;
    }

    /** What is seen, for others to read. */
    public ObservationTable table(String observer, String kind, String place, double requestsPerSecond) {
        boolean stalled = stalled();
        synchronized (this) {
            var targets = new TreeMap<String, String>();
            int tried = 0;
            int bad = 0;
            for (var entry : new TreeMap<>(watched).entrySet()) {
                var state = entry.getValue().state;
                if (targets.size() < ObservationTable.MAX_TARGETS) {
                    targets.put(entry.getKey(), state.health().name());
                    tried += state.isTried() ? 1 : 0;
                    bad += state.isBad() ? 1 : 0;
                }
            }
            return new ObservationTable(
                    ObservationTable.SCHEMA, observer, kind, place, stalled, tried, bad, requestsPerSecond, targets);
        }
    }

    /** What was wrong at the last failed probe of each target that is not up. */
    public synchronized Map<String, String> faults() {
        var faults = new TreeMap<String, String>();
        watched.forEach((name, target) -> {
            if (target.state.health() != EndpointHealth.ONLINE && !target.lastFault.isEmpty()) {
                faults.put(name, target.lastFault);
            }
        });
        return faults;
    }

    /** Whether this process lost a good part of its last seconds. */
    public boolean stalled() {
        var now = clock.instant();
        return isStall(now.minus(STALL_MEMORY), now);
    }

    private boolean isStall(Instant from, Instant to) {
        return stalls.stalled(from, to).multipliedBy(STALL_PART).compareTo(Duration.between(from, to)) > 0;
    }

    private void run(String name, Watched target) {
        try {
            while (true) {
                var started = clock.instant();
                var present = target(target);
                try {
                    if (!present.addresses().isEmpty()) {
                        var fault = probe(present);
                        record(name, target, result(fault, started), fault);
                    }
                } catch (RuntimeException e) {
                    // Says nothing of the target; one that is probed no more would stay for ever as it was seen last.
                    LOG.error("probing target={}", name, e);
                }
                // A probe that took long does not stretch the interval.
                var rest = present.monitor().interval().minus(Duration.between(started, clock.instant()));
                Thread.sleep(rest.isPositive() ? rest : Duration.ofMillis(1));
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private Result result(String fault, Instant started) {
        if (fault.isEmpty()) {
            return Result.SUCCESS;
        }
        return fault.equals(Probe.TIMED_OUT) && isStall(started, clock.instant())
                ? Result.INCONCLUSIVE
                : Result.FAILURE;
    }

    private synchronized ProbeTarget target(Watched target) {
        return target.target;
    }

    private void record(String name, Watched target, Result result, String fault) {
        boolean changed;
        synchronized (this) {
            if (closed || watched.get(name) != target) {
                return;
            }
            var monitor = target.target.monitor();
            var before = target.state.health();
            target.state = target.state.after(result, monitor.toleratedFailures(), monitor.recoverySuccesses());
            target.lastFault = fault.isEmpty() ? target.lastFault : fault;
            doubt();
            changed = before != target.state.health();
            if (changed) {
                LOG.info("probed target={} health={} fault=\"{}\"", name, target.state.health(), fault);
            }
        }
        listener.probed(name, result);
        if (changed) {
            listener.changed();
        }
    }

    /** Back from being sick: what it called down meanwhile is looked at anew. With the lock held. */
    private void doubt() {
        int tried = 0;
        int bad = 0;
        for (var target : watched.values()) {
            tried += target.state.isTried() ? 1 : 0;
            bad += target.state.isBad() ? 1 : 0;
        }
        boolean isSick = Quorum.isSick(tried, bad);
        if (sick && !isSick) {
            watched.values().forEach(target -> target.state = target.state.doubted());
        }
        sick = isSick;
    }

    /** Asks all addresses at once; empty text when one of them answers, else what was wrong with the last. */
    private String probe(ProbeTarget target) throws InterruptedException {
        if (target.addresses().size() == 1) {
            return probe.ask(target.addresses().getFirst(), target);
        }
        var asked = new ExecutorCompletionService<String>(probes);
        for (URI address : target.addresses()) {
            asked.submit(() -> probe.ask(address, target));
        }
        String fault = "";
        for (int i = 0; i < target.addresses().size(); i++) {
            try {
                fault = asked.take().get();
            } catch (java.util.concurrent.ExecutionException e) {
                fault = String.valueOf(e.getMessage());
            }
            if (fault.isEmpty()) {
                return fault;
            }
        }
        return fault;
    }

    @Override
    public void close() {
        var threads = new ArrayList<Thread>();
        synchronized (this) {
            closed = true;
            watched.values().forEach(target -> threads.addAll(target.thread));
        }
        threads.forEach(Thread::interrupt);
        timer.shutdownNow();
        probes.shutdownNow();
        try {
            for (var thread : threads) {
                thread.join(CLOSE_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
