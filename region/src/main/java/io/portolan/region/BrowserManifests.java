package io.portolan.region;

import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Manifests as browsers get them, and their digests. A worker compares the manifest with the digest that the page names; what browsers get of a
 * version with controllers is not the blob that nodes have. Pure; what was worked out is remembered, as it takes a look at every file.
 * Thread-safe.
 */
final class BrowserManifests {
    /** Most that are remembered; when full, all are dropped and come back on first use. */
    private static final int LIMIT = 4096;

    /** Answers that are remembered, and the largest of them: others are made anew for each browser. */
    private static final int ANSWERS = 128;

    private static final int LARGEST_ANSWER = 512 << 10;

    private static final ConcurrentHashMap<Digest, Digest> KNOWN = new ConcurrentHashMap<>();
    private static final ConcurrentHashMap<Digest, RenderedPage.Html> ANSWERED = new ConcurrentHashMap<>();

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

    /**
     * What browsers get, as it is and compressed: half of it is names. Its tag is the digest, with the coding's name behind it where it is
     * compressed.
     *
     * @param own digest of the manifest's blob
     */
    static RenderedPage.Html answer(Digest own, ServedManifest manifest) {
        var present = ANSWERED.get(own);
        if (present != null) {
            return present;
        }
        var answer = RenderedPage.Html.tagged(
                manifest.forBrowsers().toJson(), digest(own, manifest).value());
        if (answer.plain().sizeBytes() <= LARGEST_ANSWER) {
            if (ANSWERED.size() >= ANSWERS) {
                ANSWERED.clear();
            }
            ANSWERED.put(own, answer);
        }
        return answer;
    }
}
