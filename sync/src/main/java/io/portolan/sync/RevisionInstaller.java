package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RevisionId;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts revisions in use: from disk at start, from the wire later. One thread at a time.
 *
 * <p>Order on disk: objects, pins, envelope; each durable before the next. Then the consumer builds and swaps, then the keys of the
 * revision become trusted. The envelope goes before the swap so that nothing is ever served that a restart would not find again; a
 * revision that the consumer cannot apply is set aside under another name. A crash at any line leaves one of three states, all
 * sound: (1) no envelope: the revision before is newest, and the objects that came are not fetched again; (2) an envelope that was
 * not applied: the start applies it, or, where the consumer refuses it, skips it and uses the one before; (3) an applied revision
 * whose keys are not in {@code trust.json}: it still verifies with the old key, and the start adds its keys.
 */
final class RevisionInstaller {
    private final ReplicaSettings settings;
    private final ReplicaFolder folder;
    private final RevisionConsumer consumer;
    private final LoadGuard guard;
    private final FailPoints failPoints;

    private final KeptRevisions kept;

    private volatile Optional<Trust> trust;
    /** Whether what is trusted lies on disk too. */
    private boolean pinned;

    private Optional<Installed> current = Optional.empty();
    private final Map<Digest, String> inapplicable = new HashMap<>();

    RevisionInstaller(
            ReplicaSettings settings,
            ReplicaFolder folder,
            RevisionConsumer consumer,
            LoadGuard guard,
            FailPoints failPoints)
            throws IOException {
        this.settings = settings;
        this.folder = folder;
        this.consumer = consumer;
        this.guard = guard;
        this.failPoints = failPoints;
        this.kept = new KeptRevisions(settings, folder, this::trust);
        this.trust = folder.trust();
        this.pinned = trust.isPresent();
        if (trust.isPresent() && !trust.get().environment().equals(settings.environment())) {
            throw new IOException("opening " + settings.folder() + ": environment: "
                    + trust.get().environment() + " (expected: " + settings.environment() + ")");
        }
        var given = settings.peers().trustKey();
        if (!pinned && !given.isEmpty()) {
            // On disk only once a revision was verified with it: a key with a typing error can still be corrected.
            trust = Optional.of(Trust.pinned(settings.environment(), settings.nodeId(), given));
        }
    }

    private record Installed(byte[] envelope, VerifiedRevision revision, TreeReader.Listing listing, InForce inForce) {}

    /** Any thread. */
    Optional<Trust> trust() {
        return trust;
    }

    Optional<VerifiedRevision> current() {
        return current.map(Installed::revision);
    }

    /** The envelope of the revision in use, as it came. */
    Optional<byte[]> envelope() {
        return current.map(Installed::envelope);
    }

    /** The revisions on disk. */
    KeptRevisions kept() {
        return kept;
    }

    /** Pins the key of a join. */
    void trust(Trust joined) throws IOException {
        pin(joined);
    }

    private void pin(Trust trusted) throws IOException {
        folder.writeTrust(trusted);
        trust = Optional.of(trusted);
        pinned = true;
    }

    /** Applies the newest good revision on disk; answers why newer ones were skipped. */
    List<String> start() throws IOException, InterruptedException {
        var skipped = new ArrayList<String>();
        var stored = folder.revisions();
        if (trust.isEmpty()) {
            if (!stored.isEmpty()) {
                skipped.add("revisions on disk: not used: trust.json is missing");
            }
            return skipped;
        }
        for (var id : stored) {
            try {
                use(load(id, trust.get()));
                guard.applied();
                return skipped;
            } catch (RevisionRefused | IOException e) {
                guard.ended();
                skipped.add("revision " + id + " on disk: " + e.getMessage());
            }
        }
        return skipped;
    }

    private Installed load(RevisionId id, Trust trusted) throws IOException, RevisionRefused, InterruptedException {
        var bytes = folder.envelope(id).orElseThrow(() -> new RevisionRefused("envelope: missing or too large"));
        var signed = RevisionCheck.check(bytes, trusted.forStored(), settings.environment());
        if (!signed.header().id().equals(id)) {
            throw new RevisionRefused("envelope: revision: " + signed.header().id() + " (expected: " + id + ")");
        }
        var crashed = admit(signed);
        guard.begin(id, signed.digest());
        var source = ObjectSource.of(folder);
        var listing = TreeReader.read(signed.header().root(), settings.region(), TreeReader.Listing.EMPTY, source);
        setAside(crashed, listing);
        var pins = withSetAside(id, folder.pins(id), listing);
        var needed = new HashSet<>(listing.documents().values());
        pins.extensions().values().forEach(pin -> pin.inForce().ifPresent(needed::add));
        var inForce =
                Documents.again(settings.environment(), listing.documents(), source.read(needed), pins, guard.marker());
        guard.marker().done();
        return installed(bytes, signed, listing, inForce);
    }

