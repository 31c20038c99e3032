package io.portolan.model;

import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Label of one immutable release of an extension. Immutable.
 *
 * @param value a letter or digit, then letters, digits, . or -, at most 64 in all
 */
public record VersionLabel(String value) implements Comparable<VersionLabel> {
    private static final Pattern SHAPE = Pattern.compile("[0-9A-Za-z][0-9A-Za-z.\\-]{0,63}");

    public VersionLabel {
        Objects.requireNonNull(value, "value");
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("version: " + value
                    + " (expected: a letter or digit, then letters, digits, . or -, at most 64 in all)");
        }
    }

    /** Words that stand where an alias would and mean something else; anything starting with @ or - too. */
    public static final Set<String> RESERVED = Set.of("Content", "api", "telemetry");

    /** Whether a text is no alias: neither a version nor a friendly name may be called so. */
    public static boolean isReserved(String alias) {
        return RESERVED.contains(alias) || alias.startsWith("@") || alias.startsWith("-");
    }

    @Override
    public int compareTo(VersionLabel other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
