package io.portolan.artifact;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Reads an object of a manifest: every fault is noted with its place, a wrong value counts as absent, and keys that nobody asked for
 * are warned of. One thread at a time.
 */
final class ManifestFields {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})(B|KiB|MiB|GiB)");
    private static final Map<String, Long> UNITS = Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

    private final JsonNode object;
    private final String place;
    private final Violations violations;
    private final List<String> warnings;
    private final Set<String> asked = new HashSet<>();

    ManifestFields(JsonNode object, String place, Violations violations, List<String> warnings) {
        this.object = object;
        this.place = place;
        this.violations = violations;
        this.warnings = warnings;
        if (!object.isObject()) {
            fault("", Violations.printable(object.toString()) + " (expected: an object)");
        }
    }

    /** Notes a fault of a key; of the object itself for empty text. */
    void fault(String key, String message) {
        violations.add(
                ViolationCode.CONTROLLER_INVALID,
                PackageManifest.PATH,
                (key.isEmpty() ? place : place + "." + key) + ": " + message);
    }

    boolean has(String key) {
        asked.add(key);
        return object.has(key);
    }

    JsonNode node(String key) {
        asked.add(key);
        return object.path(key);
    }

    /** Text that is there and not empty, else empty text. */
    String text(String key) {
        var node = node(key);
        if (node.isMissingNode()) {
            return "";
        }
        if (node.isString()) {
            return node.asString();
        }
        fault(key, Violations.printable(node.toString()) + " (expected: text)");
        return "";
    }

    /** Text that has to be there. */
    String required(String key, String what) {
        if (!has(key)) {
            fault(key, "is missing (expected: " + what + ")");
            return "";
        }
        var text = text(key);
        if (text.isEmpty() && node(key).isString()) {
            fault(key, "is empty (expected: " + what + ")");
        }
        return text;
    }

    int integer(String key, int byDefault) {
        var node = node(key);
        if (node.isMissingNode()) {
            return byDefault;
        }
        if (node.isIntegralNumber() && node.canConvertToInt()) {
            return node.asInt();
        }
        fault(key, Violations.printable(node.toString()) + " (expected: a whole number)");
        return byDefault;
    }

    /** A duration as {@code PT30S} or {@code 30s}. */
    Duration duration(String key, Duration byDefault) {
        var text = text(key);
        if (text.isEmpty()) {
            return byDefault;
        }
        try {
            var short_ = DURATION.matcher(text);
            if (!short_.matches()) {
                return Duration.parse(text);
            }
            long count = Long.parseLong(short_.group(1));
            return switch (short_.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
        } catch (DateTimeException | ArithmeticException e) {
            fault(key, Violations.printable(text) + " (expected: a duration such as 30s, 5m or PT30S)");
            return byDefault;
        }
    }

    /** Bytes as {@code 256MiB}; 0 where absent. */
    long bytes(String key) {
        var text = text(key);
        if (text.isEmpty()) {
            return 0;
        }
        var size = SIZE.matcher(text);
        if (size.matches()) {
            try {
                return Math.multiplyExact(Long.parseLong(size.group(1)), UNITS.getOrDefault(size.group(2), 1L));
            } catch (ArithmeticException e) {
                // Falls to the fault.
            }
        }
        fault(key, Violations.printable(text) + " (expected: a size such as 256MiB)");
        return 0;
    }

    /** Processors as {@code 0.5} or {@code "500m"}, in thousandths; 0 where absent. */
    int cpuMillis(String key) {
        var node = node(key);
        if (node.isMissingNode()) {
            return 0;
        }
        var written = node.isString() || node.isNumber() ? node.asString() : "";
        try {
            var millis = node.isString() && written.endsWith("m")
                    ? new BigDecimal(written.substring(0, written.length() - 1))
                    : new BigDecimal(written).movePointRight(3);
            if (millis.signum() > 0) {
                return millis.intValueExact();
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // Falls to the fault.
        }
        fault(key, Violations.printable(node.toString()) + " (expected: processors such as 0.5 or \"500m\")");
        return 0;
    }

    List<String> texts(String key) {
        var node = node(key);
        var texts = new ArrayList<String>();
        if (node.isMissingNode()) {
            return texts;
        }
        if (!node.isArray()) {
            fault(key, Violations.printable(node.toString()) + " (expected: an array of texts)");
            return texts;
        }
        for (var each : node) {
            if (each.isString() && each.asString().indexOf('\0') < 0) {
                texts.add(each.asString());
            } else {
                fault(key, Violations.printable(each.toString()) + " (expected: text)");
            }
        }
        return texts;
    }

    /** An object of texts. */
    Map<String, String> textMap(String key) {
        var node = node(key);
        var texts = new TreeMap<String, String>();
        if (node.isMissingNode()) {
            return texts;
        }
        if (!node.isObject()) {
            fault(key, Violations.printable(node.toString()) + " (expected: an object of texts)");
            return texts;
        }
        for (var property : node.properties()) {
            if (property.getValue().isString() && property.getValue().asString().indexOf('\0') < 0) {
                texts.put(property.getKey(), property.getValue().asString());
            } else {
                fault(key + "." + Violations.printable(property.getKey()), "(expected: text)");
            }
        }
        return texts;
    }

    /** One of an enum's constants in lower case with hyphens. */
    <E extends Enum<E>> Optional<E> one(String key, Class<E> type) {
        var text = text(key);
        for (var constant : type.getEnumConstants()) {
            if (word(constant).equals(text)) {
                return Optional.of(constant);
            }
        }
        var words = new ArrayList<String>();
        for (var constant : type.getEnumConstants()) {
            words.add(word(constant));
        }
        fault(key, (text.isEmpty() ? "is missing" : Violations.printable(text)) + " (expected: one of " + words + ")");
        return Optional.empty();
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** An object below. */
    ManifestFields below(String key) {
        return new ManifestFields(node(key), place + "." + key, violations, warnings);
    }

    /** What a constructor makes of values, or else another value and a fault. */
    <T> T made(String key, T otherwise, Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException e) {
            fault(key, Violations.printable(String.valueOf(e.getMessage())));
            return otherwise;
        }
    }

    /** Warns of every key that nobody asked for. */
    void warnOfOthers() {
        for (var key : object.propertyNames()) {
            if (!asked.contains(key)) {
                warnings.add(PackageManifest.PATH + ": " + place + ": unknown key " + Violations.printable(key)
                        + " is ignored");
            }
        }
    }
}
