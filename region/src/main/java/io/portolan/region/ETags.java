package io.portolan.region;

/** Entity tags of RFC 9110, section 8.8.3, and their comparison. Stateless. All tags of ours are strong. */
final class ETags {
    private static final String WEAK = "W/";

    private ETags() {}

    /** Whether {@code If-None-Match} names the tag, by weak comparison, or is {@code *}. */
    static boolean weaklyMatches(String header, String etag) {
        return matches(header, etag, true);
    }

    /** Whether {@code If-Match} names the tag, by strong comparison, or is {@code *}. */
    static boolean stronglyMatches(String header, String etag) {
        return matches(header, etag, false);
    }

    /** Tags are read one by one: a tag may have a comma in it. What cannot be read ends the list. */
    private static boolean matches(String header, String etag, boolean weakly) {
        var text = header.strip();
        if (text.equals("*")) {
            return true;
        }
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == ',' || c == ' ' || c == '\t') {
                at++;
                continue;
            }
            boolean weak = text.startsWith(WEAK, at);
            int start = weak ? at + WEAK.length() : at;
            int end = start < text.length() && text.charAt(start) == '"' ? text.indexOf('"', start + 1) : -1;
            if (end < 0) {
                return false;
            }
            if ((weakly || !weak)
                    && end + 1 - start == etag.length()
                    && text.regionMatches(start, etag, 0, etag.length())) {
                return true;
            }
            at = end + 1;
        }
        return false;
    }
}
