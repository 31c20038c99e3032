package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Secrets as variables of the node's own environment: {@code PORTOLAN_SECRET_<EXTENSION>__<NAME>}, in upper case, other characters than
 * letters and digits as {@code _}. They change with the node's restart only. Immutable.
 *
 * <p>Names of several extensions become the same that way ({@code Contoso_Orders}, {@code contoso.orders}), and anybody may register the
 * second. Where {@code PORTOLAN_SECRET_<EXTENSION>} says whose they are, by the name as it is registered, nobody else gets them. What has
 * {@code __} within a name could be another extension's secret and is nobody's.
 */
public final class EnvironmentSecrets implements Secrets {
    /** What such variables start with. */
    public static final String PREFIX = "PORTOLAN_SECRET_";

    private static final String BETWEEN = "__";

    private final Map<String, String> variables;

    public EnvironmentSecrets(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    @Override
    public Optional<String> find(ExtensionName extension, String name) {
        return refusal(extension, name).isEmpty()
                ? Optional.ofNullable(variables.get(variable(extension, name)))
                : Optional.empty();
    }

    /** Of a variable that is there and is not taken. */
    @Override
    public String whyNot(ExtensionName extension, String name) {
        var variable = variable(extension, name);
        return variables.containsKey(variable) ? refusal(extension, name) : "";
    }

    /** Why a variable is not taken for this extension, empty text when it is. */
    private String refusal(ExtensionName extension, String name) {
        var owner = PREFIX + word(extension.value());
        var variable = variable(extension, name);
        // Exactly one place where the one name can end and the other begin, or there would be two readings.
        if (variable.indexOf(BETWEEN) != owner.length() || variable.lastIndexOf(BETWEEN) != owner.length()) {
            return variable + " is not taken: more than one extension could mean it";
        }
        return extension.value().equals(variables.getOrDefault(owner, extension.value()))
                ? ""
                : variable + " is not taken: " + owner + " does not say that it is for " + extension;
    }

    private static String variable(ExtensionName extension, String name) {
        return PREFIX + word(extension.value()) + BETWEEN + word(name);
    }

    private static String word(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }
}
