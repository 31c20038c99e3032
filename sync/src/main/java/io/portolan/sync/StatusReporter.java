package io.portolan.sync;

import io.portolan.model.RevisionId;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the node's signed status: at a fixed interval, and soon after {@link #soon}. A failure is logged when it begins and when it
 * ends; between, the status is tried again and nothing else suffers. Thread-safe.
 */
final class StatusReporter {
    private static final Logger LOG = LoggerFactory.getLogger(StatusReporter.class);
    /** Least time between two statuses, so that a burst of changes becomes one. */
    private static final Duration LEAST_GAP = Duration.ofMillis(100);
    /** Longest pause after a failure: an acknowledgement should not wait for the interval. */
    private static final Duration RETRY = Duration.ofSeconds(1);
    /** Longest pause between two attempts to join again. */
    private static final Duration LONGEST_REJOIN_PAUSE = Duration.ofMinutes(5);
    /**
     * Statuses by which a control plane says that it does not know the node (404), or knows another key of it (401, 403): it lost
     * its table of nodes, or the node its disk.
     */
    private static final Set<Integer> NOT_JOINED = Set.of(401, 403, 404);

    private final ReplicaSettings settings;
    private final ControlClient control;
    private final ReplicaFolder folder;
    private final RevisionConsumer consumer;
    private final Supplier<SyncState> state;
    private final Rejoin rejoin;
    private final BooleanSupplier closing;
    private final InstantSource clock;
    private final String bootId = UUID.randomUUID().toString();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wanted = lock.newCondition();
    private boolean due = true;
    private long sequence;
    private Instant rejoinAt = Instant.MIN;
    private Duration rejoinPause = RETRY;

    /** Makes the node known again to a control plane that has forgotten it. */
    interface Rejoin {
        void run() throws IOException, InterruptedException;
    }

    StatusReporter(
            ReplicaSettings settings,
            ControlClient control,
            ReplicaFolder folder,
            RevisionConsumer consumer,
            Supplier<SyncState> state,
            Rejoin rejoin,
            BooleanSupplier closing,
            InstantSource clock) {
        this.settings = settings;
        this.control = control;
        this.folder = folder;
        this.consumer = consumer;
        this.state = state;
        this.rejoin = rejoin;
        this.closing = closing;
        this.clock = clock;
    }

    /** Asks for a status soon. */
    void soon() {
        lock.lock();
        try {
            due = true;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Sends until it is interrupted or closing. */
    void run(String node, Signer key) throws InterruptedException {
        var failing = false;
        while (true) {
            Duration pause;
            try {
                // In this order: facts of an older revision would claim what only the newer one has to show.
                var sync = state.get();
                var facts = consumer.facts();
                control.status(node, Envelope.sign(NodeStatus.TYPE, status(node, sync, facts), key));
                consumer.told(facts);
                if (failing) {
                    LOG.info("status accepted again node={}", node);
                }
                failing = false;
                if (clock.instant().isAfter(rejoinAt.plus(LONGEST_REJOIN_PAUSE))) {
                    // Not earlier: two nodes of one name would take it from each other as fast as they can.
                    rejoinPause = RETRY;
                }
                pause = settings.statusEvery();
            } catch (IOException | RuntimeException e) {
                if (closing.getAsBoolean()) {
                    // Called off, not refused.
                    return;
                }
                if (!failing) {
                    LOG.warn("status not accepted node={} reason={}", node, e.getMessage());
                }
                failing = true;
                if (e instanceof BoundedHttp.UnexpectedStatus answered && NOT_JOINED.contains(answered.status())) {
                    rejoin(node);
                }
                pause = settings.statusEvery().compareTo(RETRY) < 0 ? settings.statusEvery() : RETRY;
            }
            Thread.sleep(LEAST_GAP);
            await(pause.minus(LEAST_GAP));
        }
    }

    private void rejoin(String node) throws InterruptedException {
        var now = clock.instant();
        if (now.isBefore(rejoinAt)) {
            return;
        }
        rejoinAt = now.plus(rejoinPause);
        rejoinPause = rejoinPause.multipliedBy(2).compareTo(LONGEST_REJOIN_PAUSE) < 0
                ? rejoinPause.multipliedBy(2)
                : LONGEST_REJOIN_PAUSE;
        try {
            rejoin.run();
            soon();
        } catch (IOException | RuntimeException e) {
            LOG.warn("not joined again node={} again-at={} reason={}", node, rejoinAt, e.getMessage());
        }
    }

    private void await(Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = longest.toNanos();
            while (!due && left > 0) {
                left = wanted.awaitNanos(left);
            }
            due = false;
        } finally {
            lock.unlock();
        }
    }

    private NodeStatus status(String node, SyncState sync, RevisionConsumer.Facts facts) throws IOException {
        var revision = sync.current();
        var quarantined = new ArrayList<NodeStatus.Quarantined>();
        revision.ifPresent(current -> current.quarantined()
                .forEach((name, reason) -> quarantined.add(new NodeStatus.Quarantined(name, reason))));
        quarantined.sort(Comparator.comparing(NodeStatus.Quarantined::extension));
        return new NodeStatus(
                node,
                settings.environment(),
                settings.region(),
                settings.kind(),
                settings.url(),
                bootId,
                ++sequence,
                revision.map(VerifiedRevision::id).map(RevisionId::epoch).orElse(0L),
                revision.map(VerifiedRevision::id).map(RevisionId::number).orElse(0L),
                revision.map(current -> current.digest().value()).orElse(""),
                first(facts.lacking()),
                facts.lacking().size(),
                facts.blobsFetched(),
                first(quarantined),
                quarantined.size(),
                first(facts.overrides()),
                folder.freeBytes(),
                joined(sync.lastError(), facts.lastError()),
                facts.down(),
                last(facts.incidents()),
                firstUnsettled(facts.controllers()),
                facts.controllers().size(),
                clock.instant());
    }

    /** Those that somebody may wait for first, in the order of their names, so that equal facts make equal statuses. */
    private static List<ControllerReport> firstUnsettled(List<ControllerReport> all) {
        return all.stream()
                .sorted(Comparator.comparing(ControllerReport::isSettled)
                        .thenComparing(ControllerReport::extension)
                        .thenComparing(ControllerReport::version)
                        .thenComparing(ControllerReport::controller))
                .limit(NodeStatus.CONTROLLER_LIMIT)
                .toList();
    }

    private static <T> List<T> first(List<T> all) {
        return all.subList(0, Math.min(all.size(), NodeStatus.LIST_LIMIT));
    }

    private static <T> List<T> last(List<T> all) {
        return all.subList(Math.max(0, all.size() - NodeStatus.LIST_LIMIT), all.size());
    }

    private static String joined(String sync, String content) {
        return sync.isEmpty() || content.isEmpty() ? sync + content : sync + "; " + content;
    }
}
