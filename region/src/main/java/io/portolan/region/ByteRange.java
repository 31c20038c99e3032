package io.portolan.region;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What a {@code Range} header asks for, by RFC 9110, section 14. Immutable. */
sealed interface ByteRange {
    /** Most ranges of one request that are heeded; whoever asks for more gets the whole. */
    int MOST_RANGES = 32;

    String UNIT = "bytes=";

    /** {@code a-b}, {@code a-} or {@code -n}. */
    Pattern SPEC = Pattern.compile("(\\d*)-(\\d*)");

    /** The whole: nothing was asked that can be heeded. */
    record Whole() implements ByteRange {}

    /** Parts that exist, one or more, none touching another; in the order asked for, as far as they were not joined. */
    record Parts(List<Part> parts) implements ByteRange {
        public Parts {
            parts = List.copyOf(parts);
        }
    }

    /** Nothing asked for exists. */
    record Unsatisfiable() implements ByteRange {}

    /** Bytes from {@code offset}, at least one. */
    record Part(long offset, long length) {
        long end() {
            return offset + length;
        }

        /** Whether two parts overlap, or lie side by side. */
        boolean touches(Part other) {
            return offset <= other.end() && other.offset <= end();
        }

        Part joined(Part other) {
            long first = Math.min(offset, other.offset);
            return new Part(first, Math.max(end(), other.end()) - first);
        }
    }

    /** What a header (empty text for none) asks of something of this size. A header that is not as the RFC says is ignored. */
    static ByteRange of(String header, long size) {
        // Of nothing there are no parts that a Content-Range could name; clients that ask for the first bytes of
        // everything
        // get all of it.
        if (size == 0 || !header.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            return new Whole();
        }
        var wanted = new ArrayList<Part>();
        int specs = 0;
        for (var element : header.substring(UNIT.length()).split(",", -1)) {
            var text = element.strip();
            if (text.isEmpty()) {
                continue;
            }
            var spec = SPEC.matcher(text);
            if (!spec.matches() || ++specs > MOST_RANGES) {
                return new Whole();
            }
            long first = spec.group(1).isEmpty() ? -1 : number(spec.group(1));
            long last = spec.group(2).isEmpty() ? -1 : number(spec.group(2));
            if ((first < 0 && last < 0) || (first >= 0 && last >= 0 && last < first)) {
                return new Whole();
            }
            long offset = first < 0 ? Math.max(0, size - last) : first;
            long end = first < 0 || last < 0 ? size : Math.min(size - 1, last) + 1;
            if (offset < end) {
                add(wanted, new Part(offset, end - offset));
            }
        }
        if (specs == 0) {
            return new Whole();
        }
        return wanted.isEmpty() ? new Unsatisfiable() : new Parts(wanted);
    }

    /** Adds a part in the place of the first one that it touches; no byte is ever sent twice. */
    private static void add(List<Part> parts, Part part) {
        var joined = part;
        int place = parts.size();
        for (int i = 0; i < parts.size(); ) {
            if (parts.get(i).touches(joined)) {
                joined = joined.joined(parts.remove(i));
                place = Math.min(place, i);
                // What grew may touch one that was passed already.
                i = 0;
            } else {
                i++;
            }
        }
        parts.add(Math.min(place, parts.size()), joined);
    }

    /** A number of any length; beyond all sizes it makes no difference. */
    private static long number(String digits) {
        return digits.length() > 18 ? Long.MAX_VALUE - 1 : Long.parseLong(digits);
    }
}