    /**
     * Refuses a revision that is, or is now to be, set aside.
     *
     * @return the extension that must be set aside for it to be loaded, if any
     */
    private Optional<LoadGuard.Verdict.SetAsideExtension> admit(RevisionCheck.Signed signed) throws RevisionRefused {
        var known = guard.setAside().revisions().get(signed.digest());
        if (known != null) {
            throw new RevisionRefused(known);
        }
        return switch (guard.verdict(signed.header().id(), signed.digest())) {
            case LoadGuard.Verdict.Proceed proceed -> Optional.empty();
            case LoadGuard.Verdict.SetAsideExtension extension -> {
                guard.forget(signed.digest());
                yield Optional.of(extension);
            }
            case LoadGuard.Verdict.SetAsideRevision revision -> {
                guard.setAside(guard.setAside().with(signed.digest(), revision.reason()));
                guard.forget(signed.digest());
                throw new RevisionRefused(revision.reason());
            }
        };
    }

    /** Sets the document of an extension aside that the listing names. */
    private void setAside(Optional<LoadGuard.Verdict.SetAsideExtension> crashed, TreeReader.Listing listing) {
        if (crashed.isPresent()) {
            var extension = crashed.get().extension();
            var document = listing.documents().get(new Key(Kind.extension, extension.value()));
            if (document != null) {
                guard.setAside(guard.setAside()
                        .with(
                                extension,
                                new SetAside.Document(document, crashed.get().reason())));
            }
        }
    }

    /** The pins of a revision on disk and those of what was set aside since, stored with it. */
    private Pins withSetAside(RevisionId id, Pins stored, TreeReader.Listing listing)
            throws IOException, InterruptedException {
        var all = new HashMap<>(stored.extensions());
        for (var entry : guard.setAside().extensions().entrySet()) {
            var name = entry.getKey();
            var refused = entry.getValue().refused();
            boolean listed = refused.equals(listing.documents().get(new Key(Kind.extension, name.value())));
            if (listed && !all.containsKey(name)) {
                var previous =
                        kept.previous(id, name, refused).map(Digest::value).orElse("");
                all.put(name, new Pins.Pin(previous, refused, entry.getValue().reason()));
            }
        }
        var pins = Pins.of(all);
        if (!pins.equals(stored)) {
            folder.writePins(id, pins);
        }
        return pins;
    }

    /** Lifts what was set aside, after {@link LoadGuard#takeRelease}: the revision in use is loaded again as it was signed. */
    void reload(SetAside released) throws IOException, RevisionRefused, InterruptedException {
        inapplicable.clear();
        var id = current().map(VerifiedRevision::id);
        if (id.isEmpty() || released.extensions().isEmpty()) {
            return;
        }
        var pins = new HashMap<>(folder.pins(id.get()).extensions());
        pins.keySet().removeAll(released.extensions().keySet());
        folder.writePins(id.get(), Pins.of(pins));
        use(load(id.get(), trust.orElseThrow()));
        guard.applied();
    }

    /** {@link #offer}, where one that is older than the one in use, or the same, is passed over: a peer may lag behind. */
    boolean offerNewer(byte[] envelope, ObjectSource source) throws IOException, RevisionRefused, InterruptedException {
        var trusted = trust.orElseThrow(() -> new IllegalStateException("a revision was offered before the join"));
        var id = RevisionCheck.check(envelope, trusted.forStored(), settings.environment())
                .header()
                .id();
        var inUse = current().map(VerifiedRevision::id);
        return (inUse.isEmpty() || !inUse.get().isAfter(id)) && offer(envelope, source);
    }

