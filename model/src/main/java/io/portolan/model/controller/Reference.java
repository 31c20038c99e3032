package io.portolan.model.controller;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A reference in the value of an environment variable: {@code ${config:key}} to the configuration of the version's pages, {@code
 * ${secret:NAME}} to a secret that each region has of its own. Immutable.
 *
 * @param name key of the configuration, nested keys joined by dots; or name of the secret
 */
public record Reference(Kind kind, String name) {
    private static final Pattern CONFIG = Pattern.compile("[A-Za-z_$][0-9A-Za-z_$.\\-]{0,127}");
    private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9](?:[0-9A-Za-z_.\\-]{0,126}[0-9A-Za-z])?");

    /** What it refers to. */
    public enum Kind {
        /** A value of the configuration. */
        CONFIG,
        /** A secret of the region. */
        SECRET
    }

    public Reference {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
        if (!(kind == Kind.CONFIG ? CONFIG : SECRET).matcher(name).matches() || name.contains("..")) {
            throw new IllegalArgumentException("reference: " + name + " (expected: "
                    + (kind == Kind.CONFIG
                            ? "a key of the configuration"
                            : "the name of a secret: letters, digits, and _ . - inside")
                    + ")");
        }
    }

    /**
     * The references of a value, in their order.
     *
     * @throws IllegalArgumentException when something starts as one and is none
     */
    public static List<Reference> in(String value) {
        var found = new ArrayList<Reference>();
        replace(value, reference -> {
            found.add(reference);
            return "";
        });
        return List.copyOf(found);
    }

    /** The value with each reference replaced; what comes in is not looked at again. */
    public static String replace(String value, Function<Reference, String> by) {
        var text = new StringBuilder();
        int at = 0;
        for (int start = value.indexOf("${"); start >= 0; start = value.indexOf("${", at)) {
            int end = value.indexOf('}', start);
            var inner = end < 0 ? "" : value.substring(start + 2, end);
            text.append(value, at, start).append(by.apply(parse(inner)));
            at = end + 1;
        }
        return text.append(value, at, value.length()).toString();
    }

    private static Reference parse(String inner) {
        if (inner.startsWith("config:")) {
            return new Reference(Kind.CONFIG, inner.substring("config:".length()));
        }
        if (inner.startsWith("secret:")) {
            return new Reference(Kind.SECRET, inner.substring("secret:".length()));
        }
        throw new IllegalArgumentException("reference: ${" + inner + (inner.isEmpty() ? "" : "}")
                + " (expected: ${config:key} or ${secret:NAME})");
    }
}
