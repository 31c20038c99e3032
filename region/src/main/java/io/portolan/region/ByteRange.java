package io.portolan.region;

import java.util.regex.Pattern;

/** A single byte range of RFC 9110, section 14. Immutable. */
sealed interface ByteRange {
    /** {@code bytes=a-b}, {@code bytes=a-} or {@code bytes=-n}; anything else is ignored, as the RFC allows. */
    Pattern SINGLE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** The whole. */
    record Whole() implements ByteRange {}

    /** A part that exists. */
    record Part(long offset, long length) implements ByteRange {}

    /** A part beyond the end. */
    record Unsatisfiable() implements ByteRange {}

    /** What a {@code Range} header asks of something of this size. */
    static ByteRange of(String header, long size) {
        var range = SINGLE.matcher(header);
        if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
            return new Whole();
        }
        if (range.group(1).isEmpty()) {
            long last = Math.min(size, Long.parseLong(range.group(2)));
            return last == 0 ? new Unsatisfiable() : new Part(size - last, last);
        }
        long first = Long.parseLong(range.group(1));
        long last = range.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(range.group(2));
        if (last < first) {
            return new Whole();
        }
        return first >= size ? new Unsatisfiable() : new Part(first, Math.min(last, size - 1) - first + 1);
    }
}
