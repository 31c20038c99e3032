package io.portolan.placement.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Rows of a CSV file with a header, by column name: RFC 4180 without line breaks inside fields. Stateless. */
public final class CsvRows {
    private CsvRows() {}

    /**
     * Reads text; empty lines and lines that start with {@code #} are passed over, a field that a row lacks is empty text.
     *
     * @param name    of the file, for errors
     * @param columns that the header has to name
     * @throws IllegalArgumentException naming the line that is wrong
     */
    public static List<Map<String, String>> parse(byte[] csv, String name, List<String> columns) {
        var rows = new ArrayList<Map<String, String>>();
        List<String> header = List.of();
        int number = 0;
        for (var line : new String(csv, StandardCharsets.UTF_8).lines().toList()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            var fields = fields(line);
            if (header.isEmpty()) {
                header = fields;
                if (!header.containsAll(columns)) {
                    throw wrong(name, number, line, "a header with " + String.join(",", columns));
                }
                continue;
            }
            if (fields.size() > header.size()) {
                throw wrong(name, number, line, header.size() + " fields");
            }
            var row = new HashMap<String, String>();
            for (int i = 0; i < header.size(); i++) {
                row.put(header.get(i), i < fields.size() ? fields.get(i) : "");
            }
            rows.add(row);
        }
        return rows;
    }

    private static IllegalArgumentException wrong(String name, int number, String line, String expected) {
        return new IllegalArgumentException(
                "reading " + name + ": line " + number + ": " + line + " (expected: " + expected + ")");
    }

    private static List<String> fields(String line) {
        var fields = new ArrayList<String>();
        var field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quoted && c == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                field.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                fields.add(field.toString().strip());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString().strip());
        return fields;
    }

    /** Reads a file that this module carries. */
    static List<Map<String, String>> bundled(String name, List<String> columns) {
        return parse(resource(name), name, columns);
    }

    static byte[] resource(String name) {
        try (var in = Objects.requireNonNull(CsvRows.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The field, empty text for none. */
    public static String field(Map<String, String> row, String column) {
        return Objects.requireNonNullElse(row.get(column), "");
    }
}
