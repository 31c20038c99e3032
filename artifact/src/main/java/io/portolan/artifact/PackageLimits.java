package io.portolan.artifact;

/**
 * How big a package may be; each is a named setting. Immutable.
 *
 * @param files          most entries in the archive
 * @param unpackedBytes  most bytes of all files together, unpacked
 * @param fileBytes      most bytes of one file, unpacked
 * @param ratio          most unpacked bytes for each packed byte, for an entry over {@link #RATIO_FROM_BYTES}
 * @param nameBytes      longest entry name, in UTF-8
 * @param levels         deepest entry name, in segments
 * @param jsonBytes      longest {@code portolan.json} or configuration file: they are held in memory
 * @param pageBytes      longest page: it is held in memory
 */
public record PackageLimits(
        int files,
        long unpackedBytes,
        long fileBytes,
        int ratio,
        int nameBytes,
        int levels,
        int jsonBytes,
        int pageBytes) {
    /** Entries up to this size may expand at any ratio: they cannot fill anything. */
    public static final long RATIO_FROM_BYTES = 1L << 20;

    /** The limits of the contract. */
    public static final PackageLimits DEFAULT =
            new PackageLimits(20_000, 1L << 30, 256L << 20, 200, 1024, 32, 1 << 20, 8 << 20);

    public PackageLimits {
        if (files < 1
                || unpackedBytes < 1
                || fileBytes < 1
                || ratio < 1
                || nameBytes < 1
                || levels < 1
                || jsonBytes < 1
                || pageBytes < 1) {
            throw new IllegalArgumentException("package limits: all expected >= 1");
        }
    }
}
