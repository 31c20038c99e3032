package io.portolan.region;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The time of day as answers say it (RFC 9110, section 5.6.7), written once a second. Thread-safe. */
final class HttpDate {
    /** Bytes of any date. */
    static final int LENGTH = 29;

    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);
    private static final long MILLIS = 1000;

    private final InstantSource clock;
    private volatile Second current = new Second(Long.MIN_VALUE, "", new byte[0]);

    HttpDate(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * A second of time.
     *
     * @param bytes of the text; nobody changes them
     */
    record Second(long number, String text, byte[] bytes) {}

    /** This second. */
    Second now() {
        long number = Math.floorDiv(clock.millis(), MILLIS);
        var known = current;
        if (known.number() == number) {
            return known;
        }
        var text = FORM.format(Instant.ofEpochSecond(number));
        var made = new Second(number, text, text.getBytes(StandardCharsets.US_ASCII));
        current = made;
        return made;
    }
}
