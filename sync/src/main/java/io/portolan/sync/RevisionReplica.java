package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import io.portolan.model.RevisionId;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's copy of its environment's revisions: joins, fetches, verifies, keeps, applies and reports. Thread-safe.
 *
 * <p>Two threads: one follows, one reports; the first is the only one that changes anything. Whatever goes wrong is said in
 * {@link SyncState#lastError()}, in the status and, once for each new message, in the log; the revision in use goes on.
 *
 * <p>A refused revision is not asked for in a tight loop: the next poll carries its entity tag and so waits for another one, for
 * the length of the back-off; then it is asked for again, since the fault may have been the control plane's.
 */
public final class RevisionReplica implements AutoCloseable {
    /** Longest envelope of a revision. */
    static final int ENVELOPE_LIMIT_BYTES = 1 << 20;
    /** Longest root, bucket or document. */
    static final int OBJECT_LIMIT_BYTES = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(RevisionReplica.class);
    /** Wait for the very first revision, short so that a node says early that there is none. */
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    /** Pause where the control plane has no revision yet, or answers a poll without waiting. */
    private static final Duration IDLE_PAUSE = Duration.ofMillis(100);
    /** Interval of looking whether the load of a revision has ended. */
    private static final Duration SETTLE_EVERY = Duration.ofMillis(500);
    /** Interval of deleting old revisions. */
    static final Duration SWEEP_EVERY = Duration.ofHours(1);
    /** Longest long-poll while something is set aside, so that a release is soon seen. */
    private static final Duration SET_ASIDE_WAIT = Duration.ofSeconds(1);
    /** Longest that {@link #close} waits for each thread. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final ReplicaSettings settings;
    private final InstantSource clock;
    private final Signer key;
    private final LoadGuard guard;
    private final RevisionInstaller installer;
    private final ControlClient control;
    private final ObjectFetcher objects;
    private final StatusReporter reporter;
    private final Joining joining;
    private final PeerRevisions peers;
    private final ReplicaFolder folder;
    private final Backoff backoff = new Backoff();
    private final List<Thread> threads = new ArrayList<>();
    private volatile SyncState state = new SyncState(Optional.empty(), Optional.empty(), Optional.empty(), "");
    private volatile Optional<Signed> signed = Optional.empty();
    private Instant sweepDue;
    private volatile boolean closed;

    private RevisionReplica(
            ReplicaSettings settings, RevisionConsumer consumer, InstantSource clock, FailPoints failPoints)
            throws IOException {
        this.settings = settings;
        this.clock = clock;
        this.sweepDue = clock.instant().plus(SWEEP_EVERY);
        this.folder = ReplicaFolder.open(settings.folder());
        this.key = folder.nodeKey();
        this.guard = LoadGuard.open(folder.top(), clock, consumer::isReady);
        this.installer = new RevisionInstaller(settings, folder, consumer, guard, failPoints);
        this.control = new ControlClient(settings.controls());
        this.objects = new ObjectFetcher(folder, control, failPoints);
        this.joining = new Joining(settings, control, key, clock);
        this.peers = new PeerRevisions(settings, folder, installer, failPoints);
        this.reporter = new StatusReporter(
                settings, control, folder, consumer, this::state, this::joinAgain, () -> closed, clock);
    }

    /**
     * Opens the folder and applies the newest good revision on disk, if there is one; opens no connection.
     *
     * @throws UncheckedIOException when the folder cannot be used, or its key or trust is damaged or of another environment
     */
    public static RevisionReplica open(
            ReplicaSettings settings, RevisionConsumer consumer, InstantSource clock, FailPoints failPoints) {
        try {
            var replica = new RevisionReplica(settings, consumer, clock, failPoints);
            try {
                replica.guard.takeRelease();
                replica.opened(String.join("; ", replica.installer.start()));
                return replica;
            } catch (IOException | InterruptedException | RuntimeException e) {
                replica.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("opening the revisions of " + settings.nodeId() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while opening the revisions of " + settings.nodeId(), e);
        }
    }

    /** Starts to join, to follow and to report; once. */
    public synchronized void start() {
        if (closed || !threads.isEmpty()) {
            throw new IllegalStateException("replica " + settings.nodeId() + ": started before or closed");
        }
        startThread("sync-follow-", this::follow);
        startThread("sync-guard-", this::settle);
    }

    /** Asks for a status soon: the consumer's facts changed. */
    public void statusChanged() {
        reporter.soon();
    }

    /** How following goes. */
    public SyncState state() {
        return state;
    }

    /**
     * A revision as it was signed, for other nodes.
     *
     * @param envelope its exact bytes, which nobody changes
     * @param digest   of its payload
     */
    public record Signed(byte[] envelope, Digest digest) {}

    /** The revision in use, as it was signed. */
    public Optional<Signed> signed() {
        return signed;
    }

    /** An object of a revision on this node's disk, intact; empty if it is not there. */
    public Optional<byte[]> object(Digest digest) throws IOException {
        return folder.object(digest);
    }

    /** Other nodes, the best first, that may have what control plane and store do not give. */
    public List<URI> peers() {
        return Peers.of(
                state.current(),
                settings.region(),
                settings.url(),
                settings.peers().urls());
    }

    /** Ends all threads and connections promptly. */
    @Override
    public void close() {
        List<Thread> running;
        synchronized (this) {
            closed = true;
            running = List.copyOf(threads);
        }
        running.forEach(Thread::interrupt);
        control.close();
        peers.close();
        try {
            for (var thread : running) {
                thread.join(CLOSE_LIMIT);
            }
            guard.closed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private synchronized void startThread(String name, Work work) {
        if (closed) {
            return;
        }
        threads.add(Thread.ofVirtual()
                .name(name + settings.nodeId())
                .uncaughtExceptionHandler((thread, e) -> LOG.error("thread ended thread={}", thread.getName(), e))
                .start(() -> {
                    try {
                        work.run();
                    } catch (InterruptedException ended) {
                        Thread.currentThread().interrupt();
                    }
                }));
    }

    /** Ends the load of a revision when the node has got ready. */
    private void settle() throws InterruptedException {
        while (!closed) {
            try {
                guard.settle();
            } catch (RuntimeException e) {
                // A load that is never settled counts against its revision at the next start.
                LOG.error("settling a load node={}", settings.nodeId(), e);
            }
            Thread.sleep(SETTLE_EVERY);
        }
    }

    /**
     * The documents of all extensions of all revisions that are kept on disk.
     *
     * @throws IOException when one cannot be read: then nothing is known of what may be deleted
     */
    public List<ExtensionDocument> keptExtensions() throws IOException {
        try {
            return installer.kept().extensions();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("reading the revisions of " + settings.nodeId() + ": interrupted");
        }
    }

    /**
     * A revision that is kept on disk, as it was in force here: to look back on, for at least 24 hours after it was superseded.
     *
     * @throws IOException when it is not there, or can no longer be read
     */
    public VerifiedRevision kept(RevisionId id) throws IOException {
        try {
            return installer.kept().revision(id);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("reading revision " + id + ": interrupted");
        }
    }

    /** Deletes old revisions and their objects, between two polls: so nothing is installed meanwhile. */
    private void sweepIfDue() throws InterruptedException {
        var now = clock.instant();
        if (now.isBefore(sweepDue)) {
            return;
        }
        sweepDue = now.plus(SWEEP_EVERY);
        try {
            int deleted = sweep(now);
            if (deleted > 0) {
                LOG.info("revisions swept node={} files={}", settings.nodeId(), deleted);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("no revision is deleted node={} reason={}", settings.nodeId(), e.toString());
        }
    }

    /** Deletes old revisions and objects; between two polls, or in tests. Files deleted. */
    int sweep(Instant now) throws IOException, InterruptedException {
        return installer.kept().sweep(installer.current().map(VerifiedRevision::id), now);
    }

    private void follow() throws InterruptedException {
        joinUntilTrusted();
        if (closed) {
            return;
        }
        var node = installer.trust().orElseThrow().node();
        startThread("sync-report-", () -> reporter.run(node, key));
        var last = new Seen("", false);
        while (!closed) {
            try {
                sweepIfDue();
                last = pollOnce(last);
            } catch (Error e) {
                // Of this thread's end nobody would hear for a long time: say it, and try again.
                LOG.error("sync failed node={}", settings.nodeId(), e);
                failed("sync: " + e);
                last = new Seen("", false);
                Thread.sleep(backoff.next());
            }
        }
    }

    private void joinUntilTrusted() throws InterruptedException {
        while (installer.trust().isEmpty()) {
            try {
                installer.trust(joining.join());
                backoff.succeeded();
                publish("");
            } catch (IOException | RuntimeException e) {
                if (closed) {
                    return;
                }
                failed("join: " + e.getMessage() + noTrust());
                Thread.sleep(backoff.next());
            }
        }
    }

    /** Why peers are not asked by a node that does not know whom to believe. */
    private String noTrust() {
        return settings.peers().urls().isEmpty()
                ? ""
                : "; peers are not asked: no key is trusted yet (expected: trust.json, or trust-key in the settings)";
    }

    private void joinAgain() throws IOException, InterruptedException {
        joining.again(() -> installer.trust().map(Trust::keys).orElse(List.of()));
    }

    /**
     * What the last poll brought.
     *
     * @param tag     entity tag that the next poll carries, empty text for none
     * @param refused whether it is the tag of a revision that was refused
     */
    private record Seen(String tag, boolean refused) {}

    private Seen pollOnce(Seen before) throws InterruptedException {
        var last = before;
        try {
            if (!guard.setAside().isEmpty()) {
                var aside = guard.setAside();
                if (guard.takeRelease()) {
                    installer.reload(aside);
                    last = new Seen("", false);
                    publish("");
                }
            }
            var tag = last.refused() ? last.tag() : currentTag();
            var wait = last.refused() ? backoff.next().plusSeconds(1) : longestPoll();
            var polled = control.poll(settings.environment(), tag, tag.isEmpty() ? FIRST_WAIT : wait);
            switch (polled) {
                case ControlClient.Polled.Same same -> {
                    Thread.sleep(IDLE_PAUSE);
                    if (last.refused()) {
                        return new Seen("", false);
                    }
                    succeeded();
                }
                case ControlClient.Polled.None none -> {
                    failed("environment " + settings.environment() + " has no revision yet");
                    Thread.sleep(IDLE_PAUSE);
                }
                case ControlClient.Polled.Fresh fresh -> {
                    return take(fresh.envelope(), fresh.tag());
                }
            }
        } catch (IOException | RevisionRefused | RuntimeException e) {
            if (!closed) {
                failed("sync: " + e.getMessage() + (e instanceof IOException ? askPeers() : ""));
                Thread.sleep(backoff.next());
            }
        }
        return new Seen("", false);
    }

    /** Looks whether another node has a newer revision; what is wrong with what they have, to be added to the reason. */
    private String askPeers() throws InterruptedException {
        var round = peers.ask();
        if (round.from().isPresent()) {
            applied(round.from().get().toString());
        }
        return round.problem().isEmpty() ? "" : "; " + round.problem();
    }

    private void applied(String from) {
        var revision = installer.current().orElseThrow();
        LOG.info(
                "revision applied node={} revision={} from={} cause=\"{}\" quarantined={}",
                settings.nodeId(),
                revision.id(),
                from,
                revision.header().cause(),
                revision.quarantined().keySet());
    }

    private Duration longestPoll() {
        return guard.setAside().isEmpty() || settings.pollWait().compareTo(SET_ASIDE_WAIT) < 0
                ? settings.pollWait()
                : SET_ASIDE_WAIT;
    }

    private Seen take(byte[] envelope, String tag) throws IOException, InterruptedException {
        try {
            if (installer.offer(envelope, objects)) {
                applied("control plane");
            } else {
                // It came although its tag was sent: a control plane that does not compare tags must not be asked in a
                // loop.
                Thread.sleep(IDLE_PAUSE);
            }
            succeeded();
            return new Seen("", false);
        } catch (RevisionRefused e) {
            failed(String.valueOf(e.getMessage()));
            if (tag.isEmpty()) {
                Thread.sleep(backoff.next());
            }
            return new Seen(tag, !tag.isEmpty());
        }
    }

    private String currentTag() {
        return installer
                .current()
                .map(revision -> "\"" + revision.digest() + "\"")
                .orElse("");
    }

    /** State after the folder was read: no sync was attempted yet. */
    private void opened(String skipped) {
        var current = installer.current();
        Optional<Instant> appliedAt = current.isEmpty() ? Optional.empty() : Optional.of(clock.instant());
        signed = asSigned();
        state = new SyncState(current, appliedAt, Optional.empty(), skipped);
        current.ifPresent(revision ->
                LOG.info("revision from disk applied node={} revision={}", settings.nodeId(), revision.id()));
        if (!skipped.isEmpty()) {
            LOG.warn("revisions on disk skipped node={} reason={}", settings.nodeId(), skipped);
        }
    }

    private Optional<Signed> asSigned() {
        return installer
                .current()
                .flatMap(current -> installer.envelope().map(envelope -> new Signed(envelope, current.digest())));
    }

    private void succeeded() {
        backoff.succeeded();
        publish("");
    }

    private void failed(String reason) {
        publish(reason);
    }

    /** Swaps the state; says what is new in log and status. */
    private void publish(String error) {
        var before = state;
        var current = installer.current();
        boolean changed =
                !current.map(VerifiedRevision::digest).equals(before.current().map(VerifiedRevision::digest));
        Optional<Instant> now = Optional.of(clock.instant());
        signed = asSigned();
        state = new SyncState(current, changed ? now : before.appliedAt(), now, error);
        if (!error.equals(before.lastError()) && !error.isEmpty()) {
            LOG.warn("sync failed node={} reason={}", settings.nodeId(), error);
        }
        if (changed || !error.equals(before.lastError())) {
            reporter.soon();
        }
    }
}
