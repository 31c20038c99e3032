package io.portolan.artifact;

import io.portolan.model.Digest;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.util.Comparator;
import java.util.List;

/**
 * The bytes whose SHA-256 is a version's identity. Pure.
 *
 * <p>{@code {"schema":1,"manifest":"<hash of portolan.json, empty if absent>","files":[{"path","hash","sizeBytes"},…]}}, compact,
 * files in the order of their paths (UTF-16 code units). Nothing of the archive itself goes in: not the order of entries,
 * times, compression, folders. The form never changes: every version's identity hangs on it.
 */
final class CanonicalManifest {
    private CanonicalManifest() {}

    static Digest identity(List<ServedFile> files) {
        var hash = Digest.sha256();
        try (var json =
                ArtifactJson.MAPPER.createGenerator(new DigestOutputStream(OutputStream.nullOutputStream(), hash))) {
            json.writeStartObject();
            json.writeNumberProperty("schema", 1);
            json.writeStringProperty(
                    "manifest",
                    files.stream()
                            .filter(file -> file.path().equals(PackageManifest.PATH))
                            .map(file -> file.hash().value())
                            .findFirst()
                            .orElse(""));
            json.writeArrayPropertyStart("files");
            for (var file : files.stream()
                    .sorted(Comparator.comparing(ServedFile::path))
                    .toList()) {
                json.writeStartObject();
                json.writeStringProperty("path", file.path());
                json.writeStringProperty("hash", file.hash().value());
                json.writeNumberProperty("sizeBytes", file.sizeBytes());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return Digest.from(hash);
    }
}
