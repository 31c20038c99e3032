package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.sync.RevisionReplica;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node gives to other nodes while their store or control plane is away. Thread-safe.
 *
 * <p>Only what this node holds: nothing is ever fetched for a peer, so nodes cannot ask each other in a circle. Everything is
 * checked by its hash before it leaves, and checked again by whoever asked. It holds nothing that the assets and the revision's
 * readers are not given too; like everything of a node's own it is served under the node's own address only. Answers: 200, 206 for
 * one range, 304, 404 for what is not held, 416.
 */
final class PeerAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(PeerAnswers.class);
    private static final String OCTETS = "application/octet-stream";

    private final NodeBlobs blobs;
    private final Supplier<@Nullable RevisionReplica> replica;

    /** {@code replica} gives null before there is one. */
    PeerAnswers(NodeBlobs blobs, Supplier<@Nullable RevisionReplica> replica) {
        this.blobs = blobs;
        this.replica = replica;
    }

    Outcome answer(Request request, Target.ForPeers wanted) {
        return switch (wanted) {
            case Target.PeerRevision revision -> revision(request);
            case Target.PeerObject object -> (Outcome.Later) () -> object(request, object.digest());
            case Target.PeerBlob blob -> blob(request, blob.digest());
        };
    }

    private Response revision(Request request) {
        var following = replica.get();
        var signed = following == null ? null : following.signed().orElse(null);
        if (signed == null) {
            return Failures.notFound(request, "this node has applied no revision yet");
        }
        var etag = "\"" + signed.digest() + "\"";
        var headers = headers("no-store", etag);
        return switch (Preconditions.of(request, etag)) {
            case FAILED -> Failures.preconditionFailed(request, etag);
            case NOT_MODIFIED -> new Response(304, headers, Response.EMPTY);
            case PROCEED -> {
                headers.put("Content-Type", "application/json");
                yield new Response(200, headers, new Response.Body.Bytes(signed.envelope()));
            }
        };
    }

    private Response object(Request request, Digest digest) {
        var following = replica.get();
        try {
            var bytes = following == null ? null : following.object(digest).orElse(null);
            if (bytes != null) {
                var headers = headers("public, max-age=31536000, immutable", "\"" + digest + "\"");
                headers.put("Content-Type", OCTETS);
                return new Response(200, headers, new Response.Body.Bytes(bytes));
            }
        } catch (IOException e) {
            LOG.warn("object={} not given to another node: {}", digest, e.toString());
        }
        return Failures.notFound(request, "object " + digest + " is not held by this node");
    }

    private Outcome blob(Request request, Digest digest) {
        if (!blobs.isReady(digest)) {
            return (Outcome.Later) () -> checkedBlob(request, digest);
        }
        var size = blobs.heldBytes(digest);
        return size.isPresent() ? blob(request, digest, size.getAsLong()) : notHeld(request, digest);
    }

    private Response checkedBlob(Request request, Digest digest) {
        try {
            var size = blobs.heldBytes(digest);
            if (size.isPresent() && blobs.isHeld(digest, size.getAsLong())) {
                return blob(request, digest, size.getAsLong());
            }
        } catch (IOException e) {
            LOG.warn("blob={} not given to another node: {}", digest, e.toString());
        }
        return notHeld(request, digest);
    }

    private static Response blob(Request request, Digest digest, long size) {
        var etag = "\"" + digest + "\"";
        var headers = headers("public, max-age=31536000, immutable", etag);
        headers.put("Content-Type", OCTETS);
        headers.put("Accept-Ranges", "bytes");
        var range = ByteRange.of(Preconditions.range(request, etag), size);
        if (range instanceof ByteRange.Unsatisfiable) {
            return new Response(
                    416, Map.of("Content-Range", "bytes */" + size, "Cache-Control", "no-store"), Response.EMPTY);
        }
        if (range instanceof ByteRange.Parts some && some.parts().size() == 1) {
            var part = some.parts().getFirst();
            headers.put("Content-Range", Multipart.contentRange(part, size));
            return new Response(206, headers, new Response.Body.Blob(digest, part.offset(), part.length()));
        }
        return new Response(200, headers, new Response.Body.Blob(digest, 0, size));
    }

    private static Response notHeld(Request request, Digest digest) {
        return Failures.notFound(request, "blob " + digest + " is not held by this node");
    }

    private static Map<String, String> headers(String caching, String etag) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Cache-Control", caching);
        headers.put("ETag", etag);
        headers.put("X-Content-Type-Options", "nosniff");
        return headers;
    }
}
