package io.portolan.sync;

import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Overrides.Outcome;
import io.portolan.protocol.Revision;
import io.portolan.protocol.Signer;
import io.portolan.sync.OverrideFile.Active;
import io.portolan.sync.OverrideFile.Kept;
import io.portolan.sync.OverrideFile.Past;
import io.portolan.sync.OverrideRefused.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator overrides that a node or director obeys, in {@code overrides.json} of its folder. Thread-safe; reading takes no lock.
 *
 * <p>An order is checked, then written (temporary name, fsync, rename, fsync of the folder), and only then acts. A crash in between
 * leaves an order on disk that acts from the next start on; one before leaves nothing, and the order can be given again.
 *
 * <p>What an order leads to is resolved once, when it is taken: the slot's version at that time. It counts until another order lifts
 * or replaces it, or until an applied revision lists it as settled and a status has told of it. An order counts once: its id is remembered for as long as its age
 * alone would not refuse it, and orders on one subject are only taken in the order in which they were issued.
 */
public final class OverrideStore {
    /** An order that was issued longer ago is stale. */
    public static final Duration MOST_AGE = Duration.ofMinutes(15);

    /** How far ahead the clock of whoever issues it may be. */
    public static final Duration MOST_AHEAD = Duration.ofMinutes(5);

    /** Most overrides in force at one time. */
    public static final int MOST_IN_FORCE = 64;

    /** Most ended overrides that are remembered at one time. */
    public static final int MOST_PAST = 256;

    private static final Logger LOG = LoggerFactory.getLogger(OverrideStore.class);

    private final OverrideFile file;
    private final EnvironmentName environment;
    private final InstantSource clock;
    private final FailPoints failPoints;
    private final String problem;

    /** Guarded by this. */
    private List<Past> past;

    private final ToldOrders told = new ToldOrders();
    private volatile List<Active> inForce;
    private volatile Runnable listener = () -> {};

    /** What whoever obeys knows of itself. */
    public interface Obeying {
        /** Checks an order against the revision in use; the version that a rollback leads to, empty text for a drain. */
        String resolve(OperatorOverride order) throws OverrideRefused;
    }

    /**
     * What became of an order.
     *
     * @param version that the override leads or led to, empty text for none
     */
    public record Taken(OperatorOverride order, Outcome outcome, String version) {}

    private OverrideStore(
            OverrideFile file,
            EnvironmentName environment,
            InstantSource clock,
            FailPoints failPoints,
            OverrideFile.Content stored) {
        this.file = file;
        this.environment = environment;
        this.clock = clock;
        this.failPoints = failPoints;
        this.inForce = stored.inForce();
        this.past = stored.past();
        this.problem = stored.problem();
    }

    /**
     * Reads what is in force.
     *
     * @param folder of the node; created if it is absent
     */
    public static OverrideStore open(
            Path folder, EnvironmentName environment, InstantSource clock, FailPoints failPoints) throws IOException {
        var file = OverrideFile.open(folder);
        return new OverrideStore(file, environment, clock, failPoints, file.read());
    }

    /** What was wrong with the file at the start, empty text for nothing. */
    public String problem() {
        return problem;
    }

    /** Who is told when an order was taken, before it is answered; once, at start. It must act on {@link #inForce}. */
    public void whenTaken(Runnable acting) {
        listener = acting;
    }

    /** Everything on disk, oldest first. */
    public List<OverrideReport> inForce() {
        return inForce.stream().map(Active::report).toList();
    }

    /**
     * What counts beside a revision: all but what it lists as settled. An order of which this node has not told yet counts all the same:
     * it was settled for others, and nobody knows that it was given here too.
     */
    public List<OverrideReport> inForce(Revision revision) {
        return inForce().stream()
                .filter(report -> !told.ends(report.id(), revision))
                .toList();
    }

    /** A revision is about to be applied. */
    public void applying() {
        told.applying();
    }

    /**
     * The control plane has accepted a status that tells of these orders.
     *
     * @param revision in use
     * @return whether an order ends by that, which {@link #settle} then drops
     */
    public boolean told(Collection<String> ids, Revision revision) {
        var present = inForce.stream().map(active -> active.order().id()).collect(Collectors.toSet());
        return told.accepted(ids, present, revision);
    }

