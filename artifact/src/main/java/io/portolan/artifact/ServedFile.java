package io.portolan.artifact;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.portolan.model.Digest;
import java.util.List;
import java.util.Objects;

/**
 * One file of a version, as nodes serve it. Immutable.
 *
 * @param path      path below the version's root, as in the package
 * @param hash      digest of the bytes, the name of their blob
 * @param sizeBytes length of the bytes, 0 or more
 * @param type      value of {@code Content-Type}
 * @param sri       value of an {@code integrity} attribute, {@code sha384-…}
 * @param variants  ready-made encodings of the same bytes, those that help
 */
@JsonPropertyOrder({"path", "hash", "sizeBytes", "type", "sri", "variants"})
public record ServedFile(String path, Digest hash, long sizeBytes, String type, String sri, List<Variant> variants) {
    public ServedFile {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(hash, "hash");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(sri, "sri");
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("sizeBytes of " + path + ": " + sizeBytes + " (expected: >= 0)");
        }
        variants = List.copyOf(Objects.requireNonNull(variants, "variants"));
    }

    /** The file with these variants. */
    ServedFile with(List<Variant> made) {
        return new ServedFile(path, hash, sizeBytes, type, sri, made);
    }

    /**
     * The same bytes under a content coding.
     *
     * @param encoding value of {@code Content-Encoding}
     * @param hash     digest of the encoded bytes, the name of their blob
     */
    @JsonPropertyOrder({"encoding", "hash", "sizeBytes"})
    public record Variant(String encoding, Digest hash, long sizeBytes) {
        public Variant {
            Objects.requireNonNull(encoding, "encoding");
            Objects.requireNonNull(hash, "hash");
        }
    }
}
