package io.portolan.model;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Name of an environment, such as {@code prod}. Immutable.
 *
 * @param value lower-case letters, digits and inner hyphens, at most 63
 */
public record EnvironmentName(String value) implements Comparable<EnvironmentName> {
    private static final Pattern SHAPE = Pattern.compile("[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?");

    public EnvironmentName {
        Objects.requireNonNull(value, "value");
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "environment: " + value + " (expected: lower-case letters, digits and inner hyphens, at most 63)");
        }
    }

    @Override
    public int compareTo(EnvironmentName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
