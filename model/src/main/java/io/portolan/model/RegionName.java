package io.portolan.model;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Name of a region, such as {@code westeurope}. Immutable.
 *
 * @param value lower-case letters, digits and inner hyphens, at most 63
 */
public record RegionName(String value) implements Comparable<RegionName> {
    private static final Pattern SHAPE = Pattern.compile("[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?");

    public RegionName {
        Objects.requireNonNull(value, "value");
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "region: " + value + " (expected: lower-case letters, digits and inner hyphens, at most 63)");
        }
    }

    @Override
    public int compareTo(RegionName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
