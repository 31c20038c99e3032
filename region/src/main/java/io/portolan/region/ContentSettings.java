package io.portolan.region;

import io.portolan.artifact.DiskReserve;
import java.time.Duration;
import java.util.Objects;

/**
 * How a region node keeps its content. Immutable.
 *
 * @param leastAge            blobs younger than this are never deleted
 * @param pageLifetime        retained versions asked for within this time are never deleted: pages of theirs may be open
 * @param retainedVersions    most retained versions that were not asked for lately
 * @param retainedBytes       most bytes of blobs that retained versions alone need
 * @param collectEvery        interval of deleting what nothing needs
 * @param collectEveryIfShort the same while less than twice the reserve of the disk is free
 * @param scrubBytesPerSecond bytes that are read again for damage each second, 0 for never
 * @param diskReserveBytes    bytes of the disk that content leaves free; {@link DiskReserve#AUTOMATIC} for a share of the disk
 */
public record ContentSettings(
        Duration leastAge,
        Duration pageLifetime,
        int retainedVersions,
        long retainedBytes,
        Duration collectEvery,
        Duration collectEveryIfShort,
        long scrubBytesPerSecond,
        long diskReserveBytes) {
    /** A day, a day, 1,000 versions, 4 GiB, an hour, a minute, 4 MiB, a share of the disk. */
    public static final ContentSettings DEFAULTS = new ContentSettings(
            Duration.ofHours(24),
            Duration.ofHours(24),
            1_000,
            4L << 30,
            Duration.ofHours(1),
            Duration.ofMinutes(1),
            4L << 20,
            DiskReserve.AUTOMATIC);

    public ContentSettings {
        Objects.requireNonNull(leastAge, "leastAge");
        Objects.requireNonNull(pageLifetime, "pageLifetime");
        Objects.requireNonNull(collectEvery, "collectEvery");
        Objects.requireNonNull(collectEveryIfShort, "collectEveryIfShort");
        if (retainedVersions < 0 || retainedBytes < 0 || scrubBytesPerSecond < 0 || diskReserveBytes < 0) {
            throw new IllegalArgumentException("keeping content: a negative limit (expected: 0 or more)");
        }
    }

    BlobGarbage.Limits garbage() {
        return new BlobGarbage.Limits(leastAge, pageLifetime, retainedVersions, retainedBytes);
    }
}
