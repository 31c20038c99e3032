package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Secrets as variables of the node's own environment: {@code PORTOLAN_SECRET_<EXTENSION>__<NAME>}, in upper case, other characters than
 * letters and digits as {@code _}. They change with the node's restart only. Immutable.
 */
public final class EnvironmentSecrets implements Secrets {
    /** What such variables start with. */
    public static final String PREFIX = "PORTOLAN_SECRET_";

    private final Map<String, String> variables;

    public EnvironmentSecrets(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    @Override
    public Optional<String> find(ExtensionName extension, String name) {
        return Optional.ofNullable(variables.get(PREFIX + word(extension.value()) + "__" + word(name)));
    }

    private static String word(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }
}
