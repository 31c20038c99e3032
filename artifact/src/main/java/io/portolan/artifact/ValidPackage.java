package io.portolan.artifact;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.util.List;
import java.util.Objects;

/**
 * What a package holds that breaks no rule; nothing of it is stored. Immutable.
 *
 * @param manifest what it says of itself
 * @param identity digest of the canonical manifest
 * @param files    every file, in the order of their paths
 * @param warnings what was noticed without refusing
 */
public record ValidPackage(PackageManifest manifest, Digest identity, List<ServedFile> files, List<String> warnings) {
    public ValidPackage {
        Objects.requireNonNull(manifest, "manifest");
        Objects.requireNonNull(identity, "identity");
        files = List.copyOf(files);
        warnings = List.copyOf(warnings);
    }

    /** Sum of the files, unpacked. */
    public long sizeBytes() {
        return files.stream().mapToLong(ServedFile::sizeBytes).sum();
    }

    /** What nodes are told about it. */
    public ServedManifest served(ExtensionName extension, VersionLabel version) {
        return served(extension, version, files);
    }

    /** The same with the files as they were stored, variants among them. */
    ServedManifest served(ExtensionName extension, VersionLabel version, List<ServedFile> stored) {
        return new ServedManifest(
                ServedManifest.SCHEMA,
                extension,
                version,
                identity,
                manifest.entry(),
                manifest.portals(),
                stored,
                warnings,
                manifest.controllers());
    }
}
