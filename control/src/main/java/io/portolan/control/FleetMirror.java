package io.portolan.control;

import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.storage.Conflict;
import io.portolan.storage.Document;
import io.portolan.storage.StateStore;
import io.portolan.storage.StorageFailure;
import io.portolan.storage.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets every process on a database know what nodes report to any of them, since a node reports to one and the engine may run in
 * another. Thread-safe.
 *
 * <p>What matters in a status is recorded by whoever receives it (kind {@code node-report}, one document a node), and read here as
 * soon as a commit is heard. That a node still lives changes all the time and matters little: each process records it for all its
 * nodes together, in one document (kind {@code heard}) at a fixed interval, whatever happens. A node counts as heard of when its
 * sign moved, by the clock of the process that reads it: no clocks are compared, and what a dead process left behind counts for
 * nothing. Interval and reading are short beside {@link NodeRegistry#SILENCE}.
 */
final class FleetMirror implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FleetMirror.class);
    /** Commits come in bursts: one look for all that come within it. */
    private static final Duration LEAST_PAUSE = Duration.ofMillis(50);
    /** A process whose document did not move for so long is gone; the one that runs the engine removes it. */
    private static final Duration FORGET_AFTER = Duration.ofMinutes(10);

    private final StateStore store;
    private final FencedStore fenced;
    private final EngineLease lease;
    private final NodeRegistry registry;
    private final Changes changes;
    private final Duration beatEvery;
    private final InstantSource clock;
    private final Thread thread;

    private final Map<String, Report> reports = new HashMap<>();
    private final Map<String, Process> processes = new HashMap<>();
    private Map<String, Records.Sign> beaten = Map.of();
    private Instant beatAt = Instant.EPOCH;
    private boolean lookedBefore;
    private boolean failing;

    /** A node's report at one generation. */
    private record Report(long generation, NodeStatus status) {}

    /** What another process heard, and since when by our clock. */
    private record Process(long generation, Map<String, Records.Sign> signs, Instant since) {}

    FleetMirror(
            StateStore store,
            FencedStore fenced,
            EngineLease lease,
            NodeRegistry registry,
            Changes changes,
            Duration beatEvery,
            InstantSource clock) {
        this.store = store;
        this.fenced = fenced;
        this.lease = lease;
        this.registry = registry;
        this.changes = changes;
        this.beatEvery = beatEvery;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("fleet-mirror").unstarted(this::run);
    }

    void start() {
        turn();
        thread.start();
    }

    /** Takes back what it recorded. */
    @Override
    public void close() {
        if (thread.isAlive()) {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        try {
            store.writeQuietly(tx -> {
                tx.delete(Table.HEARD.kind(), lease.holder(), Writer.ANY);
                return true;
            });
        } catch (StorageFailure e) {
            LOG.info("signs of life not taken back reason={}", e.getMessage());
        }
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted() && !changes.closed()) {
            try {
                long seen = changes.count();
                turn();
                Changes.rest(LEAST_PAUSE);
                changes.await(seen, beatEvery);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Reads what others recorded, and records what was heard here when that is due. */
    void turn() {
        try {
            var now = clock.instant();
            if (look(now)) {
                changes.signal();
            }
            if (Duration.between(beatAt, now).abs().compareTo(beatEvery) >= 0) {
                beat(now);
                beatAt = now;
            }
            failing = false;
        } catch (Conflict anotherHasTheLease) {
            LOG.debug("not cleaning", anotherHasTheLease);
        } catch (StorageFailure e) {
            if (!failing) {
                LOG.warn("fleet not mirrored reason={}", e.getMessage());
            }
            failing = true;
        } catch (RuntimeException e) {
            LOG.error("fleet mirror: a turn failed, trying again", e);
        }
    }

    private record Found(List<Document> reports, List<Document> heard) {}

    /** Whether anything is known now that was not. */
    private boolean look(Instant now) {
        var found = store.<Found>read(
                reader -> new Found(reader.list(Table.REPORTS.kind(), ""), reader.list(Table.HEARD.kind(), "")));
        var changed = false;
        for (var document : found.reports()) {
            var known = reports.get(document.key());
            if (known != null && known.generation() == document.generation()) {
                continue;
            }
            var status = Json.read(document.bytes(), Table.REPORTS.type()).status();
            reports.put(document.key(), new Report(document.generation(), status));
            if (lookedBefore) {
                changed |= switch (registry.heardElsewhere(status, now)) {
                    case CHANGED, NOTABLE -> true;
                    case SAME, STALE -> false;
                };
            }
        }
        for (var document : found.heard()) {
            if (!document.key().equals(lease.holder())) {
                changed |= signs(document, now);
            }
        }
        processes.keySet().retainAll(found.heard().stream().map(Document::key).toList());
        lookedBefore = true;
        return changed;
    }

    private boolean signs(Document document, Instant now) {
        var before = processes.get(document.key());
        if (before != null && before.generation() == document.generation()) {
            forget(document, before, now);
            return false;
        }
        var signs = Json.read(document.bytes(), Table.HEARD.type()).nodes();
        processes.put(document.key(), new Process(document.generation(), signs, now));
        if (!lookedBefore) {
            // It may have been left behind: only what moves from here on lives.
            return false;
        }
        var changed = false;
        for (var sign : signs.entrySet()) {
            if (before == null || !sign.getValue().equals(before.signs().get(sign.getKey()))) {
                var report = Optional.ofNullable(reports.get(sign.getKey())).map(Report::status);
                changed |= registry.livesElsewhere(sign.getKey(), sign.getValue(), report, now);
            }
        }
        return changed;
    }

    private void forget(Document document, Process process, Instant now) {
        if (lease.held() && Duration.between(process.since(), now).compareTo(FORGET_AFTER) > 0) {
            fenced.writeQuietly(tx -> {
                tx.delete(Table.HEARD.kind(), document.key(), document.generation());
                return true;
            });
        }
    }

    private void beat(Instant now) {
        var signs = registry.heardHere(now);
        if (signs.equals(beaten)) {
            return;
        }
        store.writeQuietly(
                tx -> Table.HEARD.put(tx, lease.holder(), Writer.ANY, new Records.Heard(Records.SCHEMA, signs)));
        beaten = signs;
    }
}
