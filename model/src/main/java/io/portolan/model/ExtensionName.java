package io.portolan.model;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Registered name of an extension, such as {@code Contoso_Orders}. Immutable.
 *
 * @param value a letter, then letters, digits, _ . -, at most 128 in all
 */
public record ExtensionName(String value) implements Comparable<ExtensionName> {
    private static final Pattern SHAPE = Pattern.compile("[A-Za-z][0-9A-Za-z_.\\-]{0,127}");

    public ExtensionName {
        Objects.requireNonNull(value, "value");
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("extension name: " + value
                    + " (expected: a letter, then letters, digits, _ . -, at most 128 in all)");
        }
    }

    @Override
    public int compareTo(ExtensionName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
