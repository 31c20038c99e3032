package io.portolan.control;

import io.portolan.artifact.BlobStore;
import io.portolan.model.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.regex.Pattern;

/** Blobs by digest, for nodes whose store is this control plane. Thread-safe. */
final class BlobsApi {
    private static final Pattern FROM = Pattern.compile("bytes=([0-9]{1,18})-");
    private final BlobStore blobs;

    BlobsApi(BlobStore blobs) {
        this.blobs = blobs;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/blobs/{digest}", this::blob);
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