    /**
     * Takes an order.
     *
     * @param revision header of the revision in use
     * @param dryRun   only checks
     * @throws OverrideRefused when it is not obeyed
     * @throws IOException when it could not be written; it does not act then
     */
    public synchronized Taken offer(byte[] envelopeBytes, Revision revision, Obeying node, boolean dryRun)
            throws OverrideRefused, IOException {
        var envelope = envelope(envelopeBytes);
        var verified = verified(envelope, revision);
        var order = verified.order();
        var now = clock.instant();
        if (!order.environment().equals(environment)) {
            throw new OverrideRefused(
                    Code.WRONG_ENVIRONMENT,
                    named(order) + ": environment: " + order.environment() + " (expected: " + environment + ")");
        }
        var same = find(order.id());
        boolean settled = revision.settledOverrides().contains(order.id());
        if (same.isPresent() && same.get().order().equals(order) && !settled) {
            return new Taken(order, Outcome.UNCHANGED, same.get().kept().version());
        }
        requireFresh(order, now);
        requireNew(order, settled, same.isPresent() && !settled);
        return order.action() == OperatorOverride.Action.LIFT
                ? lift(order, now, dryRun)
                : take(order, new Kept(envelope, node.resolve(order), verified.publicKey(), now), dryRun);
    }

    /** An order whose signature was right, and the key that it was right with. */
    private record Verified(OperatorOverride order, String publicKey) {}

    private static Envelope envelope(byte[] bytes) throws OverrideRefused {
        if (bytes.length > OperatorOverride.ENVELOPE_LIMIT_BYTES) {
            throw new OverrideRefused(
                    Code.MALFORMED_OVERRIDE,
                    "override: " + bytes.length + " bytes (expected: at most " + OperatorOverride.ENVELOPE_LIMIT_BYTES
                            + ")");
        }
        try {
            return Json.read(bytes, Envelope.class);
        } catch (IllegalArgumentException e) {
            throw new OverrideRefused(Code.MALFORMED_OVERRIDE, "override: " + e.getMessage());
        }
    }

    private static Verified verified(Envelope envelope, Revision revision) throws OverrideRefused {
        var listed = new ArrayList<String>();
        for (var keyText : revision.operatorKeys()) {
            var key = Signer.publicKey(keyText);
            listed.add(Signer.keyId(key));
            var payload = envelope.verify(OperatorOverride.TYPE, Map.of(Signer.keyId(key), key));
            if (payload.isPresent()) {
                try {
                    return new Verified(Json.read(payload.get(), OperatorOverride.class), keyText);
                } catch (IllegalArgumentException e) {
                    throw new OverrideRefused(Code.MALFORMED_OVERRIDE, String.valueOf(e.getMessage()));
                }
            }
        }
        throw new OverrideRefused(
                Code.UNTRUSTED_KEY,
                "override: signature: by none of the operators' keys of revision " + revision.id() + " (expected: "
                        + (listed.isEmpty() ? "none is listed" : String.join(", ", listed)) + "; type "
                        + OperatorOverride.TYPE + ")");
    }

    private static String named(OperatorOverride order) {
        return "override " + order.id();
    }

    private static void requireFresh(OperatorOverride order, Instant now) throws OverrideRefused {
        boolean old = order.issuedAt().isBefore(now.minus(MOST_AGE));
        if (old || order.issuedAt().isAfter(now.plus(MOST_AHEAD))) {
            throw new OverrideRefused(
                    Code.STALE,
                    named(order) + ": issuedAt: " + order.issuedAt() + " (expected: at most " + MOST_AGE.toMinutes()
                            + " min before and " + MOST_AHEAD.toMinutes() + " min after this node's time, " + now
                            + "; issue it again)");
        }
    }

    private synchronized void requireNew(OperatorOverride order, boolean settled, boolean idIsTaken)
            throws OverrideRefused {
        if (settled || idIsTaken || past.stream().anyMatch(before -> before.id().equals(order.id()))) {
            throw new OverrideRefused(
                    Code.REPLAYED,
                    named(order) + ": "
                            + (idIsTaken
                                    ? "another order of that id is in force"
                                    : "it was lifted, replaced or settled before")
                            + " (issue a new one)");
        }
    }

    private Optional<Active> find(String id) {
        return inForce.stream().filter(active -> active.order().id().equals(id)).findFirst();
    }

    private synchronized Taken take(OperatorOverride order, Kept taken, boolean dryRun)
            throws OverrideRefused, IOException {
        requireLatest(order);
        var replaced = inForce.stream()
                .filter(active -> active.order().subject().equals(order.subject()))
                .toList();
        if (inForce.size() - replaced.size() >= MOST_IN_FORCE) {
            throw new OverrideRefused(
                    Code.TOO_MANY,
                    named(order) + ": " + inForce.size() + " are in force (at most " + MOST_IN_FORCE + ")");
        }
        if (!dryRun) {
            var next = new ArrayList<>(inForce);
            next.removeAll(replaced);
            next.add(Active.of(taken));
            store(next, replaced, order, taken.receivedAt());
            LOG.warn(
                    "override in force id={} {} version={} issuer={} key={} reason=\"{}\"",
                    order.id(),
                    order.subject(),
                    taken.version(),
                    order.issuer(),
                    Signer.keyId(Signer.publicKey(taken.publicKey())),
                    order.reason());
            act();
        }
        return new Taken(order, Outcome.IN_FORCE, taken.version());
    }

