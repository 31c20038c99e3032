package io.portolan.control;

import io.portolan.artifact.BlobStore;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.storage.StateStore;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.regex.Pattern;

/** Blobs by digest, for nodes whose store is this control plane. Thread-safe. */
final class BlobsApi {
    private static final Pattern FROM = Pattern.compile("bytes=([0-9]{1,18})-");
    private final BlobStore blobs;
    private final StateStore store;

    BlobsApi(BlobStore blobs, StateStore store) {
        this.blobs = blobs;
        this.store = store;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/blobs/{digest}", this::blob);
        routes.add("GET", "/v1/extensions/{name}/versions/{version}/manifest", this::manifest);
    }

    /** The served manifest of a version: what {@code portolan diff} compares. */
    private Answer manifest(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var version = Call.identifier(VersionLabel::new, call.parameter("version"));
        var digest = store.read(reader -> {
            Lookup.extension(reader, name);
            return Lookup.version(reader, name, version).value().manifest();
        });
        return new Answer.Stream(200, Answer.immutableHeaders(digest), "application/json", out -> {
            try (var in = blobs.open(digest)) {
                in.transferTo(out);
            }
        });
    }

    /** The blob, or with {@code Range: bytes=N-} its rest, so that a fetch can be resumed. */
    private Answer blob(Call call) {
        var digest = Call.identifier(Digest::new, call.parameter("digest"));
        long size = blobs.size(digest)
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "blob " + digest + ": there is none"));
        long from = call.header()
                .apply("Range")
                .map(FROM::matcher)
                .filter(java.util.regex.Matcher::matches)
                .map(range -> Long.parseLong(range.group(1)))
                .filter(start -> start < size)
                .orElse(0L);
        var headers = new HashMap<>(Answer.immutableHeaders(digest));
        headers.put("Content-Length", Long.toString(size - from));
        headers.put("Accept-Ranges", "bytes");
        if (from > 0) {
            headers.put("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size);
        }
        return new Answer.Stream(from > 0 ? 206 : 200, headers, "application/octet-stream", out -> {
            try (var in = blobs.open(digest)) {
                in.skipNBytes(from);
                in.transferTo(out);
            } catch (NoSuchFileException vanished) {
                throw new IOException("blob " + digest + " vanished", vanished);
            }
        });
    }
}
