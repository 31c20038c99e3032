package io.portolan.control;

import io.portolan.protocol.Json;
import io.portolan.storage.Conflict;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.StorageFailure;
import io.portolan.storage.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to run the engine, held by one process at a time. Thread-safe.
 *
 * <p>It is a document with the holder and a fence that rises with every acquisition; the holder renews it. A process that waits for
 * it takes it over when the document's generation has not moved for the time to live <em>by its own clock</em>, so clocks of two
 * machines are never compared. That may take it from a holder that still works; what makes it safe is not time but
 * {@link #check}: every write of the engine reads the document again in the same transaction.
 *
 * <p>On an embedded database there is one process: it takes the lease at its start, without waiting for one that died.
 */
final class EngineLease implements AutoCloseable {
    static final String KEY = "engine";
    static final String EVENT = "portolan.engine.leader";

    private static final Logger LOG = LoggerFactory.getLogger(EngineLease.class);
    /** Signals come in bursts: a process that waits looks at most so often. */
    private static final Duration LEAST_PAUSE = Duration.ofMillis(100);

    /** Pause between tries where nobody else could have it. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final StateStore store;
    private final Optional<StateDatabase.Shared> shared;
    private final String holder;
    private final Changes changes;
    private final InstantSource clock;
    private final Thread thread;
    /** 0 where it is not held. */
    private volatile long fence;

    private volatile Instant renewedAt = Instant.EPOCH;
    private long seenGeneration = -1;
    private Instant seenSince = Instant.EPOCH;
    private boolean failing;

    EngineLease(StateStore store, StateDatabase database, String name, Changes changes, InstantSource clock) {
        this.store = store;
        this.shared = database instanceof StateDatabase.Shared several ? Optional.of(several) : Optional.empty();
        // Fresh at every start: a process is not its predecessor.
        this.holder = name + "#" + UUID.randomUUID().toString().substring(0, 8);
        this.changes = changes;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("engine-lease").unstarted(this::run);
    }

    /** Takes it if it is free; goes on looking on a shared database, and where the first look failed. */
    void start() {
        turn();
        if (shared.isPresent() || fence == 0) {
            thread.start();
        }
    }

    /** Name of this process. */
    String holder() {
        return holder;
    }

    /** Whether this process runs the engine, as far as it knows. */
    boolean held() {
        return fence != 0
                && (shared.isEmpty()
                        || Duration.between(renewedAt, clock.instant())
                                        .compareTo(shared.get().leaseTtl())
                                < 0);
    }

    /** The fence under which this process holds it, 0 for none. */
    long fence() {
        return held() ? fence : 0;
    }

    /** Who holds it, as recorded. */
    static Optional<Records.Lease> recorded(Reader reader) {
        return Table.LEASES.get(reader, KEY).map(Table.Row::value).filter(lease -> !lease.holder()
                .isEmpty());
    }

    /**
     * Lets the transaction go on only if this process holds the lease in it.
     *
     * @throws Conflict when it does not, or not any more
     */
    void check(Writer tx) {
        var present = Table.LEASES.get(tx, KEY).map(Table.Row::value);
        long mine = fence;
        if (mine == 0 || present.isEmpty() || !isMine(present.get(), mine)) {
            lost(mine);
            throw new Conflict("the engine's lease: "
                    + present.map(lease -> "'" + lease.holder() + "' with fence " + lease.fence())
                            .orElse("nobody")
                    + " (expected: '" + holder + "' with fence " + mine + ")");
        }
    }

    /** Gives it back, so that another process takes it at once. */
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
        long mine = fence;
        if (mine == 0 || shared.isEmpty()) {
            return;
        }
        try {
            store.write(tx -> {
                check(tx);
                return Table.LEASES.put(tx, KEY, Writer.ANY, new Records.Lease(Records.SCHEMA, "", mine));
            });
            LOG.info("engine lease given back fence={}", mine);
        } catch (Conflict | StorageFailure e) {
            LOG.info("engine lease not given back fence={} reason={}", mine, e.getMessage());
        }
        fence = 0;
    }

    private void run() {
        // Alone it is taken once and kept; what made that fail at the start may be over in a moment.
        while (!Thread.currentThread().isInterrupted() && !changes.closed() && (shared.isPresent() || fence == 0)) {
            try {
                long seen = changes.count();
                Changes.rest(LEAST_PAUSE);
                changes.await(seen, untilNext().minus(LEAST_PAUSE));
                if (fence == 0 || !untilNext().isPositive()) {
                    turn();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private Duration untilNext() {
        var every = shared.map(StateDatabase.Shared::leaseRenew).orElse(RETRY);
        var passed = Duration.between(renewedAt, clock.instant());
        return fence == 0 || passed.isNegative() ? every : every.minus(passed);
    }

    /** Renews it, takes it, or notes that somebody else has it. */
    void turn() {
        try {
            var now = clock.instant();
            var row = store.read(reader -> Table.LEASES.get(reader, KEY)).orElse(null);
            if (row != null && isMine(row.value(), fence)) {
                store.writeQuietly(tx -> Table.LEASES.put(tx, KEY, row.generation(), row.value()));
                renewedAt = now;
            } else {
                lost(fence);
                if (free(row, now)) {
                    take(row, now);
                }
            }
            if (failing) {
                LOG.info("engine lease can be seen again");
                failing = false;
            }
        } catch (Conflict somebodyWasFirst) {
            LOG.info("engine lease taken by another reason={}", somebodyWasFirst.getMessage());
        } catch (StorageFailure e) {
            if (!failing) {
                LOG.warn("engine lease cannot be seen reason={}", e.getMessage());
                failing = true;
            }
        } catch (RuntimeException e) {
            LOG.error("engine lease: a turn failed, trying again", e);
        }
    }

    private boolean free(Table.@Nullable Row<Records.Lease> row, Instant now) {
        if (row == null || row.value().holder().isEmpty() || shared.isEmpty()) {
            return true;
        }
        if (row.generation() != seenGeneration) {
            seenGeneration = row.generation();
            seenSince = now;
        }
        return Duration.between(seenSince, now).compareTo(shared.get().leaseTtl()) >= 0;
    }

    private void take(Table.@Nullable Row<Records.Lease> row, Instant now) {
        var before = row == null ? new Records.Lease(Records.SCHEMA, "", 0) : row.value();
        var mine = new Records.Lease(Records.SCHEMA, holder, before.fence() + 1);
        store.write(tx -> {
            long generation = Table.LEASES.put(tx, KEY, row == null ? Writer.ABSENT : row.generation(), mine);
            tx.append(new LogEntry(
                    EVENT,
                    "lease/" + KEY,
                    holder,
                    "control",
                    before.holder().isEmpty() ? "" : before.holder() + " gave no sign of life",
                    Json.text(mine),
                    now));
            return generation;
        });
        renewedAt = now;
        fence = mine.fence();
        LOG.info("engine lease taken holder={} fence={} before={}", holder, mine.fence(), before.holder());
        changes.signal();
    }

    private boolean isMine(Records.Lease lease, long mine) {
        return mine != 0 && lease.fence() == mine && lease.holder().equals(holder);
    }

    private void lost(long mine) {
        if (mine != 0 && fence == mine) {
            fence = 0;
            LOG.warn("engine lease lost holder={} fence={}", holder, mine);
        }
    }
}
