package io.portolan.artifact;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;

/** Rules for names of entries. Pure. */
final class EntryName {
    private EntryName() {}

    /**
     * Decodes a name.
     *
     * @return the name; if it is not UTF-8, byte by byte so that it can be shown, with a violation
     */
    static String decode(byte[] bytes, Violations violations) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            var shown = new String(bytes, StandardCharsets.ISO_8859_1);
            violations.add(ViolationCode.NAME_NOT_UTF8, shown, "the name is not UTF-8");
            return shown;
        }
    }

    /** Notes everything that is wrong with a name; a slash at its end says folder. */
    static void check(String name, int lengthBytes, PackageLimits limits, Violations violations) {
        if (name.isEmpty()) {
            violations.add(ViolationCode.NAME_EMPTY, name, "the name is empty");
            return;
        }
        if (lengthBytes > limits.nameBytes()) {
            violations.addLimit(
                    ViolationCode.NAME_TOO_LONG, name, "length of the name in bytes", limits.nameBytes(), lengthBytes);
        }
        if (name.indexOf('\0') >= 0) {
            violations.add(ViolationCode.NAME_NUL, name, "the name contains NUL");
        }
        if (name.chars().anyMatch(each -> each != 0 && Character.isISOControl(each))) {
            violations.add(ViolationCode.NAME_CONTROL_CHARACTER, name, "the name contains a control character");
        }
        if (name.indexOf('\\') >= 0) {
            violations.add(ViolationCode.NAME_BACKSLASH, name, "the name contains a backslash (expected: slashes)");
        }
        if (name.length() >= 2 && name.charAt(1) == ':' && isLetter(name.charAt(0))) {
            violations.add(ViolationCode.NAME_DRIVE_LETTER, name, "the name starts with a drive letter");
        }
        checkSegments(name, limits, violations);
    }

    private static void checkSegments(String name, PackageLimits limits, Violations violations) {
        var path = withoutSlash(name);
        boolean absolute = path.isEmpty() || path.charAt(0) == '/';
        if (absolute) {
            violations.add(ViolationCode.NAME_ABSOLUTE, name, "the name is absolute");
        }
        boolean parent = false;
        boolean dot = false;
        boolean empty = false;
        int levels = 0;
        // A backslash is refused above; that it would also climb on another system is worth saying.
        for (var segment : (absolute ? path.substring(Math.min(1, path.length())) : path).split("[/\\\\]", -1)) {
            levels++;
            parent |= segment.equals("..");
            dot |= segment.equals(".");
            empty |= segment.isEmpty();
        }
        if (parent) {
            violations.add(ViolationCode.NAME_PARENT_SEGMENT, name, "the name has a segment ..");
        }
        if (dot) {
            violations.add(ViolationCode.NAME_DOT_SEGMENT, name, "the name has a segment .");
        }
        if (empty) {
            violations.add(ViolationCode.NAME_EMPTY_SEGMENT, name, "the name has an empty segment");
        }
        if (levels > limits.levels()) {
            violations.addLimit(ViolationCode.NAME_TOO_DEEP, name, "levels of the name", limits.levels(), levels);
        }
    }

    private static boolean isLetter(char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z');
    }

    static String withoutSlash(String name) {
        return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    }

    /** What two names have in common that some file system would take for one: NFC, full case folding. */
    static String folded(String name) {
        // Upper case first: it is what turns ß into SS and joins the forms of sigma.
        var folded = Normalizer.normalize(name, Normalizer.Form.NFC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
        return Normalizer.normalize(folded, Normalizer.Form.NFC);
    }
}
