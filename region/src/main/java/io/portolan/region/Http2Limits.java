package io.portolan.region;

import java.time.Duration;
import java.util.Objects;

/**
 * What an HTTP/2 connection may cost beside {@link HttpLimits}. Immutable.
 *
 * @param streams            most requests at a time on one connection
 * @param resetsPerWindow    most streams that a client may take back in a window (CVE-2023-44487)
 * @param controlPerWindow   most SETTINGS, PING and PRIORITY frames in a window (CVE-2019-9512, -9515)
 * @param window             what both count in, whole seconds
 * @param emptyDataFrames    most empty DATA frames in a row (CVE-2019-9518)
 * @param smallContinuations most small CONTINUATION frames of one head (CVE-2024-27316)
 */
public record Http2Limits(
        int streams,
        int resetsPerWindow,
        int controlPerWindow,
        Duration window,
        int emptyDataFrames,
        int smallContinuations) {
    /** The defaults. */
    public static final Http2Limits DEFAULTS = new Http2Limits(100, 200, 200, Duration.ofSeconds(10), 10, 16);

    public Http2Limits {
        Objects.requireNonNull(window, "window");
        if (streams < 1 || resetsPerWindow < 1 || controlPerWindow < 1 || window.toSeconds() < 1) {
            throw new IllegalArgumentException(
                    "HTTP/2 limits: " + streams + " streams, " + resetsPerWindow + " resets, " + controlPerWindow
                            + " control frames in " + window + " (expected: 1 or more of each)");
        }
    }
}
