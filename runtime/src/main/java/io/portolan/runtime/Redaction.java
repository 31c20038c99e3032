package io.portolan.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Takes secrets out of text, for what a controller writes itself. Immutable. */
final class Redaction {
    /** Nothing is a secret. */
    static final Redaction NONE = new Redaction(List.of());

    /** Shorter ones stand in every text by chance. */
    private static final int SHORTEST = 4;

    private final List<Secret> secrets;

    private record Secret(String value, String shown) {}

    private Redaction(List<Secret> secrets) {
        this.secrets = secrets;
    }

    /** Takes out these secrets, by name; of one with several lines each line. */
    static Redaction of(Map<String, String> byName) {
        var secrets = new ArrayList<Secret>();
        byName.forEach((name, value) -> value.lines()
                .map(String::strip)
                .filter(line -> line.length() >= SHORTEST)
                .forEach(line -> secrets.add(new Secret(line, "[secret " + name + "]"))));
        // The longest first, or a part of it would be left.
        secrets.sort(
                Comparator.comparing((Secret secret) -> secret.value().length()).reversed());
        return new Redaction(List.copyOf(secrets));
    }

    /** The text without secrets. */
    String apply(String text) {
        var result = text;
        for (var secret : secrets) {
            result = result.replace(secret.value(), secret.shown());
        }
        return result;
    }
}
