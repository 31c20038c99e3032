package io.portolan.placement.workload;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Numbers with a unit as people write them. Stateless. */
enum Quantity {
    /** To milliseconds. */
    DURATION("a duration such as 250ms, 1.5s or 2m", Map.of("ms", 1.0, "s", 1_000.0, "m", 60_000.0)),
    /** To bytes; a plain number is bytes. */
    BYTES(
            "a size such as 800, 40KB, 50MB or 4MiB",
            Map.of(
                    "",
                    1.0,
                    "B",
                    1.0,
                    "KB",
                    1e3,
                    "MB",
                    1e6,
                    "GB",
                    1e9,
                    "KiB",
                    1024.0,
                    "MiB",
                    1048576.0,
                    "GiB",
                    1073741824.0)),
    /** To megabits a second. */
    RATE("a rate such as 50Mbit or 1Gbit", Map.of("kbit", 1e-3, "Mbit", 1.0, "Gbit", 1e3));

    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,6})?) ?([A-Za-z]*)");

    private final String expected;
    private final Map<String, Double> units;

    Quantity(String expected, Map<String, Double> units) {
        this.expected = expected;
        this.units = units;
    }

    String expected() {
        return expected;
    }

    /** The value in the base unit; empty when the text is none. */
    OptionalDouble parse(String text) {
        var match = SHAPE.matcher(text.strip());
        if (!match.matches()) {
            return OptionalDouble.empty();
        }
        var unit = units.get(match.group(2));
        return unit == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(match.group(1)) * unit);
    }
}
