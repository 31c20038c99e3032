package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RevisionId;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The revisions that lie on disk: what they put in force, and which of them may go. Thread-safe but for {@link #sweep}. */
final class KeptRevisions {
    /** Revisions that stay on disk whatever their age. */
    static final int KEPT_REVISIONS = 3;
    /** Younger revisions and objects are not deleted. */
    static final Duration LEAST_AGE = Duration.ofHours(24);

    private final ReplicaSettings settings;
    private final ReplicaFolder folder;
    private final Supplier<Optional<Trust>> trust;

    KeptRevisions(ReplicaSettings settings, ReplicaFolder folder, Supplier<Optional<Trust>> trust) {
        this.settings = settings;
        this.folder = folder;
        this.trust = trust;
    }

    /** Another document of the extension that an older revision on disk put in force, the newest. */
    Optional<Digest> previous(RevisionId newer, ExtensionName extension, Digest refused)
            throws IOException, InterruptedException {
        for (var id : folder.revisions()) {
            if (newer.isAfter(id)) {
                try {
                    var document = inForce(id, extension);
                    if (document.isPresent() && !document.get().equals(refused)) {
                        return document;
                    }
                } catch (RevisionRefused unusable) {
                    // A damaged old revision: the one before it may serve.
                    continue;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Digest> inForce(RevisionId id, ExtensionName extension)
            throws IOException, RevisionRefused, InterruptedException {
        var pin = folder.pins(id).extensions().get(extension);
        if (pin != null) {
            return pin.inForce();
        }
        var bytes = folder.envelope(id).orElseThrow(() -> new RevisionRefused("envelope: missing or too large"));
        var signed = RevisionCheck.check(bytes, trust.get().orElseThrow().forStored(), settings.environment());
        var listing = TreeReader.read(
                signed.header().root(), settings.region(), TreeReader.Listing.EMPTY, ObjectSource.of(folder));
        var digest = Optional.ofNullable(listing.documents().get(new Key(Kind.extension, extension.value())));
        return digest.isPresent() && folder.object(digest.get()).isPresent() ? digest : Optional.empty();
    }

    /** What the revisions on disk put in force: every document of an extension, also of revisions that are set aside. */
    List<ExtensionDocument> extensions() throws IOException, InterruptedException {
        var documents = new HashMap<Digest, ExtensionDocument>();
        for (var id : folder.revisions()) {
            for (var digest : extensions(id)) {
                var bytes = folder.object(digest);
                if (bytes.isEmpty()) {
                    throw new IOException("reading revision " + id + ": object " + digest + " is missing or damaged");
                }
                if (!documents.containsKey(digest)) {
                    try {
                        documents.put(digest, Json.read(bytes.get(), ExtensionDocument.class));
                    } catch (RuntimeException e) {
                        // Refused as a document when it came: no version of it was ever held.
                        continue;
                    }
                }
            }
        }
        return List.copyOf(documents.values());
    }

    private Set<Digest> extensions(RevisionId id) throws IOException, InterruptedException {
        var digests = new HashSet<Digest>();
        reachable(id).documents().forEach((key, digest) -> {
            if (key.kind() == Kind.extension) {
                digests.add(digest);
            }
        });
        folder.pins(id).extensions().values().forEach(pin -> pin.inForce().ifPresent(digests::add));
        return digests;
    }

    /**
     * A revision on disk, as it was in force here; to look at, not to use.
     *
     * @throws IOException when it is not there, or can no longer be read
     */
    VerifiedRevision revision(RevisionId id) throws IOException, InterruptedException {
        try {
            var signed = signed(id);
            var listing = reachable(id);
            var pins = folder.pins(id);
            var needed = new HashSet<>(listing.documents().values());
            pins.extensions().values().forEach(pin -> pin.inForce().ifPresent(needed::add));
            var inForce = Documents.again(
                    settings.environment(),
                    listing.documents(),
                    ObjectSource.of(folder).read(needed),
                    pins,
                    LoadMarker.NONE);
            return new VerifiedRevision(
                    signed.header(),
                    signed.digest(),
                    inForce.environment(),
                    inForce.regions(),
                    inForce.extensions(),
                    inForce.quarantined());
        } catch (RevisionRefused e) {
            throw new IOException("reading revision " + id + ": " + e.getMessage(), e);
        }
    }

    private TreeReader.Listing reachable(RevisionId id) throws IOException, InterruptedException {
        try {
            return TreeReader.read(
                    signed(id).header().root(), settings.region(), TreeReader.Listing.EMPTY, ObjectSource.of(folder));
        } catch (RevisionRefused e) {
            throw new IOException("reading revision " + id + ": " + e.getMessage(), e);
        }
    }

    private RevisionCheck.Signed signed(RevisionId id) throws IOException, RevisionRefused {
        var bytes = folder.envelope(id).orElseThrow(() -> new RevisionRefused("envelope: missing or too large"));
        return RevisionCheck.check(bytes, trust.get().orElseThrow().forStored(), settings.environment());
    }

    /**
     * Deletes revisions beyond the newest {@link #KEPT_REVISIONS} that were superseded more than a day ago, and objects that none on disk needs. A
     * revision that cannot be read deletes nothing. Idempotent; what a crash leaves is deleted the next time.
     *
     * @return files deleted
     */
    int sweep(Optional<RevisionId> inUse, Instant now) throws IOException, InterruptedException {
        if (inUse.isEmpty()) {
            return 0;
        }
        var before = now.minus(LEAST_AGE);
        var kept = new HashSet<RevisionId>();
        int good = 0;
        boolean reachesBack = false;
        for (var id : folder.revisions()) {
            // What is newer than the one in use was set aside, and does not count as good.
            if (id.isAfter(inUse.get())) {
                kept.add(id);
            } else if (good < KEPT_REVISIONS || !reachesBack) {
                // The newest of the old ones too: it was in use when the time began that can be looked back on.
                kept.add(id);
                good++;
                reachesBack = !folder.isYounger(id, before);
            }
        }
        var objects = new HashSet<Digest>();
        try {
            for (var id : kept) {
                var listing = reachable(id);
                objects.add(signed(id).header().root());
                objects.addAll(listing.buckets().keySet());
                objects.addAll(listing.documents().values());
                folder.pins(id).extensions().values().forEach(pin -> pin.inForce()
                        .ifPresent(objects::add));
            }
        } catch (RevisionRefused e) {
            throw new IOException(e.getMessage(), e);
        }
        return folder.sweep(kept, objects, before);
    }
}
