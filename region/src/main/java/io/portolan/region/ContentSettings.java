package io.portolan.region;

import java.time.Duration;
import java.util.Objects;

/**
 * How a region node keeps its content. Immutable.
 *
 * @param garbage             which blobs may be deleted
 * @param collectEvery        interval of deleting what nothing needs
 * @param scrubBytesPerSecond bytes that are read again for damage each second, 0 for never
 */
record ContentSettings(BlobGarbage.Limits garbage, Duration collectEvery, long scrubBytesPerSecond) {
    static final ContentSettings DEFAULTS =
            new ContentSettings(BlobGarbage.Limits.DEFAULTS, Duration.ofHours(1), 4L << 20);

    ContentSettings {
        Objects.requireNonNull(garbage, "garbage");
        Objects.requireNonNull(collectEvery, "collectEvery");
    }
}
