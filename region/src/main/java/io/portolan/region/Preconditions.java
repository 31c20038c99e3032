package io.portolan.region;

/**
 * Conditions of a request on what would be answered, in the order of RFC 9110, section 13.2.2. Stateless.
 *
 * <p>Nothing here has a modification date, so {@code If-Modified-Since} and {@code If-Unmodified-Since} are ignored, and an
 * {@code If-Range} with a date never holds (sections 13.1.3 to 13.1.5).
 */
final class Preconditions {
    private Preconditions() {}

    /** What the conditions lead to. */
    enum Verdict {
        PROCEED,
        /** 304. */
        NOT_MODIFIED,
        /** 412. */
        FAILED
    }

    /** Judges a GET or HEAD of a representation with this strong tag. */
    static Verdict of(Request request, String etag) {
        var ifMatch = request.header("if-match");
        if (!ifMatch.isEmpty() && !ETags.stronglyMatches(ifMatch, etag)) {
            return Verdict.FAILED;
        }
        var ifNoneMatch = request.header("if-none-match");
        return !ifNoneMatch.isEmpty() && ETags.weaklyMatches(ifNoneMatch, etag)
                ? Verdict.NOT_MODIFIED
                : Verdict.PROCEED;
    }

    /** The {@code Range} to heed, empty text for none: GET only, and only while {@code If-Range} holds. */
    static String range(Request request, String etag) {
        var ifRange = request.header("if-range");
        return request.method().equals("GET")
                        && (ifRange.isEmpty() || ifRange.strip().equals(etag))
                ? request.header("range")
                : "";
    }
}
