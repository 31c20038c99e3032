package io.portolan.region;

import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Digests of manifests as browsers get them. A worker compares the manifest with the digest that the page names; what browsers get of a
 * version with controllers is not the blob that nodes have. Pure; what was worked out is remembered, as it takes a look at every file.
 * Thread-safe.
 */
final class BrowserManifests {
    /** Most that are remembered; when full, all are dropped and come back on first use. */
    private static final int LIMIT = 4096;

    private static final ConcurrentHashMap<Digest, Digest> KNOWN = new ConcurrentHashMap<>();

    private BrowserManifests() {}

    /**
     * Digest of what browsers get.
     *
     * @param own digest of the manifest's blob
     */
    static Digest digest(Digest own, ServedManifest manifest) {
        if (manifest.controllers().isEmpty()) {
            return own;
        }
        if (KNOWN.size() >= LIMIT) {
            KNOWN.clear();
        }
        return KNOWN.computeIfAbsent(
                own, digest -> Digest.of(manifest.forBrowsers().toJson()));
    }
}
