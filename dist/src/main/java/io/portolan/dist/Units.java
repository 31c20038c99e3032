package io.portolan.dist;

import io.portolan.artifact.DiskReserve;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Values with units, as settings files carry them. Stateless. */
final class Units {
    private static final Pattern NUMBER = Pattern.compile("(\\d{1,12})\\s*([A-Za-z]+)");
    private static final Map<String, Long> SIZES = Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

    private Units() {}

    /** Reads {@code 250ms}, {@code 30s}, {@code 30m}, {@code 6h}, {@code 7d} or ISO-8601. */
    static Duration duration(String text) {
        var match = NUMBER.matcher(text);
        if (match.matches()) {
            long number = Long.parseLong(match.group(1));
            switch (match.group(2)) {
                case "ms":
                    return Duration.ofMillis(number);
                case "s":
                    return Duration.ofSeconds(number);
                case "m":
                    return Duration.ofMinutes(number);
                case "h":
                    return Duration.ofHours(number);
                case "d":
                    return Duration.ofDays(number);
                default:
                    break;
            }
        }
        try {
            return Duration.parse(text.toUpperCase(Locale.ROOT));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(text + " (expected: such as 250ms, 30s, 30m, 6h, 7d or PT30M)", e);
        }
    }

    /** Reads a disk's reserve: {@code auto}, or a size. */
    static long reserve(String text) {
        return text.equals("auto") ? DiskReserve.AUTOMATIC : bytes(text);
    }

    /** Reads {@code 512B}, {@code 64KiB}, {@code 64MiB} or {@code 2GiB}. */
    static long bytes(String text) {
        var match = NUMBER.matcher(text);
        if (match.matches() && SIZES.containsKey(match.group(2))) {
            return Math.multiplyExact(Long.parseLong(match.group(1)), SIZES.getOrDefault(match.group(2), 1L));
        }
        throw new IllegalArgumentException(text + " (expected: such as 512B, 64KiB, 64MiB or 2GiB)");
    }
}
