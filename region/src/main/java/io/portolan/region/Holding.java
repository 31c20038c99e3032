package io.portolan.region;

import io.portolan.artifact.ServedManifest;

/** How much of a version lies on this node's disk. */
sealed interface Holding {
    /** All of it. */
    record Complete(ServedManifest manifest) implements Holding {}

    /** The manifest, and not all blobs. */
    record Partial(ServedManifest manifest, long missingBytes) implements Holding {}

    /** Not even the manifest; how much is missing is not known. */
    record Unknown() implements Holding {}
}
