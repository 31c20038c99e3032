package io.portolan.region;

import io.portolan.artifact.ServedFile;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.ExtensionDocument.HeldVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How much of each version lies on disk: manifest there, every blob there with its right size. Thread-safe. Contents are not
 * looked at here: each is checked before its first byte is served.
 */
final class Holdings {
    private final NodeBlobs blobs;
    private final ContentCache cache;
    private final Faults faults;

    Holdings(NodeBlobs blobs, ContentCache cache, Faults faults) {
        this.blobs = blobs;
        this.cache = cache;
        this.faults = faults;
    }

    /** A blob that a version is made of. */
    record Part(Digest digest, long sizeBytes) {}

    /** Looks at the disk; fetches nothing. */
    Holding look(ExtensionName extension, VersionLabel version, HeldVersion held) {
        if (!blobs.isPresent(held.manifest(), NodeBlobs.SIZE_UNKNOWN)) {
            return new Holding.Unknown();
        }
        try {
            var manifest = cache.localManifest(extension, version, held.manifest(), held.identity());
            faults.clear(extension, version, Faults.Source.DISK);
            var missing = missing(manifest);
            return missing.isEmpty()
                    ? new Holding.Complete(manifest)
                    : new Holding.Partial(
                            manifest,
                            missing.stream().mapToLong(Part::sizeBytes).sum());
        } catch (IOException e) {
            // Damage on this disk is cured by fetching again; a manifest that is not what it should be is not.
            var fault = new Faults.Fault(String.valueOf(e.getMessage()), e instanceof RefusedContent);
            faults.set(extension, version, Faults.Source.DISK, fault);
            return new Holding.Unknown();
        }
    }

    /** The blobs of a version that are not on disk, each once. */
    List<Part> missing(ServedManifest manifest) {
        return parts(manifest).stream()
                .filter(part -> !blobs.isPresent(part.digest(), part.sizeBytes()))
                .toList();
    }

    /** All blobs of a version, each once. */
    static List<Part> parts(ServedManifest manifest) {
        var parts = new ArrayList<Part>();
        for (var file : manifest.files()) {
            parts.add(new Part(file.hash(), file.sizeBytes()));
            for (var variant : file.variants()) {
                parts.add(part(variant));
            }
        }
        return parts.stream().distinct().toList();
    }

    private static Part part(ServedFile.Variant variant) {
        return new Part(variant.hash(), variant.sizeBytes());
    }
}
