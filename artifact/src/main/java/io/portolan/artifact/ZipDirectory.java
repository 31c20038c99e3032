package io.portolan.artifact;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the central directory, once, and checks every record by itself. Stateless. */
final class ZipDirectory {
    private static final long RECORD = 0x02014b50L;
    private static final int RECORD_BYTES = 46;
    private static final int BUFFER_BYTES = 64 * 1024;

    /** Two bits of compression level, descriptor, UTF-8: nothing that changes how we read. */
    private static final int HARMLESS = 0b110 | ZipEntryHeader.DESCRIPTOR | 1 << 11;

    private static final int UNIX_TYPE = 0xf000;
    private static final int UNIX_FILE = 0x8000;
    private static final int UNIX_FOLDER = 0x4000;
    private static final int UNIX_LINK = 0xa000;

    private ZipDirectory() {}

    /**
     * Reads all records.
     *
     * @throws Unreadable when the directory breaks off or there are too many; the violation is noted
     */
    static List<ZipEntryHeader> read(ArchiveFile file, ZipEnd end, PackageLimits limits, Violations violations)
            throws IOException, Unreadable {
        if (end.entries() > limits.files()) {
            violations.addLimit(
                    ViolationCode.TOO_MANY_FILES, "", "entries in the archive", limits.files(), end.entries());
            throw new Unreadable();
        }
        var entries = new ArrayList<ZipEntryHeader>();
        try (var section = new BufferedInputStream(
                file.section(end.directory(), end.directory() + end.directoryBytes()), BUFFER_BYTES)) {
            for (long i = 0; i < end.entries(); i++) {
                entries.add(record(section, limits, violations));
            }
            if (section.read() >= 0) {
                violations.add(
                        ViolationCode.BROKEN_DIRECTORY,
                        "",
                        "the directory goes on after its " + end.entries() + " records (expected: to end)");
            }
        }
        return entries;
    }

    private static ZipEntryHeader record(InputStream section, PackageLimits limits, Violations violations)
            throws IOException, Unreadable {
        var fields = exactly(section, RECORD_BYTES, violations);
        if (fields.u32(0) != RECORD) {
            violations.add(ViolationCode.BROKEN_DIRECTORY, "", "a record of the directory is not one");
            throw new Unreadable();
        }
        int nameLength = fields.u16(28);
        int nameKept = Math.min(nameLength, limits.nameBytes());
        var nameBytes = exactly(section, nameKept, violations).bytes();
        // The rest of an over-long name is not kept: 20,000 of them would fill the heap.
        exactly(section, nameLength - nameKept, violations);
        var extra = exactly(section, fields.u16(30), violations);
        exactly(section, fields.u16(32), violations);

        var name = nameKept < nameLength
                ? new String(nameBytes, StandardCharsets.UTF_8) + "…"
                : EntryName.decode(nameBytes, violations);
        EntryName.check(name, nameLength, limits, violations);
        var sizes = ExtraFields.read(
                extra,
                nameBytes,
                new ExtraFields.Sizes(fields.u32(24), fields.u32(20), fields.u32(42)),
                true,
                name,
                violations);
        var entry = new ZipEntryHeader(
                name,
                nameBytes,
                nameLength,
                fields.u16(8),
                fields.u16(10),
                fields.u32(16),
                sizes.packed(),
                sizes.size(),
                sizes.header());
        check(entry, fields, limits, violations);
        return entry;
    }

    private static void check(ZipEntryHeader entry, LittleEndian fields, PackageLimits limits, Violations violations) {
        var name = entry.name();
        if ((entry.flags() & ZipEntryHeader.ENCRYPTED) != 0) {
            violations.add(ViolationCode.ENCRYPTED, name, "the entry is encrypted");
        } else if ((entry.flags() & ~HARMLESS) != 0) {
            violations.add(
                    ViolationCode.UNSUPPORTED_FLAG,
                    name,
                    "flags 0x" + Integer.toHexString(entry.flags()) + " (expected: none but level, descriptor, UTF-8)");
        }
        if (entry.method() != ZipEntryHeader.STORED && entry.method() != ZipEntryHeader.DEFLATED) {
            violations.add(
                    ViolationCode.UNSUPPORTED_METHOD,
                    name,
                    "compression method " + entry.method() + " (expected: 0 stored or 8 deflated)");
        }
        if (fields.u16(34) != 0) {
            violations.add(ViolationCode.MULTIPLE_DISKS, name, "the entry lies in another part of the archive");
        }
        checkType(entry, (int) (fields.u32(38) >>> 16) & UNIX_TYPE, violations);
        if (entry.isFolder() && entry.sizeBytes() != 0) {
            violations.add(
                    ViolationCode.FOLDER_WITH_CONTENT,
                    name,
                    "the folder has " + entry.sizeBytes() + " bytes of content");
        }
        if (entry.method() == ZipEntryHeader.STORED && entry.sizeBytes() != entry.packedBytes()) {
            violations.add(
                    ViolationCode.SIZE_MISMATCH,
                    name,
                    "stored, with " + entry.packedBytes() + " bytes packed and " + entry.sizeBytes() + " unpacked");
        }
        if (entry.sizeBytes() > limits.fileBytes()) {
            violations.addLimit(
                    ViolationCode.FILE_TOO_LARGE, name, "size in bytes", limits.fileBytes(), entry.sizeBytes());
        }
        if (expandsTooMuch(entry, limits)) {
            violations.addLimit(
                    ViolationCode.RATIO_TOO_HIGH,
                    name,
                    "expansion ratio",
                    limits.ratio(),
                    entry.sizeBytes() / Math.max(1, entry.packedBytes()));
        }
    }

    /** Whether an entry says of itself that it expands beyond the limit. */
    static boolean expandsTooMuch(ZipEntryHeader entry, PackageLimits limits) {
        return entry.sizeBytes() > PackageLimits.RATIO_FROM_BYTES
                && entry.sizeBytes() / limits.ratio() >= entry.packedBytes()
                && entry.sizeBytes() > entry.packedBytes() * limits.ratio();
    }

    private static void checkType(ZipEntryHeader entry, int type, Violations violations) {
        switch (type) {
            case 0, UNIX_FILE -> {
                // A file, or nothing said.
            }
            case UNIX_FOLDER -> {
                if (!entry.isFolder()) {
                    violations.add(
                            ViolationCode.FILE_AND_FOLDER, entry.name(), "named like a file and marked as a folder");
                }
            }
            case UNIX_LINK -> violations.add(ViolationCode.LINK, entry.name(), "the entry is a symbolic link");
            default ->
                violations.add(
                        ViolationCode.DEVICE,
                        entry.name(),
                        "the entry is a device, pipe, socket or of an unknown type");
        }
    }

    private static LittleEndian exactly(InputStream section, int length, Violations violations)
            throws IOException, Unreadable {
        var bytes = section.readNBytes(length);
        if (bytes.length < length) {
            violations.add(ViolationCode.BROKEN_DIRECTORY, "", "the directory ends within a record");
            throw new Unreadable();
        }
        return new LittleEndian(bytes);
    }
}
