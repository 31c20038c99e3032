package io.portolan.region;

import io.portolan.artifact.ServedFile;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Immutable files of versions. Pure. A path is only ever looked up in the manifest, never on the file system. */
final class AssetAnswers {
    private AssetAnswers() {}

    /** Bytes that stand for a file: its own, or those of a variant. Each has its own strong tag. */
    private record Representation(String coding, Digest hash, long sizeBytes) implements AcceptEncoding.Coded {
        String etag() {
            return "\"" + hash + "\"";
        }

        boolean isCoded() {
            return !coding.equals(AcceptEncoding.IDENTITY);
        }

        Response.Body.Blob whole() {
            return new Response.Body.Blob(hash, 0, sizeBytes);
        }
    }

    static Outcome asset(
            Request request, ServedVersion version, ServedManifest manifest, String path, Contents contents) {
        // What a controller is made of is the region's; for browsers it is not there.
        var file = find(manifest, path).filter(found -> !manifest.isPrivate(found.path()));
        return file.isPresent()
                ? answer(request, version, file.get(), contents)
                : Failures.notFound(
                        request,
                        "file " + path + " is not among those of " + version.extension() + " " + version.label());
    }

    /** The manifest itself, as an asset. */
    static Outcome manifest(Request request, ServedVersion version, ServedManifest manifest) {
        var all = BrowserManifests.answer(version.document().manifest(), manifest);
        var chosen = AcceptEncoding.parse(request.header("accept-encoding")).choose(all.plain(), all.coded());
        return switch (Preconditions.of(request, chosen.etag())) {
            case FAILED -> Failures.preconditionFailed(request, chosen.etag());
            case NOT_MODIFIED -> new Response(304, headers(chosen.etag()), Response.EMPTY);
            case PROCEED -> {
                var headers = headers(chosen.etag());
                headers.put("Content-Type", "application/json");
                if (!chosen.coding().equals(AcceptEncoding.IDENTITY)) {
                    headers.put("Content-Encoding", chosen.coding());
                }
                yield new Response(200, headers, new Response.Body.Bytes(chosen.bytes()));
            }
        };
    }

    /** The file of exactly that path, else of its composed form: the way names are written in packages. */
    private static Optional<ServedFile> find(ServedManifest manifest, String path) {
        return manifest.file(path).or(() -> {
            var composed = Normalizer.normalize(path, Normalizer.Form.NFC);
            return composed.equals(path) ? Optional.empty() : manifest.file(composed);
        });
    }

    private static Outcome answer(Request request, ServedVersion version, ServedFile file, Contents contents) {
        var chosen = choose(request.header("accept-encoding"), file);
        var etag = chosen.etag();
        return switch (Preconditions.of(request, etag)) {
            case FAILED -> Failures.preconditionFailed(request, etag);
            case NOT_MODIFIED -> new Response(304, headers(etag), Response.EMPTY);
            case PROCEED ->
                contents.isReady(chosen.hash())
                        ? bytes(file.type(), chosen, ranges(request, chosen))
                        : new Outcome.BlobNeed(
                                version.extension(),
                                version.label(),
                                chosen.hash(),
                                chosen.sizeBytes(),
                                version.manifest().isPresent());
        };
    }

    private static ByteRange ranges(Request request, Representation chosen) {
        var range = ByteRange.of(Preconditions.range(request, chosen.etag()), chosen.sizeBytes());
        boolean tooMuch = range instanceof ByteRange.Parts several
                && several.parts().size() > 1
                && several.parts().stream().mapToLong(ByteRange.Part::length).sum() > Multipart.MOST_BYTES;
        return tooMuch ? new ByteRange.Whole() : range;
    }

    private static Response bytes(String type, Representation chosen, ByteRange range) {
        var headers = headers(chosen.etag());
        headers.put("Accept-Ranges", "bytes");
        if (range instanceof ByteRange.Unsatisfiable) {
            headers.put("Content-Range", "bytes */" + chosen.sizeBytes());
            headers.put("Cache-Control", "no-store");
            headers.remove("ETag");
            return new Response(416, headers, Response.EMPTY);
        }
        if (range instanceof ByteRange.Parts several && several.parts().size() > 1) {
            var multipart =
                    Multipart.of(chosen.whole(), type, chosen.isCoded() ? chosen.coding() : "", several.parts());
            headers.put("Content-Type", "multipart/byteranges; boundary=" + multipart.boundary());
            return new Response(206, headers, multipart.body());
        }
        headers.put("Content-Type", type);
        if (chosen.isCoded()) {
            headers.put("Content-Encoding", chosen.coding());
        }
        if (range instanceof ByteRange.Parts single) {
            var part = single.parts().getFirst();
            headers.put("Content-Range", Multipart.contentRange(part, chosen.sizeBytes()));
            return new Response(206, headers, new Response.Body.Blob(chosen.hash(), part.offset(), part.length()));
        }
        return new Response(200, headers, chosen.whole());
    }

    /** What every answer about the representation says, 304 too. */
    private static Map<String, String> headers(String etag) {
        var headers = new LinkedHashMap<String, String>();
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
        var own = new Representation(AcceptEncoding.IDENTITY, file.hash(), file.sizeBytes());
        if (file.variants().isEmpty() || acceptEncoding.isEmpty()) {
            return own;
        }
        List<Representation> variants = file.variants().stream()
                .map(variant -> new Representation(variant.encoding(), variant.hash(), variant.sizeBytes()))
                .toList();
        return AcceptEncoding.parse(acceptEncoding).choose(own, variants);
    }
}
