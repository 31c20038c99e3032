package io.portolan.artifact;

import java.util.Arrays;
import java.util.zip.CRC32;

/** Reads the extra fields of a header. Stateless. */
final class ExtraFields {
    private static final int ZIP64 = 0x0001;
    private static final int UNICODE_PATH = 0x7075;
    private static final int AES = 0x9901;
    private static final long ESCAPE = 0xffffffffL;

    /** What the header's own fields say, and what they mean once the 64-bit field is read. */
    record Sizes(long size, long packed, long header) {}

    private ExtraFields() {}

    /**
     * Checks the extra fields and resolves sizes that stand in the 64-bit one.
     *
     * @param withHeader whether the offset of the local header is among the sizes (central directory)
     * @return the sizes; those that cannot be resolved stay as they are, with a violation
     */
    static Sizes read(
            LittleEndian extra, byte[] name, Sizes sizes, boolean withHeader, String entry, Violations violations) {
        var result = sizes;
        boolean seen64 = false;
        int at = 0;
        while (at < extra.length()) {
            if (extra.length() - at < 4 || extra.u16(at + 2) > extra.length() - at - 4) {
                violations.add(
                        ViolationCode.BROKEN_EXTRA_FIELD, entry, "an extra field goes past the end of the header");
                break;
            }
            int id = extra.u16(at);
            var field = new LittleEndian(Arrays.copyOfRange(extra.bytes(), at + 4, at + 4 + extra.u16(at + 2)));
            at += 4 + field.length();
            switch (id) {
                case ZIP64 -> {
                    if (seen64) {
                        violations.add(ViolationCode.BROKEN_EXTRA_FIELD, entry, "two 64-bit extra fields");
                    } else {
                        result = read64(field, sizes, withHeader, entry, violations);
                        seen64 = true;
                    }
                }
                case UNICODE_PATH -> checkUnicodePath(field, name, entry, violations);
                case AES -> violations.add(ViolationCode.ENCRYPTED, entry, "an extra field says that it is encrypted");
                default -> {
                    // Times, owners, padding: nothing that changes what the entry is.
                }
            }
        }
        if (!seen64 && (sizes.size == ESCAPE || sizes.packed == ESCAPE || (withHeader && sizes.header == ESCAPE))) {
            violations.add(ViolationCode.BROKEN_ZIP64, entry, "the 64-bit extra field is missing");
        }
        return result;
    }

    /**
     * The field holds, in this order, what the header escapes: size, packed size, offset, disk. Some writers repeat what is
     * not escaped; then all from the first on are there, and must agree.
     */
    private static Sizes read64(
            LittleEndian field, Sizes sizes, boolean withHeader, String entry, Violations violations) {
        boolean[] escaped = {sizes.size == ESCAPE, sizes.packed == ESCAPE, withHeader && sizes.header == ESCAPE};
        long[] values = {sizes.size, sizes.packed, sizes.header};
        int needed = 0;
        for (boolean each : escaped) {
            needed += each ? 8 : 0;
        }
        boolean exact = field.length() == needed;
        boolean repeats = field.length() == 16 || (withHeader && (field.length() == 24 || field.length() == 28));
        boolean broken = !exact && !repeats;
        int at = 0;
        for (int i = 0; i < values.length && !broken; i++) {
            if (exact ? escaped[i] : at + 8 <= field.length()) {
                long value = field.u64(at);
                at += 8;
                broken = value < 0 || (!escaped[i] && value != values[i]);
                values[i] = value;
            } else {
                broken = escaped[i];
            }
        }
        if (!broken && field.length() == 28 && field.u32(24) != 0) {
            broken = true;
        }
        if (broken) {
            violations.add(ViolationCode.BROKEN_ZIP64, entry, "the 64-bit extra field does not fit the header");
            return sizes;
        }
        return new Sizes(values[0], values[1], values[2]);
    }

    /** A second name must be the first: otherwise the entry is something else to every other reader. */
    private static void checkUnicodePath(LittleEndian field, byte[] name, String entry, Violations violations) {
        var crc = new CRC32();
        crc.update(name);
        if (field.length() < 5
                || field.u32(1) != crc.getValue()
                || !Arrays.equals(field.bytes(), 5, field.length(), name, 0, name.length)) {
            violations.add(ViolationCode.BROKEN_EXTRA_FIELD, entry, "an extra field gives the entry another name");
        }
    }
}
