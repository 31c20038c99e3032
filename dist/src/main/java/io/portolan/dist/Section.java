package io.portolan.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One mapping of a settings file: hands values out by key and notes every fault with its line. A key that nobody asked for is
 * unknown and a fault too. One thread at a time.
 */
final class Section {
    private final SettingsFile file;
    private final String path;
    private final String line;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, String> lines = new LinkedHashMap<>();
    private final Set<String> asked = new HashSet<>();
    private final List<Section> children = new ArrayList<>();

    Section(SettingsFile file, String path, Node node) {
        this.file = file;
        this.path = path;
        this.line = line(node);
        if (!(node instanceof MappingNode mapping)) {
            file.fault(line, path.isEmpty() ? "the file" : path, "keys with values are expected");
            return;
        }
        for (var tuple : mapping.getValue()) {
            var key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            values.put(key, tuple.getValueNode());
            lines.put(key, line(tuple.getKeyNode()));
        }
    }

    /** A value that must be there. */
    String text(String key) {
        asked.add(key);
        if (!values.containsKey(key)) {
            file.fault(line, name(key), "is missing");
            return "";
        }
        return scalar(key);
    }

    String text(String key, String byDefault) {
        asked.add(key);
        return values.containsKey(key) ? scalar(key) : byDefault;
    }

    /** A value that a constructor checks. */
    <T> T value(String key, String byDefault, T placeholder, Function<String, T> read) {
        var text = byDefault.isEmpty() ? text(key) : text(key, byDefault);
        try {
            return text.isEmpty() ? placeholder : read.apply(text);
        } catch (IllegalArgumentException e) {
            file.fault(lineOf(key), name(key), String.valueOf(e.getMessage()));
            return placeholder;
        }
    }

    int integer(String key, int byDefault) {
        return value(key, String.valueOf(byDefault), byDefault, text -> {
            try {
                return Integer.parseInt(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(text + " (expected: a whole number)", e);
            }
        });
    }

    double number(String key) {
        return value(key, "", 0.0, text -> {
            try {
                return Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(text + " (expected: a number)", e);
            }
        });
    }

    Duration duration(String key, String byDefault) {
        return value(key, byDefault, Duration.ZERO, Units::duration);
    }

    long bytes(String key, String byDefault) {
        return value(key, byDefault, 0L, Units::bytes);
    }

    /** {@code host:port}. */
    Listen listen(String key, String byDefault) {
        return value(key, byDefault, new Listen("127.0.0.1", 0), Listen::parse);
    }

    /** A path; a relative one starts from the folder of the file. */
    Path path(String key, String byDefault) {
        return value(
                key, byDefault, Path.of(""), text -> file.folder().resolve(text).normalize());
    }

    /** A secret by reference: {@code env:NAME} or {@code file:PATH}; its value is never printed. */
    String secret(String key) {
        return value(key, "", "", reference -> {
            if (reference.startsWith("env:")) {
                var value = System.getenv(reference.substring("env:".length()));
                if (value == null || value.isBlank()) {
                    throw new IllegalArgumentException(reference + ": the variable is not set");
                }
                return value.strip();
            }
            if (reference.startsWith("file:")) {
                try {
                    return Files.readString(file.folder().resolve(reference.substring("file:".length())))
                            .strip();
                } catch (IOException e) {
                    throw new IllegalArgumentException(reference + ": cannot be read (" + e.getMessage() + ")", e);
                }
            }
            // The value itself may be the secret, so it is not shown.
            throw new IllegalArgumentException("a secret stands in the file itself (expected: env:NAME or file:PATH)");
        });
    }

    /** A list of plain values; none where the key is absent. */
    List<String> texts(String key) {
        asked.add(key);
        var node = values.get(key);
        if (node == null) {
            return List.of();
        }
        if (!(node instanceof SequenceNode sequence)) {
            file.fault(lineOf(key), name(key), "a list is expected");
            return List.of();
        }
        var texts = new ArrayList<String>();
        for (var element : sequence.getValue()) {
            if (element instanceof ScalarNode scalar) {
                texts.add(scalar.getValue());
            } else {
                file.fault(line(element), name(key), "a plain value is expected");
            }
        }
        return texts;
    }

    /** A list of values that a constructor checks. */
    <T> List<T> values(String key, Function<String, T> read) {
        var result = new ArrayList<T>();
        for (var text : texts(key)) {
            try {
                result.add(read.apply(text));
            } catch (IllegalArgumentException e) {
                file.fault(lineOf(key), name(key), String.valueOf(e.getMessage()));
            }
        }
        return result;
    }

    /** A list of sections; at least one is expected. */
    List<Section> sections(String key) {
        asked.add(key);
        var node = values.get(key);
        if (!(node instanceof SequenceNode sequence) || sequence.getValue().isEmpty()) {
            file.fault(
                    values.containsKey(key) ? lineOf(key) : line,
                    name(key),
                    "a list with at least one element is expected");
            return List.of();
        }
        var sections = new ArrayList<Section>();
        for (var element : sequence.getValue()) {
            sections.add(new Section(file, name(key) + "[" + sections.size() + "]", element));
        }
        children.addAll(sections);
        return sections;
    }

    /** Whether the key is there. */
    boolean has(String key) {
        asked.add(key);
        return values.containsKey(key);
    }

    /** Notes a fault of the value of a key. */
    void fault(String key, String message) {
        file.fault(lineOf(key), name(key), message);
    }

    /** Notes every key that nobody asked for, here and below. */
    void checkKeys() {
        for (var key : values.keySet()) {
            if (!asked.contains(key)) {
                file.fault(
                        lineOf(key),
                        name(key),
                        "unknown key (expected: one of "
                                + asked.stream().sorted().collect(Collectors.joining(", ")) + ")");
            }
        }
        children.forEach(Section::checkKeys);
    }

    private String scalar(String key) {
        if (values.get(key) instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        file.fault(lineOf(key), name(key), "a plain value is expected");
        return "";
    }

    private String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private String lineOf(String key) {
        return lines.getOrDefault(key, line);
    }

    private static String line(Node node) {
        return node.getStartMark()
                .map(Mark::getLine)
                .map(number -> String.valueOf(number + 1))
                .orElse("?");
    }
}
