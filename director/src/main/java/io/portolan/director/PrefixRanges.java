package io.portolan.director;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Nested prefixes of one address family, flattened to sorted ranges that cover the whole space: a look-up is one binary search and
 * finds the longest prefix. Immutable.
 *
 * @param <R> the row that a prefix stands for
 */
final class PrefixRanges<R> {
    private final int width;
    private final Bits128[] starts;
    private final List<List<R>> rows;

    /** A prefix and its row. */
    record Row<R>(IpPrefix prefix, R row) {}

    /**
     * What holds for an address.
     *
     * @param rows  the row, or nothing where no prefix holds the address
     * @param scope length of the largest block around the address in which the same row (or its absence) holds
     */
    record Found<R>(List<R> rows, int scope) {}

    private PrefixRanges(int width, Bits128[] starts, List<List<R>> rows) {
        this.width = width;
        this.starts = starts;
        this.rows = rows;
    }

    /** Flattens; the prefixes are all of this width, and none stands twice. */
    static <R> PrefixRanges<R> of(int width, List<Row<R>> prefixes) {
        var starts = new ArrayList<Bits128>(List.of(Bits128.ZERO));
        var rows = new ArrayList<List<R>>(List.of(List.of()));
        var open = new ArrayDeque<Row<R>>();
        // Outer prefixes come before those they hold, so the stack is what holds the present address, innermost on top.
        var sorted = prefixes.stream()
                .sorted(Comparator.comparing((Row<R> row) -> row.prefix().first())
                        .thenComparing(row -> row.prefix().length()))
                .toList();
        for (var row : sorted) {
            close(open, row.prefix().first(), starts, rows);
            open.push(row);
            emit(row.prefix().first(), List.of(row.row()), starts, rows);
        }
        var highest = Bits128.highest(width);
        while (!open.isEmpty()) {
            var ended = open.pop().prefix().last();
            if (!ended.equals(highest)) {
                emit(ended.next(), inner(open), starts, rows);
            }
        }
        return new PrefixRanges<>(width, starts.toArray(Bits128[]::new), List.copyOf(rows));
    }

    /** Ends the prefixes that end before the address. */
    private static <R> void close(ArrayDeque<Row<R>> open, Bits128 address, List<Bits128> starts, List<List<R>> rows) {
        for (var top = open.peek(); top != null && top.prefix().last().compareTo(address) < 0; top = open.peek()) {
            open.pop();
            emit(top.prefix().last().next(), inner(open), starts, rows);
        }
    }

    private static <R> List<R> inner(ArrayDeque<Row<R>> open) {
        var top = open.peek();
        return top == null ? List.of() : List.of(top.row());
    }

    private static <R> void emit(Bits128 start, List<R> row, List<Bits128> starts, List<List<R>> rows) {
        if (starts.getLast().equals(start)) {
            starts.removeLast();
            rows.removeLast();
        }
        if (rows.isEmpty() || !rows.getLast().equals(row)) {
            starts.add(start);
            rows.add(row);
        }
    }

    /** Looks an address up. */
    Found<R> find(Bits128 address) {
        int low = 0;
        int high = starts.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (starts[middle].compareTo(address) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        var end = low + 1 < starts.length ? starts[low + 1].previous() : Bits128.highest(width);
        return new Found<>(rows.get(low), scope(address, starts[low], end));
    }

    private int scope(Bits128 address, Bits128 start, Bits128 end) {
        for (int prefix = 0; prefix < width; prefix++) {
            if (address.blockStart(prefix, width).compareTo(start) >= 0
                    && address.blockEnd(prefix, width).compareTo(end) <= 0) {
                return prefix;
            }
        }
        return width;
    }
}
