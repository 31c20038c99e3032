package io.portolan.artifact;

import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Turns a package into blobs and a served manifest. Thread-safe.
 *
 * <p>Two steps: {@link #validate} reads every byte and stores nothing, {@link #store} stores each file once. Both may be
 * repeated after a crash: what is stored already is not stored again. Whoever publishes compares the identity in between.
 */
public final class PackageIngest {
    private final BlobStore blobs;
    private final PackageLimits limits;
    private final FailPoints failPoints;

    public PackageIngest(BlobStore blobs, PackageLimits limits, FailPoints failPoints) {
        this.blobs = Objects.requireNonNull(blobs, "blobs");
        this.limits = Objects.requireNonNull(limits, "limits");
        this.failPoints = Objects.requireNonNull(failPoints, "failPoints");
    }

    /** Validates and stores. */
    public IngestedPackage ingest(Path zip, ExtensionName extension, VersionLabel version)
            throws IOException, PackageRejected {
        return store(zip, validate(zip, extension, version), extension, version);
    }

    /**
     * Validates; nothing is stored.
     *
     * @throws PackageRejected with every rule that the package breaks
     */
    public ValidPackage validate(Path zip, ExtensionName extension, VersionLabel version)
            throws IOException, PackageRejected {
        return new PackageReader(limits).read(zip, extension, version);
    }

    /**
     * Stores the files of a validated package, then its manifest.
     *
     * @param content what {@link #validate} found in this zip
     * @throws IOException when the zip was changed since; what was stored until then is harmless, as nothing names it
     */
    public IngestedPackage store(Path zip, ValidPackage content, ExtensionName extension, VersionLabel version)
            throws IOException {
        var manifest = content.served(extension, version);
        var hashes = manifest.files().stream().collect(Collectors.toMap(ServedFile::path, ServedFile::hash));
        boolean first = true;
        try (var archive = ZipArchive.open(zip, limits, new Violations())) {
            for (var entry : archive.entries()) {
                var hash = hashes.remove(entry.header().name());
                if (hash == null) {
                    continue;
                }
                try (var stream = archive.open(entry)) {
                    blobs.put(hash, stream);
                }
                if (first) {
                    failPoints.reached(FailPoint.PUBLISH_BLOB_STORED);
                    first = false;
                }
            }
        } catch (Unreadable e) {
            throw new IOException("storing " + extension + " " + version + ": the package was changed meanwhile", e);
        }
        if (!hashes.isEmpty()) {
            throw new IOException(
                    "storing " + extension + " " + version + ": the package was changed meanwhile, missing: "
                            + hashes.keySet().iterator().next());
        }
        var digest = blobs.put(manifest.toJson());
        failPoints.reached(FailPoint.PUBLISH_CONTENT_STORED);
        return new IngestedPackage(
                digest, content.identity(), content.sizeBytes(), content.files().size(), manifest, content.warnings());
    }
}
