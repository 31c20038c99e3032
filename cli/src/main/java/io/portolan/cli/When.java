package io.portolan.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times and durations as people write and read them. Stateless. */
final class When {
    private static final Pattern SHORT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private When() {}

    /** Reads {@code 30s}, {@code 30m}, {@code 6h}, {@code 7d} or ISO-8601. */
    static Duration duration(String text) {
        var match = SHORT.matcher(text.toLowerCase(Locale.ROOT));
        if (match.matches()) {
            long number = Long.parseLong(match.group(1));
            return switch (match.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofDays(number);
            };
        }
        try {
            return Duration.parse(text);
        } catch (java.time.format.DateTimeParseException e) {
            throw new CommandFailure(ExitCode.USAGE, "duration: " + text + " (expected: 30s, 30m, 6h, 7d or PT30M)");
        }
    }

    /** {@code 420 ms}, {@code 3.2 s}, {@code 4 min 5 s}, {@code 2 h 3 min}, {@code 5 d 2 h}. */
    static String text(Duration duration) {
        long millis = Math.max(0, duration.toMillis());
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return millis < 10_000
                    ? String.format(Locale.ROOT, "%d.%d s", millis / 1000, millis % 1000 / 100)
                    : millis / 1000 + " s";
        }
        long seconds = millis / 1000;
        if (seconds < 3600) {
            return seconds / 60 + " min " + seconds % 60 + " s";
        }
        return seconds < 86_400
                ? seconds / 3600 + " h " + seconds % 3600 / 60 + " min"
                : seconds / 86_400 + " d " + seconds % 86_400 / 3600 + " h";
    }

    /** How long ago, such as {@code 3 min 2 s ago}; empty text for none. */
    static String ago(@Nullable Instant at, Instant now) {
        return at == null ? "" : text(Duration.between(at, now)) + " ago";
    }

    /** Bytes as people read them: {@code 912 B}, {@code 14.2 KiB}, {@code 3.1 MiB}. */
    static String size(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        var unit = "B";
        for (var next : new String[] {"KiB", "MiB", "GiB"}) {
            if (value < 1024) {
                break;
            }
            value /= 1024;
            unit = next;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, unit);
    }
}
