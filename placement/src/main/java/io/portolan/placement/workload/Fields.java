package io.portolan.placement.workload;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * One object of a workload being read. Every fault is noted and reading goes on with the default, so that all of them are found
 * at once; {@link #end} notes the keys that nobody asked for. One thread at a time.
 */
final class Fields {
    private static final int LONGEST_TEXT = 200;

    private final JsonNode object;
    private final String path;
    private final List<Violation> violations;
    private final Set<String> known = new LinkedHashSet<>();

    Fields(JsonNode object, String path, List<Violation> violations) {
        this.violations = violations;
        this.path = path;
        if (object.isObject()) {
            this.object = object;
        } else {
            this.object = JsonNodeFactory.instance.objectNode();
            if (!isAbsent(object)) {
                note("", object, "keys with values");
            }
        }
    }

    boolean has(String key) {
        known.add(key);
        return !isAbsent(object.path(key));
    }

    String text(String key, String otherwise) {
        var node = value(key);
        if (isAbsent(node)) {
            return otherwise;
        }
        if (!node.isString() && !node.isNumber()
                || node.asString().isBlank()
                || node.asString().length() > LONGEST_TEXT) {
            note(key, node, "text of 1 to " + LONGEST_TEXT + " characters");
            return otherwise;
        }
        return node.asString().strip();
    }

    boolean flag(String key, boolean otherwise) {
        var node = value(key);
        if (isAbsent(node)) {
            return otherwise;
        }
        if (!node.isBoolean()) {
            note(key, node, "true or false");
            return otherwise;
        }
        return node.asBoolean();
    }

    double number(String key, double least, double most, double otherwise) {
        var node = value(key);
        if (isAbsent(node)) {
            return otherwise;
        }
        double given = node.isNumber() ? node.asDouble() : Double.NaN;
        if (!(given >= least && given <= most)) {
            note(key, node, "a number from " + plain(least) + " to " + plain(most));
            return otherwise;
        }
        return given;
    }

    int count(String key, int least, int most, int otherwise) {
        var node = value(key);
        if (isAbsent(node)) {
            return otherwise;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.asInt() < least || node.asInt() > most) {
            note(key, node, "a whole number from " + least + " to " + most);
            return otherwise;
        }
        return node.asInt();
    }

    /** A quantity in its base unit. */
    double quantity(String key, Quantity kind, double least, double most, double otherwise) {
        var node = value(key);
        if (isAbsent(node)) {
            return otherwise;
        }
        var given = node.isString() || node.isNumber() ? kind.parse(node.asString()) : java.util.OptionalDouble.empty();
        if (given.isEmpty() || given.getAsDouble() < least || given.getAsDouble() > most) {
            note(key, node, kind.expected());
            return otherwise;
        }
        return given.getAsDouble();
    }

    /** A list of texts; one text stands for a list of one. */
    List<String> texts(String key) {
        var node = value(key);
        if (isAbsent(node)) {
            return List.of();
        }
        if (node.isString()) {
            return List.of(node.asString());
        }
        var found = new ArrayList<String>();
        if (!node.isArray()) {
            note(key, node, "a list");
        }
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            if (node.get(i).isString()) {
                found.add(node.get(i).asString().strip());
            } else {
                // YAML reads an unquoted NO (Norway) as text here, but other readers make it false: say so.
                note(key + "[" + i + "]", node.get(i), "text (in quotes if it looks like something else)");
            }
        }
        return found;
    }

    /** Numbers by name. */
    Map<String, Double> numbers(String key, double least, double most) {
        var node = value(key);
        var found = new LinkedHashMap<String, Double>();
        if (isAbsent(node)) {
            return found;
        }
        var fields = new Fields(node, at(key), violations);
        for (var name : fields.object.propertyNames()) {
            found.put(name, fields.number(name, least, most, least));
        }
        return found;
    }

    Fields object(String key) {
        return new Fields(value(key), at(key), violations);
    }

    List<Fields> objects(String key) {
        var node = value(key);
        if (isAbsent(node)) {
            return List.of();
        }
        if (!node.isArray()) {
            note(key, node, "a list");
            return List.of();
        }
        var found = new ArrayList<Fields>();
        for (int i = 0; i < node.size(); i++) {
            found.add(new Fields(node.get(i), at(key + "[" + i + "]"), violations));
        }
        return found;
    }

    /** Notes a fault of a key. */
    void note(String key, Object actual, String expected) {
        var given = actual instanceof JsonNode node && isAbsent(node) ? "nothing" : String.valueOf(actual);
        violations.add(new Violation(
                key.isEmpty() ? (path.isEmpty() ? "the document" : path) : at(key),
                given.length() > LONGEST_TEXT ? given.substring(0, LONGEST_TEXT) + "…" : given,
                expected));
    }

    /** Notes keys that nobody asked for. */
    void end() {
        for (var name : object.propertyNames()) {
            if (!known.contains(name)) {
                note(name, "is no key here", "one of " + String.join(", ", known));
            }
        }
    }

    private JsonNode value(String key) {
        known.add(key);
        return object.path(key);
    }

    private String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static String plain(double number) {
        return number == Math.rint(number)
                ? String.format(Locale.ROOT, "%.0f", number)
                : String.format(Locale.ROOT, "%s", number);
    }
}
