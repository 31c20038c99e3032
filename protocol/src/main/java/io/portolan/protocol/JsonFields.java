package io.portolan.protocol;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Reads the fields of a JSON object that people write, and notes every fault instead of stopping at the first. One thread at a time.
 */
final class JsonFields {
    private final JsonNode node;
    private final String pointer;
    private final List<ProfileJson.Fault> faults;
    private final Set<String> read = new TreeSet<>();

    JsonFields(JsonNode node, String pointer, List<ProfileJson.Fault> faults) {
        this.node = node;
        this.pointer = pointer;
        this.faults = faults;
        if (!node.isObject()) {
            fault("", node.getNodeType().name().toLowerCase(Locale.ROOT) + " (expected: an object)");
        }
    }

    private void fault(String field, String message) {
        faults.add(new ProfileJson.Fault(
                field.isEmpty() ? pointer : pointer + "/" + field, field.isEmpty() ? message : field + ": " + message));
    }

    /** Whether a field is there and not null. */
    boolean has(String field) {
        read.add(field);
        return node.hasNonNull(field);
    }

    String text(String field, String otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        var value = node.get(field);
        if (!value.isString()) {
            fault(field, value + " (expected: text)");
            return otherwise;
        }
        return value.stringValue();
    }

    long number(String field, long otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        var value = node.get(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            fault(field, value + " (expected: a whole number)");
            return otherwise;
        }
        return value.longValue();
    }

    int integer(String field, int otherwise) {
        long value = number(field, otherwise);
        if (value != (int) value) {
            fault(field, value + " (expected: a whole number below 2^31)");
            return otherwise;
        }
        return (int) value;
    }

    boolean flag(String field, boolean otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        var value = node.get(field);
        if (!value.isBoolean()) {
            fault(field, value + " (expected: true or false)");
            return otherwise;
        }
        return value.booleanValue();
    }

    /** A duration, ISO-8601 or with a unit ({@code 250ms}, {@code 10s}, {@code 2m}). */
    Duration duration(String field, Duration otherwise) {
        if (!has(field)) {
            return otherwise;
        }
        var text = text(field, "");
        try {
            return text.isEmpty() ? otherwise : duration(text);
        } catch (IllegalArgumentException | java.time.format.DateTimeParseException | ArithmeticException e) {
            fault(field, text + " (expected: a duration such as 10s or PT10S)");
            return otherwise;
        }
    }

    private static Duration duration(String text) {
        if (text.startsWith("P")) {
            return Duration.parse(text);
        }
        int unit = 0;
        while (unit < text.length() && (Character.isDigit(text.charAt(unit)) || text.charAt(unit) == '.')) {
            unit++;
        }
        long nanos =
                switch (text.substring(unit)) {
                    case "ms" -> 1_000_000L;
                    case "s" -> 1_000_000_000L;
                    case "m" -> 60_000_000_000L;
                    case "h" -> 3_600_000_000_000L;
                    default -> throw new IllegalArgumentException(text);
                };
        return Duration.ofNanos(new BigDecimal(text.substring(0, unit))
                .multiply(BigDecimal.valueOf(nanos))
                .longValueExact());
    }

    /** One of an enum's constants, in any case, {@code -} for {@code _}. */
    <E extends Enum<E>> E one(String field, E otherwise, Class<E> type) {
        var text = text(field, otherwise.name());
        try {
            return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            fault(field, text + " (expected: one of " + List.of(type.getEnumConstants()) + ")");
            return otherwise;
        }
    }

    /** The elements of an array; a single value counts as an array of one. */
    List<JsonNode> elements(String field) {
        if (!has(field)) {
            return List.of();
        }
        var value = node.get(field);
        var elements = new ArrayList<JsonNode>();
        if (value.isArray()) {
            value.forEach(elements::add);
        } else {
            elements.add(value);
        }
        return elements;
    }

    List<String> texts(String field) {
        var texts = new ArrayList<String>();
        int index = 0;
        for (var element : elements(field)) {
            if (element.isString()) {
                texts.add(element.stringValue());
            } else {
                fault(field + "/" + index, element + " (expected: text)");
            }
            index++;
        }
        return texts;
    }

    /** An identifier, or another value with a fault noted. */
    <T> T parsed(String field, Function<String, T> parse, T otherwise) {
        try {
            return parse.apply(text(field, ""));
        } catch (IllegalArgumentException e) {
            faults.add(new ProfileJson.Fault(pointer + "/" + field, String.valueOf(e.getMessage())));
            return otherwise;
        }
    }

    JsonNode node(String field) {
        read.add(field);
        return node.path(field);
    }

    /** Notes every field that nobody read. */
    void refuseOthers() {
        if (node.isObject()) {
            for (var name : node.propertyNames()) {
                if (!read.contains(name)) {
                    fault(name, "unknown field (expected: one of " + read + ")");
                }
            }
        }
    }
}
