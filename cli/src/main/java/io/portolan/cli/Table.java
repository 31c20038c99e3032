package io.portolan.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Aligned columns of text for people; cells may carry colour. One thread at a time. */
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... titles) {
        rows.add(Arrays.stream(titles).map(Paint.HEADING::mark).toList());
    }

    /** Adds a row; an empty cell shows as a hyphen. */
    Table row(Object... cells) {
        rows.add(Arrays.stream(cells).map(Table::cell).toList());
        return this;
    }

    /** Whether no row was added. */
    boolean isEmpty() {
        return rows.size() == 1;
    }

    /** The lines, marks of colour included. */
    List<String> lines() {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        var widths = new int[columns];
        for (var row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], Paint.strip(row.get(i)).length());
            }
        }
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private static String line(List<String> row, int[] widths) {
        var line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            line.append(row.get(i));
            if (i < row.size() - 1) {
                line.append(" ".repeat(widths[i] - Paint.strip(row.get(i)).length() + 2));
            }
        }
        return line.toString().stripTrailing();
    }

    private static String cell(Object value) {
        var text = value.toString();
        return text.isEmpty() ? "-" : text;
    }
}
