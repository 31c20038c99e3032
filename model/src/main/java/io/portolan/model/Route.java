package io.portolan.model;

import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * First path segment and host label below which an extension is served. Immutable.
 *
 * @param value a lower-case DNS label, at most 63
 */
public record Route(String value) implements Comparable<Route> {
    private static final Pattern SHAPE = Pattern.compile("[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?");

    public Route {
        Objects.requireNonNull(value, "value");
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("route: " + value + " (expected: a lower-case DNS label, at most 63)");
        }
    }

    /** Routes that belong to nodes and to the control plane themselves. */
    public static final Set<String> RESERVED = Set.of("api", "cdn", "healthz", "readyz", "metrics", "schemas", "v1");

    /** Whether no extension may be registered under this route. */
    public boolean isReserved() {
        return RESERVED.contains(value);
    }

    @Override
    public int compareTo(Route other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
