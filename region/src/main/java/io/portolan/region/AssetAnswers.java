package io.portolan.region;

import io.portolan.artifact.ServedFile;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Immutable files of versions. Pure. A path is only ever looked up in the manifest, never on the file system. */
final class AssetAnswers {
    private static final List<String> ENCODINGS = List.of("br", "gzip");

    private AssetAnswers() {}

    /** Bytes that stand for a file: its own, or those of a variant. */
    private record Representation(Digest hash, long sizeBytes, String encoding) {}

    static Outcome asset(
            Request request, ServedVersion version, ServedManifest manifest, String path, Contents contents) {
        var file = manifest.file(path);
        return file.isPresent()
                ? answer(request, version, file.get(), contents)
                : Failures.notFound(
                        request,
                        "file " + path + " is not among those of " + version.extension() + " " + version.label());
    }

    /** The manifest itself, as an asset. */
    static Outcome manifest(Request request, ServedVersion version, ServedManifest manifest) {
        var body = new Response.Body.Bytes(manifest.toJson());
        var etag = "\"" + version.document().manifest() + "\"";
        var headers = headers(etag, "application/json");
        return ETags.matches(request.header("if-none-match"), etag)
                ? new Response(304, headers, Response.EMPTY)
                : new Response(200, headers, body);
    }

    private static Outcome answer(Request request, ServedVersion version, ServedFile file, Contents contents) {
        var chosen = choose(request.header("accept-encoding"), file);
        var etag = "\"" + chosen.hash() + "\"";
        var headers = headers(etag, file.type());
        if (ETags.matches(request.header("if-none-match"), etag)) {
            return new Response(304, headers, Response.EMPTY);
        }
        if (!chosen.encoding().isEmpty()) {
            headers.put("Content-Encoding", chosen.encoding());
        }
        headers.put("Accept-Ranges", "bytes");
        if (!contents.isReady(chosen.hash())) {
            return new Outcome.BlobNeed(version.extension(), version.label(), chosen.hash(), chosen.sizeBytes());
        }
        var ifRange = request.header("if-range");
        // Ranges are defined for GET only; an If-Range that names something else asks for the whole.
        var range = request.isHead() || !(ifRange.isEmpty() || ifRange.equals(etag))
                ? new ByteRange.Whole()
                : ByteRange.of(request.header("range"), chosen.sizeBytes());
        return switch (range) {
            case ByteRange.Whole whole ->
                new Response(200, headers, new Response.Body.Blob(chosen.hash(), 0, chosen.sizeBytes()));
            case ByteRange.Part part -> {
                long last = part.offset() + part.length() - 1;
                headers.put("Content-Range", "bytes " + part.offset() + "-" + last + "/" + chosen.sizeBytes());
                yield new Response(206, headers, new Response.Body.Blob(chosen.hash(), part.offset(), part.length()));
            }
            case ByteRange.Unsatisfiable beyond -> {
                headers.put("Content-Range", "bytes */" + chosen.sizeBytes());
                headers.put("Cache-Control", "no-store");
                yield new Response(416, headers, Response.EMPTY);
            }
        };
    }

    private static Map<String, String> headers(String etag, String type) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Content-Type", type);
        headers.put("Cache-Control", "public, max-age=31536000, immutable");
        headers.put("ETag", etag);
        headers.put("Vary", "Accept-Encoding");
        headers.put("Access-Control-Allow-Origin", "*");
        headers.put("Access-Control-Expose-Headers", "*");
        headers.put("Timing-Allow-Origin", "*");
        headers.put("X-Content-Type-Options", "nosniff");
        return headers;
    }

    private static Representation choose(String acceptEncoding, ServedFile file) {
        for (var encoding : ENCODINGS) {
            for (var variant : file.variants()) {
                if (variant.encoding().equals(encoding) && accepts(acceptEncoding, encoding)) {
                    return new Representation(variant.hash(), variant.sizeBytes(), encoding);
                }
            }
        }
        return new Representation(file.hash(), file.sizeBytes(), "");
    }

    private static boolean accepts(String acceptEncoding, String encoding) {
        for (var part : acceptEncoding.toLowerCase(Locale.ROOT).split(",", -1)) {
            var words = part.split(";", -1);
            if (words[0].strip().equals(encoding)) {
                // A weight of zero means "not this one".
                return words.length < 2 || !words[1].strip().matches("q=0(\\.0*)?");
            }
        }
        return false;
    }
}
