package io.portolan.artifact;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Media types of files by their extension, from {@code content-types.txt}. Immutable. */
public final class ContentTypes {
    /** Type of what is not in the list: nothing that a browser would run or render. */
    public static final String UNKNOWN = "application/octet-stream";

    private static final Map<String, String> BY_EXTENSION = load();

    private ContentTypes() {}

    /** The value of {@code Content-Type} for a path; text has its charset. */
    public static String of(String path) {
        var name = path.substring(path.lastIndexOf('/') + 1);
        var extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return BY_EXTENSION.getOrDefault(extension, UNKNOWN);
    }

    private static Map<String, String> load() {
        var types = new HashMap<String, String>();
        try (var resource = Objects.requireNonNull(
                        ContentTypes.class.getResourceAsStream("content-types.txt"), "content-types.txt");
                var lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            for (var line : lines.lines().toList()) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                var words = line.split("\\s+");
                for (int i = 1; i < words.length; i++) {
                    types.put(words[i], withCharset(words[0]));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading content-types.txt", e);
        }
        return Map.copyOf(types);
    }

    private static String withCharset(String type) {
        boolean text = type.startsWith("text/")
                || type.endsWith("+xml")
                || type.endsWith("+json")
                || type.equals("application/json")
                || type.equals("application/xml");
        return text ? type + "; charset=utf-8" : type;
    }
}