    /** Orders on one subject count in the order in which they were issued, however they arrive. */
    private synchronized void requireLatest(OperatorOverride order) throws OverrideRefused {
        var latest = inForce.stream()
                .map(Active::order)
                .filter(other -> other.subject().equals(order.subject()))
                .map(OperatorOverride::issuedAt)
                .reduce(Instant.MIN, OverrideStore::later);
        for (var before : past) {
            if (before.subject().equals(order.subject())) {
                latest = later(latest, before.at());
            }
        }
        if (!order.issuedAt().isAfter(latest)) {
            throw new OverrideRefused(
                    Code.STALE,
                    named(order) + ": issuedAt: " + order.issuedAt() + " (expected: after " + latest + ", when "
                            + order.subject() + " was decided on last)");
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private synchronized Taken lift(OperatorOverride order, Instant now, boolean dryRun)
            throws OverrideRefused, IOException {
        var lifted = find(order.lifts());
        if (lifted.isEmpty()) {
            if (past.stream().anyMatch(before -> before.id().equals(order.lifts()))) {
                return new Taken(order, Outcome.UNCHANGED, "");
            }
            throw new OverrideRefused(
                    Code.NOT_KNOWN,
                    "lifting override " + order.lifts() + ": it is not in force here (in force: "
                            + (inForce.isEmpty()
                                    ? "none"
                                    : String.join(
                                            ", ",
                                            inForce.stream()
                                                    .map(active ->
                                                            active.order().id())
                                                    .toList()))
                            + ")");
        }
        if (!dryRun) {
            var next = new ArrayList<>(inForce);
            next.remove(lifted.get());
            store(next, List.of(lifted.get()), order, now);
            LOG.warn(
                    "override lifted id={} by={} issuer={} reason=\"{}\"",
                    order.lifts(),
                    order.id(),
                    order.issuer(),
                    order.reason());
            act();
        }
        return new Taken(order, Outcome.LIFTED, lifted.get().kept().version());
    }

    /** Drops what an applied revision settles; a failure to write is tried again with the next revision. */
    public void settle(Revision revision) {
        if (inForce.isEmpty()) {
            return;
        }
        synchronized (this) {
            var settled = inForce.stream()
                    .filter(active -> told.ends(active.order().id(), revision))
                    .toList();
            if (settled.isEmpty()) {
                return;
            }
            var next = new ArrayList<>(inForce);
            next.removeAll(settled);
            try {
                var now = clock.instant();
                write(next, remembering(settled, now, now));
                settled.forEach(active -> LOG.info(
                        "override settled id={} by revision={}", active.order().id(), revision.id()));
            } catch (IOException e) {
                // It has no effect beside this revision nor a later one that lists it.
                LOG.warn("overrides settled by revision={} stay on disk reason={}", revision.id(), e.toString());
            }
        }
    }

    private synchronized void store(List<Active> next, List<Active> ended, OperatorOverride by, Instant now)
            throws OverrideRefused, IOException {
        var remembered = remembering(ended, by.issuedAt(), now);
        if (remembered.size() > MOST_PAST) {
            throw new OverrideRefused(
                    Code.TOO_MANY,
                    named(by) + ": " + past.size() + " ended lately (at most " + MOST_PAST + " in "
                            + MOST_AGE.toMinutes() + " min)");
        }
        write(next, remembered);
    }

    private synchronized List<Past> remembering(List<Active> ended, Instant decidedAt, Instant now) {
        var remembered = new ArrayList<Past>();
        past.stream()
                .filter(before -> !before.at().isBefore(now.minus(MOST_AGE)))
                .forEach(remembered::add);
        ended.stream()
                .map(Active::order)
                .map(order -> new Past(order.id(), order.subject(), later(order.issuedAt(), decidedAt)))
                .forEach(remembered::add);
        return remembered;
    }

    private synchronized void write(List<Active> next, List<Past> remembered) throws IOException {
        file.write(next, remembered);
        inForce = List.copyOf(next);
        past = List.copyOf(remembered);
    }

    private void act() {
        failPoints.reached(FailPoint.OVERRIDE_STORED);
        listener.run();
    }
}
