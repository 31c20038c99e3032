package io.portolan.region;

/** Entity tags of RFC 9110, section 8.8. Stateless. */
final class ETags {
    private ETags() {}

    /** Whether {@code If-None-Match} names the tag, by weak comparison, or is {@code *}. */
    static boolean matches(String ifNoneMatch, String etag) {
        for (var candidate : ifNoneMatch.split(",", -1)) {
            var tag = candidate.strip();
            if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }
}
