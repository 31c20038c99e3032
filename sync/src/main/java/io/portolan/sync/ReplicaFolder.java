package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.RevisionId;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What a node keeps on disk of its environment:
 *
 * <pre>
 * node.key                       its key pair, for its user only
 * trust.json                     {@link Trust}, present once joined
 * revisions/EPOCH-N.dsse         envelopes of revisions, exactly as received
 * revisions/EPOCH-N.pins.json    {@link Pins}, where the revision has some
 * revisions/EPOCH-N.dsse.refused an envelope that this node could not apply
 * objects/HASH                   roots, buckets and documents
 * loading.json loading.at        what is being loaded, set-aside.json what crashed it: {@link LoadGuard}
 * </pre>
 *
 * Deleted is what {@link #sweep} is told may go. Thread-safe.
 */
final class ReplicaFolder {
    private static final String KEY = "node.key";
    private static final String TRUST = "trust.json";
    private static final int SMALL_FILE_LIMIT_BYTES = 1 << 20;
    private static final Pattern ENVELOPE = Pattern.compile("([1-9][0-9]{0,17})-([1-9][0-9]{0,17})\\.dsse");

    private final DurableFolder top;
    private final DurableFolder revisions;
    private final DurableFolder objects;

    private ReplicaFolder(DurableFolder top, DurableFolder revisions, DurableFolder objects) {
        this.top = top;
        this.revisions = revisions;
        this.objects = objects;
    }

    static ReplicaFolder open(Path path) throws IOException {
        var parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        return new ReplicaFolder(
                DurableFolder.open(path),
                DurableFolder.open(path.resolve("revisions")),
                DurableFolder.open(path.resolve("objects")));
    }

    /** The folder itself, for records beside these. */
    DurableFolder top() {
        return top;
    }

    /** The node's key pair, made on first use. */
    Signer nodeKey() throws IOException {
        var stored = top.read(KEY, SMALL_FILE_LIMIT_BYTES);
        if (stored.isPresent()) {
            try {
                return Signer.decode(new String(stored.get(), StandardCharsets.US_ASCII));
            } catch (IllegalArgumentException e) {
                throw new IOException("reading " + top + "/" + KEY + ": " + e.getMessage(), e);
            }
        }
        var fresh = Signer.generate();
        top.writeSecret(KEY, fresh.encoded().getBytes(StandardCharsets.US_ASCII));
        return fresh;
    }

    /** Whom the node trusts; empty before its join. A damaged file is an error: trust is never made anew in silence. */
    Optional<Trust> trust() throws IOException {
        return readJson(top, TRUST, Trust.class);
    }

    void writeTrust(Trust trust) throws IOException {
        top.write(TRUST, Json.bytes(trust));
    }

    /** Positions of the envelopes on disk, newest first. */
    List<RevisionId> revisions() throws IOException {
        return revisions.names().stream()
                .map(ENVELOPE::matcher)
                .filter(matcher -> matcher.matches())
                .map(matcher -> new RevisionId(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    Optional<byte[]> envelope(RevisionId id) throws IOException {
        return revisions.read(name(id, ".dsse"), RevisionReplica.ENVELOPE_LIMIT_BYTES);
    }

    /** Makes the revision the newest on disk: all its objects must be durable by now. The pins go first. */
    void writeRevision(RevisionId id, byte[] envelope, Pins pins) throws IOException {
        if (!pins.isEmpty() || revisions.names().contains(name(id, ".pins.json"))) {
            revisions.write(name(id, ".pins.json"), Json.bytes(pins));
        }
        revisions.write(name(id, ".dsse"), envelope);
    }

    /** Pins of a revision that lies on disk. */
    void writePins(RevisionId id, Pins pins) throws IOException {
        revisions.write(name(id, ".pins.json"), Json.bytes(pins));
    }

    /** Whether the envelope was written at that time or later. */
    boolean isYounger(RevisionId id, Instant time) throws IOException {
        return !revisions.modified(name(id, ".dsse"), time).isBefore(time);
    }

    /** Takes an envelope out of the running; its bytes stay for people. */
    void setAside(RevisionId id) throws IOException {
        revisions.rename(name(id, ".dsse"), name(id, ".dsse.refused"));
    }

    Pins pins(RevisionId id) throws IOException {
        return readJson(revisions, name(id, ".pins.json"), Pins.class).orElse(Pins.NONE);
    }

    /** The object's bytes; empty if it is absent or no longer what its digest says. */
    Optional<byte[]> object(Digest digest) throws IOException {
        return objects.read(digest.value(), RevisionReplica.OBJECT_LIMIT_BYTES)
                .filter(bytes -> Digest.of(bytes).equals(digest));
    }

    /** Stores an object; durable after {@link #syncObjects}. */
    void placeObject(Digest digest, byte[] bytes) throws IOException {
        objects.place(digest.value(), bytes);
    }

    void syncObjects() throws IOException {
        objects.sync();
    }

    /**
     * Deletes revisions and objects that are old enough.
     *
     * @param kept        positions that stay
     * @param keptObjects objects that stay
     * @param before      files written at this time or later stay
     * @return files deleted
     */
    int sweep(Set<RevisionId> kept, Set<Digest> keptObjects, Instant before) throws IOException {
        var names = new HashSet<String>();
        for (var id : kept) {
            names.add(name(id, ".dsse"));
            names.add(name(id, ".pins.json"));
        }
        // Envelopes first: an envelope without its objects would be a revision that does not load.
        int deleted = sweep(revisions, name -> name.endsWith(".dsse") && !names.contains(name), before);
        deleted += sweep(revisions, name -> !names.contains(name), before);
        return deleted
                + sweep(objects, name -> Digest.isValid(name) && !keptObjects.contains(new Digest(name)), before);
    }

    private static int sweep(DurableFolder folder, Predicate<String> goes, Instant before) throws IOException {
        int deleted = 0;
        for (var name : folder.names()) {
            if (goes.test(name) && folder.modified(name, before).isBefore(before) && folder.delete(name)) {
                deleted++;
            }
        }
        if (deleted > 0) {
            folder.sync();
        }
        return deleted;
    }

    long freeBytes() throws IOException {
        return top.freeBytes();
    }

    private static String name(RevisionId id, String suffix) {
        return id.epoch() + "-" + id.number() + suffix;
    }

    private static <T> Optional<T> readJson(DurableFolder folder, String name, Class<T> type) throws IOException {
        var bytes = folder.read(name, SMALL_FILE_LIMIT_BYTES);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.read(bytes.get(), type));
        } catch (MalformedJson e) {
            throw new IOException("reading " + folder + "/" + name + ": " + e.getMessage(), e);
        }
    }
}
