package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.model.document.Delivery;
import java.util.Objects;

/**
 * Everything that goes into the bytes and the ETag of a page; equal keys have equal pages. Immutable.
 *
 * @param extension   its registered name
 * @param manifest    digest of the version's served manifest
 * @param portalHost  host of the portal that asks
 * @param stage       stage that it is shown as, empty text for none
 * @param resourceApi resource API nearest to the region, empty text for none
 * @param policy      value of {@code Content-Security-Policy}
 * @param worker      whether the service worker is used
 * @param firstVisit  whether a first page waits for it
 * @param telemetry   whether the page tells of itself
 */
record PageKey(
        String extension,
        String route,
        String version,
        Digest manifest,
        String portalHost,
        String stage,
        String region,
        String resourceApi,
        String policy,
        Delivery.Worker worker,
        Delivery.FirstVisit firstVisit,
        Delivery.Telemetry telemetry) {
    PageKey {
        Objects.requireNonNull(manifest, "manifest");
    }

    /** The same with the digest of another manifest. */
    PageKey withManifest(Digest other) {
        return new PageKey(
                extension,
                route,
                version,
                other,
                portalHost,
                stage,
                region,
                resourceApi,
                policy,
                worker,
                firstVisit,
                telemetry);
    }

    /** Base of the version's assets: always of the page's own origin. */
    String assetBase() {
        return "/" + route + "/Content/" + version + "/";
    }

    /** Mount of the controllers of exactly this version. */
    String controllers() {
        return "/" + route + "/@" + version + "/api";
    }
}
