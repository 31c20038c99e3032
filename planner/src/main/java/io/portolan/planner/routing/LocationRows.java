package io.portolan.planner.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Networks and their places, as a location source gives them, in columns: millions of rows without an object each. One thread at a
 * time.
 */
public final class LocationRows {
    /** Most rows: twice what the largest free city databases have. */
    public static final int ROW_LIMIT = 16_000_000;

    /** Most distinct places. */
    public static final int PLACE_LIMIT = 1_000_000;

    private final Column v4 = new Column(32);
    private final Column v6 = new Column(128);
    private final List<NetworkPlace> places = new ArrayList<>();
    private final Map<NetworkPlace, Integer> known = new HashMap<>();

    /** Rows of one family: first addresses, lengths and what holds there. */
    static final class Column {
        private final int width;
        private long[] high;
        private long[] low = new long[16];
        private byte[] lengths = new byte[16];
        private int[] values = new int[16];
        private int size;

        Column(int width) {
            this.width = width;
            this.high = new long[width == 32 ? 0 : 16];
        }

        void add(IpBlock block, int value) {
            if (size == low.length) {
                int more = Math.min(size * 2, ROW_LIMIT);
                low = Arrays.copyOf(low, more);
                lengths = Arrays.copyOf(lengths, more);
                values = Arrays.copyOf(values, more);
                high = width == 32 ? high : Arrays.copyOf(high, more);
            }
            if (width == 128) {
                high[size] = block.first().high();
            }
            low[size] = block.first().low();
            lengths[size] = (byte) block.length();
            values[size] = value;
            size++;
        }

        int width() {
            return width;
        }

        int size() {
            return size;
        }

        long high(int row) {
            return width == 32 ? 0 : high[row];
        }

        long low(int row) {
            return low[row];
        }

        int length(int row) {
            return lengths[row] & 0xff;
        }

        int value(int row) {
            return values[row];
        }

        IpBlock block(int row) {
            return new IpBlock(new IpBits(width, high(row), low(row)), length(row));
        }
    }

    /**
     * Adds a network.
     *
     * @throws IllegalArgumentException beyond {@link #ROW_LIMIT} or {@link #PLACE_LIMIT}
     */
    public void add(IpBlock block, NetworkPlace place) {
        if (size() >= ROW_LIMIT) {
            throw new IllegalArgumentException("networks: more than " + ROW_LIMIT);
        }
        var number = known.get(place);
        if (number == null) {
            number = places.size();
            if (number >= PLACE_LIMIT) {
                throw new IllegalArgumentException("places: more than " + PLACE_LIMIT);
            }
            places.add(place);
            known.put(place, number);
        }
        (block.first().width() == 32 ? v4 : v6).add(block, number);
    }

    /** Adds a range that need not be one block: it is cut into the fewest blocks. */
    public void add(IpBits first, IpBits last, NetworkPlace place) {
        blocks(first, last).forEach(block -> add(block, place));
    }

    /** The fewest blocks that make up a range. */
    static List<IpBlock> blocks(IpBits first, IpBits last) {
        if (first.width() != last.width() || first.compareTo(last) > 0) {
            throw new IllegalArgumentException(
                    "range: " + first + " to " + last + " (expected: two addresses of one family, the lower first)");
        }
        var blocks = new ArrayList<IpBlock>();
        var from = first;
        while (true) {
            int length = first.width();
            while (length > 0
                    && from.blockStart(length - 1).equals(from)
                    && from.blockEnd(length - 1).compareTo(last) <= 0) {
                length--;
            }
            var block = new IpBlock(from, length);
            blocks.add(block);
            if (block.last().compareTo(last) >= 0) {
                return blocks;
            }
            from = block.last().next();
        }
    }

    /** Networks added. */
    public int size() {
        return v4.size() + v6.size();
    }

    Column v4() {
        return v4;
    }

    Column v6() {
        return v6;
    }

    /** Distinct places, in the order in which they came. */
    List<NetworkPlace> places() {
        return places;
    }
}
