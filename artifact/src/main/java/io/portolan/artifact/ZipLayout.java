package io.portolan.artifact;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Checks that local headers, contents and descriptors fill the archive from its first byte to the directory: each where the
 * directory says, saying the same, none sharing a byte, nothing between them. One use.
 */
final class ZipLayout {
    private static final long LOCAL = 0x04034b50L;
    private static final int LOCAL_BYTES = 30;
    private static final long DESCRIPTOR = 0x08074b50L;
    private static final long ESCAPE = 0xffffffffL;
    /** Lengths of a descriptor, likeliest first: signature and 32-bit sizes; 64-bit sizes; both without signature. */
    private static final int[] DESCRIPTOR_BYTES = {16, 24, 12, 20};

    private final ArchiveFile file;
    private final long directory;
    private final Violations violations;
    private final ArrayList<LocatedEntry> located = new ArrayList<>();

    private ZipLayout(ArchiveFile file, long directory, Violations violations) {
        this.file = file;
        this.directory = directory;
        this.violations = violations;
    }

    /** The entries whose content can be read, in the order of the archive. */
    static List<LocatedEntry> locate(
            ArchiveFile file, long directory, List<ZipEntryHeader> entries, Violations violations) throws IOException {
        var layout = new ZipLayout(file, directory, violations);
        layout.walk(entries.stream()
                .sorted(Comparator.comparingLong(ZipEntryHeader::header))
                .toList());
        return layout.located;
    }

    private void walk(List<ZipEntryHeader> entries) throws IOException {
        long reached = 0;
        String before = "";
        for (int i = 0; i < entries.size(); i++) {
            var entry = entries.get(i);
            long next = i + 1 < entries.size() ? entries.get(i + 1).header() : directory;
            boolean overlaps = entry.header() < reached;
            if (overlaps) {
                violations.add(
                        ViolationCode.OVERLAPPING_ENTRIES,
                        entry.name(),
                        "starts at " + entry.header() + ", inside " + Violations.printable(before) + ", which ends at "
                                + reached);
            } else if (entry.header() > reached && entry.header() < directory) {
                unexpected(reached, entry.header(), entry.name());
            }
            long end = walkOne(entry, next, overlaps);
            // Where the end is not known, what follows is taken as it comes.
            reached = Math.max(reached, end < 0 ? Math.min(next, directory) : end);
            before = entry.name();
        }
        if (reached < directory) {
            unexpected(reached, directory, "");
        }
    }

    private void unexpected(long from, long to, String entry) {
        violations.add(
                ViolationCode.UNEXPECTED_DATA,
                entry,
                (to - from) + " bytes at " + from + " that belong to no entry (expected: none)");
    }

    /** Checks one entry; the offset after it, or -1 if that cannot be known. */
    private long walkOne(ZipEntryHeader entry, long next, boolean overlaps) throws IOException {
        var name = entry.name();
        if (entry.header() > directory - LOCAL_BYTES) {
            violations.add(
                    ViolationCode.BROKEN_HEADER,
                    name,
                    "its local header is said to be at " + entry.header() + " (expected: before " + directory + ")");
            return -1;
        }
        var local = file.read(entry.header(), LOCAL_BYTES);
        if (local.length() < LOCAL_BYTES || local.u32(0) != LOCAL) {
            violations.add(ViolationCode.BROKEN_HEADER, name, "there is no local header at " + entry.header());
            return -1;
        }
        int nameLength = local.u16(26);
        int extraLength = local.u16(28);
        long content = entry.header() + LOCAL_BYTES + nameLength + extraLength;
        if (content > directory || entry.packedBytes() > directory - content) {
            violations.add(
                    ViolationCode.OVERLAPPING_ENTRIES,
                    name,
                    "its " + entry.packedBytes() + " bytes at " + content + " reach into the directory at "
                            + directory);
            return -1;
        }
        boolean agrees = compare(entry, local, nameLength, extraLength);
        long end = content + entry.packedBytes();
        if (entry.hasDescriptor()) {
            int descriptor = descriptorBytes(entry, end, next);
            if (descriptor < 0) {
                violations.add(
                        ViolationCode.HEADER_MISMATCH,
                        name,
                        "the data descriptor is missing or says something else than the directory");
                return -1;
            }
            end += descriptor;
        }
        if (agrees && !overlaps && entry.isReadable()) {
            located.add(new LocatedEntry(entry, content, file));
        }
        return end;
    }

    private boolean compare(ZipEntryHeader entry, LittleEndian local, int nameLength, int extraLength)
            throws IOException {
        var name = entry.name();
        var kept = file.read(entry.header() + LOCAL_BYTES, Math.min(nameLength, entry.nameBytes().length))
                .bytes();
        var extra = file.read(entry.header() + LOCAL_BYTES + nameLength, extraLength);
        var sizes = ExtraFields.read(
                extra,
                entry.nameBytes(),
                new ExtraFields.Sizes(local.u32(22), local.u32(18), 0),
                false,
                name,
                violations);
        // With a descriptor the header may leave out what was not known when it was written.
        boolean mayBeAbsent = entry.hasDescriptor();
        boolean agrees = same("name", name, nameLength == entry.nameLength() && Arrays.equals(kept, entry.nameBytes()));
        agrees &= same("method", name, local.u16(8) == entry.method());
        agrees &= same("flags", name, local.u16(6) == entry.flags());
        agrees &= same("CRC", name, agree(local.u32(14), entry.crc(), mayBeAbsent));
        agrees &= same("packed size", name, agree(sizes.packed(), entry.packedBytes(), mayBeAbsent));
        agrees &= same("size", name, agree(sizes.size(), entry.sizeBytes(), mayBeAbsent));
        return agrees;
    }

    private static boolean agree(long local, long central, boolean mayBeAbsent) {
        return local == central || (mayBeAbsent && local == 0);
    }

    private boolean same(String field, String entry, boolean agrees) {
        if (!agrees) {
            violations.add(
                    ViolationCode.HEADER_MISMATCH, entry, "local header and directory disagree about the " + field);
        }
        return agrees;
    }

    /**
     * Length of the descriptor at {@code at}, or -1 if none says what the directory says. Signature and width are not marked
     * anywhere; the one that ends where the next part begins is meant.
     */
    private int descriptorBytes(ZipEntryHeader entry, long at, long next) throws IOException {
        var bytes = file.read(at, (int) Math.min(24, directory - at));
        int found = -1;
        for (int length : DESCRIPTOR_BYTES) {
            if (length <= bytes.length() && says(bytes, length, entry)) {
                if (at + length == next) {
                    return length;
                }
                found = found < 0 ? length : found;
            }
        }
        return found;
    }

    private static boolean says(LittleEndian bytes, int length, ZipEntryHeader entry) {
        boolean signed = length == 16 || length == 24;
        boolean wide = length >= 20;
        int at = signed ? 4 : 0;
        if (signed && bytes.u32(0) != DESCRIPTOR) {
            return false;
        }
        long packed = wide ? bytes.u64(at + 4) : bytes.u32(at + 4);
        long size = wide ? bytes.u64(at + 12) : bytes.u32(at + 8);
        boolean fits = wide || (entry.packedBytes() < ESCAPE && entry.sizeBytes() < ESCAPE);
        return fits && bytes.u32(at) == entry.crc() && packed == entry.packedBytes() && size == entry.sizeBytes();
    }
}
