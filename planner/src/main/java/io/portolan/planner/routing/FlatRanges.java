package io.portolan.planner.routing;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Nested blocks of one family, flattened to ranges that cover the whole space in order: what holds from each start on, the longest
 * prefix winning. Made once, then read. One thread at a time while it is made.
 */
final class FlatRanges {
    /** Where no block holds. */
    static final int NOTHING = -1;

    private final int width;
    private long[] high = new long[16];
    private long[] low = new long[16];
    private int[] values = new int[16];
    private int size;

    private FlatRanges(int width) {
        this.width = width;
    }

    /** A prefix that is open while its addresses are passed. */
    private record Open(IpBits last, int value) {}

    /**
     * Flattens.
     *
     * @throws IllegalArgumentException when a block stands twice
     */
    static FlatRanges of(LocationRows.Column rows) {
        var flat = new FlatRanges(rows.width());
        flat.emit(IpBits.lowest(rows.width()), NOTHING);
        var open = new ArrayDeque<Open>();
        int before = NOTHING;
        for (int row : sorted(rows)) {
            var block = rows.block(row);
            if (before != NOTHING && compare(rows, before, row) == 0) {
                throw new IllegalArgumentException("prefix: " + block + " stands twice");
            }
            before = row;
            flat.close(open, block.first());
            open.push(new Open(block.last(), rows.value(row)));
            flat.emit(block.first(), rows.value(row));
        }
        var highest = IpBits.highest(rows.width());
        while (!open.isEmpty()) {
            var ended = open.pop();
            if (!ended.last().equals(highest)) {
                flat.emit(ended.last().next(), inner(open));
            }
        }
        return flat;
    }

    /** Outer blocks before those they hold, so that what is open is what holds, innermost on top. Databases come sorted already. */
    private static int[] sorted(LocationRows.Column rows) {
        var order = IntStream.range(0, rows.size()).toArray();
        for (int i = 1; i < order.length; i++) {
            if (compare(rows, i - 1, i) > 0) {
                return Arrays.stream(order)
                        .boxed()
                        .sorted((one, other) -> compare(rows, one, other))
                        .mapToInt(Integer::intValue)
                        .toArray();
            }
        }
        return order;
    }

    private static int compare(LocationRows.Column rows, int one, int other) {
        int byHigh = Long.compareUnsigned(rows.high(one), rows.high(other));
        int byLow = byHigh != 0 ? byHigh : Long.compareUnsigned(rows.low(one), rows.low(other));
        return byLow != 0 ? byLow : Integer.compare(rows.length(one), rows.length(other));
    }

    private void close(ArrayDeque<Open> open, IpBits address) {
        for (var top = open.peek(); top != null && top.last().compareTo(address) < 0; top = open.peek()) {
            open.pop();
            emit(top.last().next(), inner(open));
        }
    }

    private static int inner(ArrayDeque<Open> open) {
        var top = open.peek();
        return top == null ? NOTHING : top.value();
    }

    private void emit(IpBits start, int value) {
        emit(start.high(), start.low(), value);
    }

    private void emit(long startHigh, long startLow, int value) {
        if (size > 0 && high[size - 1] == startHigh && low[size - 1] == startLow) {
            size--;
        }
        if (size > 0 && values[size - 1] == value) {
            return;
        }
        if (size == low.length) {
            high = Arrays.copyOf(high, size * 2);
            low = Arrays.copyOf(low, size * 2);
            values = Arrays.copyOf(values, size * 2);
        }
        high[size] = startHigh;
        low[size] = startLow;
        values[size] = value;
        size++;
    }

    /** What holds where both do. */
    @FunctionalInterface
    interface Both {
        int of(int one, int other);
    }

    /** Lays two over each other. */
    static FlatRanges overlay(FlatRanges one, FlatRanges other, Both both) {
        var flat = new FlatRanges(one.width);
        int i = 0;
        int j = 0;
        while (true) {
            boolean first = compare(one, i, other, j) >= 0;
            var from = first ? one : other;
            int at = first ? i : j;
            flat.emit(from.high[at], from.low[at], both.of(one.values[i], other.values[j]));
            boolean oneEnds = i + 1 == one.size;
            boolean otherEnds = j + 1 == other.size;
            if (oneEnds && otherEnds) {
                return flat;
            }
            int next = oneEnds ? 1 : otherEnds ? -1 : compare(one, i + 1, other, j + 1);
            i += next <= 0 ? 1 : 0;
            j += next >= 0 ? 1 : 0;
        }
    }

    private static int compare(FlatRanges one, int i, FlatRanges other, int j) {
        int byHigh = Long.compareUnsigned(one.high[i], other.high[j]);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(one.low[i], other.low[j]);
    }

    int size() {
        return size;
    }

    long high(int range) {
        return high[range];
    }

    long low(int range) {
        return low[range];
    }

    int value(int range) {
        return values[range];
    }
}
