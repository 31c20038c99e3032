package io.portolan.artifact;

import io.portolan.model.Digest;
import java.util.List;
import java.util.Objects;

/**
 * A package that was validated and whose files and manifest are stored. Immutable.
 *
 * @param manifestDigest blob of {@code manifest}
 * @param identity       digest of the canonical manifest: the version's identity
 * @param sizeBytes      sum of the files, unpacked
 */
public record IngestedPackage(
        Digest manifestDigest,
        Digest identity,
        long sizeBytes,
        int fileCount,
        ServedManifest manifest,
        List<String> warnings) {
    public IngestedPackage {
        Objects.requireNonNull(manifestDigest, "manifestDigest");
        Objects.requireNonNull(identity, "identity");
        Objects.requireNonNull(manifest, "manifest");
        warnings = List.copyOf(warnings);
    }
}