    /**
     * Takes an envelope from the wire.
     *
     * @return whether it is new and now in use; false: it is the one in use
     * @throws RevisionRefused when it must not be used
     * @throws IOException when the control plane or the disk failed: worth another try
     */
    boolean offer(byte[] envelope, ObjectSource source) throws IOException, RevisionRefused, InterruptedException {
        var trusted = trust.orElseThrow(() -> new IllegalStateException("a revision was offered before the join"));
        var signed = RevisionCheck.check(envelope, trusted.forNext(), settings.environment());
        var id = signed.header().id();
        if (isCurrent(signed)) {
            return false;
        }
        var before = inapplicable.get(signed.digest());
        if (before != null) {
            throw new RevisionRefused(before);
        }
        failPoints.reached(FailPoint.FETCH_ENVELOPE_RECEIVED);
        try {
            var crashed = admit(signed);
            guard.begin(id, signed.digest());
            install(envelope, signed, crashed, source);
            guard.applied();
            return true;
        } catch (RevisionRefused e) {
            guard.ended();
            throw new RevisionRefused("revision " + id + ": " + e.getMessage(), e);
        } catch (IOException | InterruptedException e) {
            guard.ended();
            throw e;
        }
    }

    private void install(
            byte[] envelope,
            RevisionCheck.Signed signed,
            Optional<LoadGuard.Verdict.SetAsideExtension> crashed,
            ObjectSource source)
            throws IOException, RevisionRefused, InterruptedException {
        var id = signed.header().id();
        var next = fetch(envelope, signed, crashed, source);
        folder.syncObjects();
        failPoints.reached(FailPoint.FETCH_OBJECTS_STORED);
        folder.writeRevision(id, envelope, next.inForce().pins());
        failPoints.reached(FailPoint.FETCH_ENVELOPE_STORED);
        try {
            use(next);
        } catch (RevisionRefused e) {
            folder.setAside(id);
            // Only the newest matters: an older one is refused for its number.
            inapplicable.clear();
            inapplicable.put(signed.digest(), "revision " + id + ": " + e.getMessage());
            throw e;
        }
    }

    private boolean isCurrent(RevisionCheck.Signed signed) throws RevisionRefused {
        if (current.isEmpty()) {
            return false;
        }
        var inUse = current.get().revision();
        var id = signed.header().id();
        if (inUse.id().isAfter(id)) {
            throw new RevisionRefused("revision " + id + ": number: lower than " + inUse.id() + ", which is in use");
        }
        boolean sameDigest = inUse.digest().equals(signed.digest());
        if (inUse.id().equals(id) && !sameDigest) {
            throw new RevisionRefused("revision " + id + ": digest: " + signed.digest() + " (expected: "
                    + inUse.digest() + ", which is in use under the same number)");
        }
        return sameDigest;
    }

    private Installed fetch(
            byte[] envelope,
            RevisionCheck.Signed signed,
            Optional<LoadGuard.Verdict.SetAsideExtension> crashed,
            ObjectSource source)
            throws IOException, RevisionRefused, InterruptedException {
        var listedBefore = current.map(Installed::listing).orElse(TreeReader.Listing.EMPTY);
        Map<Digest, Object> known = current.map(c -> c.inForce().parsed()).orElse(Map.of());
        Map<ExtensionName, Digest> before =
                current.map(c -> c.inForce().hashes()).orElse(Map.of());
        var listing = TreeReader.read(signed.header().root(), settings.region(), listedBefore, source);
        setAside(crashed, listing);
        Collection<Digest> needed = new HashSet<>(listing.documents().values());
        needed.removeAll(known.keySet());
        var inForce = Documents.next(
                settings.environment(),
                listing.documents(),
                source.read(needed),
                known,
                before,
                guard.setAside().asPins(),
                guard.marker());
        guard.marker().done();
        return installed(envelope, signed, listing, inForce);
    }

    private static Installed installed(
            byte[] envelope, RevisionCheck.Signed signed, TreeReader.Listing listing, InForce inForce) {
        var revision = new VerifiedRevision(
                signed.header(),
                signed.digest(),
                inForce.environment(),
                inForce.regions(),
                inForce.extensions(),
                inForce.quarantined());
        return new Installed(envelope, revision, listing, inForce);
    }

    private void use(Installed next) throws IOException, RevisionRefused {
        try {
            consumer.apply(next.revision(), guard.marker());
        } catch (RuntimeException e) {
            throw new RevisionRefused("applying: " + e.getMessage(), e);
        }
        current = Optional.of(next);
        var trusted = trust.orElseThrow();
        var following = trusted.following(next.revision().header().keys());
        if (!pinned || !following.equals(trusted)) {
            pin(following);
        }
        var listed = new HashMap<ExtensionName, Digest>();
        guard.setAside().extensions().keySet().forEach(name -> Optional.ofNullable(
                        next.listing().documents().get(new Key(Kind.extension, name.value())))
                .ifPresent(digest -> listed.put(name, digest)));
        guard.setAside(guard.setAside().listedIn(listed));
    }
}
