package io.portolan.planner.routing;

/**
 * Looks addresses up in sorted ranges of both families: a table of the upper 16 bits, then a binary search among what is left. Immutable.
 *
 * <p>The scope that comes with it (RFC 7871, SCOPE PREFIX-LENGTH) is the length of the widest block around the address in which the
 * same answers hold. It looks at {@link #WALK_LIMIT} ranges on each side: beyond, it may be narrower than it could be, never wider.
 */
final class LatencyRanges {
    /** Ranges looked at on each side for a wider scope. */
    static final int WALK_LIMIT = 64;

    private static final int BUCKETS = 1 << 16;

    /** Starts with their highest bit flipped, so that signed comparison orders them as unsigned numbers. */
    private final int[] starts4;

    private final int[] entries4;
    private final int[] index4;
    private final long[] high6;
    private final long[] low6;
    private final int[] entries6;
    private final int[] index6;
    private final int[] classes;

    /**
     * @param classes class of each entry: entries of one class have the same answers
     */
    LatencyRanges(LatencyColumns columns, int[] classes) {
        this.starts4 = flipped(columns.starts4());
        this.entries4 = columns.entries4();
        this.high6 = columns.high6();
        this.low6 = columns.low6();
        this.entries6 = columns.entries6();
        this.classes = classes;
        this.index4 = new int[BUCKETS + 1];
        this.index6 = new int[BUCKETS + 1];
        for (int bucket = 0, at4 = 0, at6 = 0; bucket <= BUCKETS; bucket++) {
            long first = (long) bucket << 16;
            while (at4 + 1 < starts4.length && Integer.toUnsignedLong(starts4[at4 + 1] ^ Integer.MIN_VALUE) <= first) {
                at4++;
            }
            index4[bucket] = bucket == BUCKETS ? starts4.length - 1 : at4;
            while (bucket < BUCKETS && at6 + 1 < high6.length && beforeOrAt(at6 + 1, (long) bucket << 48, 0)) {
                at6++;
            }
            index6[bucket] = bucket == BUCKETS ? high6.length - 1 : at6;
        }
    }

    private static int[] flipped(int[] starts) {
        var flipped = new int[starts.length];
        for (int i = 0; i < starts.length; i++) {
            flipped[i] = starts[i] ^ Integer.MIN_VALUE;
        }
        return flipped;
    }

    private boolean beforeOrAt(int range, long high, long low) {
        int byHigh = Long.compareUnsigned(high6[range], high);
        return byHigh < 0 || (byHigh == 0 && Long.compareUnsigned(low6[range], low) <= 0);
    }

    /** Entry and scope of an IPv4 address: {@code entry << 8 | scope}, the entry -1 for none. */
    long find4(int address) {
        int from = index4[address >>> 16];
        int to = index4[(address >>> 16) + 1];
        int wanted = address ^ Integer.MIN_VALUE;
        while (from < to) {
            int middle = (from + to + 1) >>> 1;
            if (starts4[middle] <= wanted) {
                from = middle;
            } else {
                to = middle - 1;
            }
        }
        int first = firstOfRun(entries4, from);
        int last = lastOfRun(entries4, from);
        int scope = 0;
        if (first > 0) {
            scope = apart(wanted, starts4[first] - 1);
        }
        if (last + 1 < starts4.length) {
            scope = Math.max(scope, apart(wanted, starts4[last + 1]));
        }
        return (long) entries4[from] << 8 | scope;
    }

    /** Length at which a block around one address does not hold the other. */
    private static int apart(int one, int other) {
        return Integer.numberOfLeadingZeros(one ^ other) + 1;
    }

    /** As {@link #find4}, for an IPv6 address. */
    long find6(long high, long low) {
        int bucket = (int) (high >>> 48);
        int from = index6[bucket];
        int to = index6[bucket + 1];
        while (from < to) {
            int middle = (from + to + 1) >>> 1;
            if (beforeOrAt(middle, high, low)) {
                from = middle;
            } else {
                to = middle - 1;
            }
        }
        int first = firstOfRun(entries6, from);
        int last = lastOfRun(entries6, from);
        int scope = 0;
        if (first > 0) {
            boolean borrow = low6[first] == 0;
            scope = apart(high, low, borrow ? high6[first] - 1 : high6[first], low6[first] - 1);
        }
        if (last + 1 < high6.length) {
            scope = Math.max(scope, apart(high, low, high6[last + 1], low6[last + 1]));
        }
        return (long) entries6[from] << 8 | scope;
    }

    private static int apart(long high, long low, long otherHigh, long otherLow) {
        return high == otherHigh
                ? 65 + Long.numberOfLeadingZeros(low ^ otherLow)
                : 1 + Long.numberOfLeadingZeros(high ^ otherHigh);
    }

    private int classOf(int entry) {
        return entry < 0 ? -1 : classes[entry];
    }

    private int firstOfRun(int[] entries, int range) {
        int same = classOf(entries[range]);
        int first = range;
        while (first > 0 && range - first < WALK_LIMIT && classOf(entries[first - 1]) == same) {
            first--;
        }
        return first;
    }

    private int lastOfRun(int[] entries, int range) {
        int same = classOf(entries[range]);
        int last = range;
        while (last + 1 < entries.length && last - range < WALK_LIMIT && classOf(entries[last + 1]) == same) {
            last++;
        }
        return last;
    }
}
