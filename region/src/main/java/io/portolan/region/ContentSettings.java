package io.portolan.region;

import java.time.Duration;
import java.util.Objects;

/**
 * How a region node keeps its content. Immutable.
 *
 * @param garbage             which blobs may be deleted
 * @param collectEvery        interval of deleting what nothing needs
 * @param scrubBytesPerSecond bytes that are read again for damage each second, 0 for never
 * @param reserveBytes        free bytes of the disk below which nothing new is fetched
 * @param reservePercent      the same as a part of the disk; the larger of both counts
 * @param peerBytesPerSecond  most bytes that are fetched from peers each second
 */
record ContentSettings(
        BlobGarbage.Limits garbage,
        Duration collectEvery,
        long scrubBytesPerSecond,
        long reserveBytes,
        int reservePercent,
        long peerBytesPerSecond) {
    static final ContentSettings DEFAULTS =
            new ContentSettings(BlobGarbage.Limits.DEFAULTS, Duration.ofHours(1), 4L << 20, 256L << 20, 2, 32L << 20);

    ContentSettings {
        Objects.requireNonNull(garbage, "garbage");
        Objects.requireNonNull(collectEvery, "collectEvery");
    }
}
