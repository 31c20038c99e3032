package io.portolan.artifact;

import java.io.IOException;

/**
 * Where the central directory lies, as the end records of an archive say. Immutable.
 *
 * @param entries   number of records in the directory
 * @param directory offset of the directory
 * @param directoryBytes length of the directory
 */
record ZipEnd(long entries, long directory, long directoryBytes) {
    private static final int END_BYTES = 22;
    private static final int COMMENT_BYTES = 0xffff;
    private static final int LOCATOR_BYTES = 20;
    private static final int END64_BYTES = 56;
    private static final long END = 0x06054b50L;
    private static final long LOCATOR = 0x07064b50L;
    private static final long END64 = 0x06064b50L;
    private static final long LOCAL = 0x04034b50L;

    /**
     * Finds and reads the end records.
     *
     * @throws Unreadable when there is no directory to go on with; the violation is noted
     */
    static ZipEnd read(ArchiveFile file, Violations violations) throws IOException, Unreadable {
        long at = find(file, violations);
        var end = file.read(at, END_BYTES);
        var locator = at < LOCATOR_BYTES
                ? new LittleEndian(new byte[LOCATOR_BYTES])
                : file.read(at - LOCATOR_BYTES, LOCATOR_BYTES);
        boolean needed = end.u16(10) == 0xffff || end.u32(12) == 0xffffffffL || end.u32(16) == 0xffffffffL;
        if (locator.u32(0) == LOCATOR) {
            return read64(file, violations, end, locator, at - LOCATOR_BYTES);
        }
        if (needed) {
            violations.add(ViolationCode.BROKEN_ZIP64, "", "the end record points to a 64-bit one that is not there");
            throw new Unreadable();
        }
        if (end.u16(4) != 0 || end.u16(6) != 0 || end.u16(8) != end.u16(10)) {
            violations.add(ViolationCode.MULTIPLE_DISKS, "", "the archive is one of several parts");
            throw new Unreadable();
        }
        return checked(new ZipEnd(end.u16(10), end.u32(16), end.u32(12)), at, violations);
    }

    private static ZipEnd read64(
            ArchiveFile file, Violations violations, LittleEndian end, LittleEndian locator, long locatorAt)
            throws IOException, Unreadable {
        long at = locatorAt - END64_BYTES;
        if (at < 0 || locator.u64(8) != at) {
            violations.add(
                    ViolationCode.BROKEN_ZIP64,
                    "",
                    "the 64-bit end record is said to be at " + locator.u64(8) + " (expected: " + at + ")");
            throw new Unreadable();
        }
        var end64 = file.read(at, END64_BYTES);
        if (end64.u32(0) != END64 || end64.u64(4) != END64_BYTES - 12) {
            violations.add(ViolationCode.BROKEN_ZIP64, "", "there is no 64-bit end record at " + at);
            throw new Unreadable();
        }
        if (locator.u32(4) != 0
                || locator.u32(16) > 1
                || end64.u32(16) != 0
                || end64.u32(20) != 0
                || end64.u64(24) != end64.u64(32)) {
            violations.add(ViolationCode.MULTIPLE_DISKS, "", "the archive is one of several parts");
            throw new Unreadable();
        }
        var result = new ZipEnd(end64.u64(32), end64.u64(48), end64.u64(40));
        if (differ(end.u16(8), result.entries, 0xffff)
                || differ(end.u16(10), result.entries, 0xffff)
                || differ(end.u16(4), 0, 0xffff)
                || differ(end.u16(6), 0, 0xffff)
                || differ(end.u32(12), result.directoryBytes, 0xffffffffL)
                || differ(end.u32(16), result.directory, 0xffffffffL)) {
            violations.add(ViolationCode.BROKEN_ZIP64, "", "the two end records say different things");
            throw new Unreadable();
        }
        return checked(result, at, violations);
    }

    private static boolean differ(long small, long large, long escape) {
        return small != escape && small != large;
    }

    private static ZipEnd checked(ZipEnd end, long directoryEnd, Violations violations) throws Unreadable {
        if (end.entries < 0
                || end.directory < 0
                || end.directoryBytes < 0
                || end.directory > directoryEnd
                || end.directoryBytes > directoryEnd - end.directory) {
            violations.add(
                    ViolationCode.BROKEN_DIRECTORY,
                    "",
                    "the directory is said to be " + end.directoryBytes + " bytes at " + end.directory
                            + " (expected: to end at " + directoryEnd + ")");
            throw new Unreadable();
        }
        long gap = directoryEnd - end.directory - end.directoryBytes;
        if (gap > 0) {
            violations.add(
                    ViolationCode.UNEXPECTED_DATA,
                    "",
                    gap + " bytes between the directory and the end record (expected: none)");
        }
        return end;
    }

    /** Offset of the end record, which should be the last thing in the file. */
    private static long find(ArchiveFile file, Violations violations) throws IOException, Unreadable {
        long size = file.sizeBytes();
        int tailBytes = (int) Math.min(size, END_BYTES + COMMENT_BYTES);
        var tail = file.read(size - tailBytes, tailBytes);
        for (int at = tail.length() - END_BYTES; at >= 0; at--) {
            if (tail.u32(at) != END) {
                continue;
            }
            int after = tail.length() - at - END_BYTES;
            int comment = tail.u16(at + 20);
            if (comment > after) {
                continue;
            }
            if (comment > 0) {
                violations.add(
                        ViolationCode.ARCHIVE_COMMENT, "", "a comment of " + comment + " bytes (expected: none)");
            }
            if (after > comment) {
                violations.add(
                        ViolationCode.UNEXPECTED_DATA,
                        "",
                        (after - comment) + " bytes after the end record (expected: none)");
            }
            return size - tailBytes + at;
        }
        boolean begins = size >= 4 && file.read(0, 4).u32(0) == LOCAL;
        violations.add(
                begins ? ViolationCode.TRUNCATED : ViolationCode.NOT_A_ZIP,
                "",
                begins ? "the archive has no end record (expected: one at the end)" : "the file is no zip archive");
        throw new Unreadable();
    }
}
