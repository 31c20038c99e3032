package io.portolan.region;

import java.util.Locale;
import java.util.regex.Pattern;

/** How much somebody waits for an answer; the first is served first. */
enum Priority {
    /** A page, the service worker, a manifest, or a file that a page cannot begin without. */
    PAGE("page"),
    /** Another file of a page that is open. */
    FILE("file"),
    /** What a browser fetches ahead, and nobody needs yet. */
    PREFETCH("prefetch");

    /** Urgency of RFC 9218, 0 the most urgent; 3 is what holds where nothing is said. */
    private static final Pattern URGENCY = Pattern.compile("(?:^|[,\\s])u=([0-7])(?:$|[,;\\s])");

    private static final int MOST_URGENT_FILE = 1;
    private static final int LEAST_URGENT = 7;

    private final String label;

    Priority(String label) {
        this.label = label;
    }

    /** In metrics. */
    String label() {
        return label;
    }

    /** Of a request, by what it says of itself: {@code Sec-Purpose} or the older {@code Purpose}, and {@code Priority}. */
    static Priority of(Request request) {
        int urgency = urgency(request.header("priority"));
        if (isAhead(request.header("sec-purpose")) || isAhead(request.header("purpose")) || urgency == LEAST_URGENT) {
            return PREFETCH;
        }
        return !request.path().contains("/Content/") || urgency <= MOST_URGENT_FILE ? PAGE : FILE;
    }

    private static boolean isAhead(String purpose) {
        return !purpose.isEmpty() && purpose.toLowerCase(Locale.ROOT).contains("prefetch");
    }

    private static int urgency(String header) {
        var said = URGENCY.matcher(header);
        return said.find() ? Integer.parseInt(said.group(1)) : 3;
    }
}
