package io.portolan.region;

import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import java.util.Optional;

/** What answers can be made of without waiting. Thread-safe; every method is fast. */
interface Contents {
    /** A served manifest. */
    Optional<ServedManifest> manifest(Digest digest);

    /** Whether a blob may be served. */
    boolean isReady(Digest digest);

    /** A page, put together. */
    Optional<RenderedPage> page(PageKey key);
}
