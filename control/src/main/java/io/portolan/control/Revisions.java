package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.Revision;
import io.portolan.protocol.rest.RevisionBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StoredRevision;
import java.util.Optional;
import java.util.TreeMap;

/** Reads stored revisions and their documents. */
final class Revisions {
    private Revisions() {}

    /** The payload of a revision of ours. */
    static Revision payload(StoredRevision revision) {
        return Json.read(Json.read(revision.envelope(), Envelope.class).unverifiedPayload(), Revision.class);
    }

    /** Digests of all documents of a revision. */
    static TreeMap<DocumentTree.Key, Digest> documents(Reader reader, StoredRevision revision) {
        var digests = new TreeMap<DocumentTree.Key, Digest>();
        var root = read(reader, payload(revision).root(), DocumentTree.Root.class);
        for (var bucket : root.buckets().values()) {
            for (var entry : read(reader, bucket, DocumentTree.Bucket.class).documents()) {
                digests.put(entry.key(), entry.hash());
            }
        }
        return digests;
    }

    /** One extension's document in a revision, if it can be read. */
    static Optional<ExtensionDocument> extension(Reader reader, StoredRevision revision, DocumentTree.Key key) {
        var root = read(reader, payload(revision).root(), DocumentTree.Root.class);
        var bucket = root.buckets().get(key.bucket());
        if (bucket == null) {
            return Optional.empty();
        }
        return read(reader, bucket, DocumentTree.Bucket.class).documents().stream()
                .filter(entry -> entry.key().equals(key))
                .findFirst()
                .flatMap(entry -> extension(reader, entry.hash()));
    }

    /** An extension document by its digest; a poisoned one is no document. */
    static Optional<ExtensionDocument> extension(Reader reader, Digest digest) {
        try {
            return reader.object(digest).map(bytes -> Json.read(bytes, ExtensionDocument.class));
        } catch (IllegalArgumentException poisoned) {
            return Optional.empty();
        }
    }

    static RevisionBody body(StoredRevision revision) {
        return new RevisionBody(
                revision.environment(),
                revision.id().epoch(),
                revision.id().number(),
                revision.parent(),
                revision.digest(),
                revision.keyId(),
                revision.cause(),
                revision.createdAt());
    }

    private static <T> T read(Reader reader, Digest digest, Class<T> type) {
        return Json.read(
                reader.object(digest)
                        .orElseThrow(() -> new IllegalStateException("object " + digest + " of a revision is missing")),
                type);
    }
}
