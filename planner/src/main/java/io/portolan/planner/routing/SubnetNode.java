package io.portolan.planner.routing;

import io.portolan.planner.routing.Trace.Why;
import java.util.List;

/**
 * By the client's address. Immutable.
 *
 * <p>The address space (IPv4 within IPv6, as {@code ::ffff:0:0/96}) lies in segments in order; each belongs to one entry or to nobody. An
 * entry that may not be taken leaves its addresses to the fallback; without one the answer is NODATA, since NXDOMAIN would deny
 * everything below the name too (RFC 8020).
 */
final class SubnetNode extends ProfileNode {
    private static final int NOBODY = -1;

    private final long[] high;
    private final long[] low;
    private final int[] owners;
    private final int fallback;

    /**
     * @param ranges   ranges in order, none overlapping another
     * @param fallback entry without ranges, -1 for none
     */
    SubnetNode(List<Entry> entries, List<Owned> ranges, int fallback, boolean enabled, boolean matchFamily) {
        super(entries, enabled, matchFamily);
        this.fallback = fallback;
        var segments = new Segments(ranges.size());
        segments.add(0, 0, NOBODY);
        for (var owned : ranges) {
            segments.add(owned.range().fromHigh(), owned.range().fromLow(), owned.entry());
            var after = owned.range().after();
            if (after.high() != 0 || after.low() != 0) {
                segments.add(after.high(), after.low(), NOBODY);
            }
        }
        high = segments.highs();
        low = segments.lows();
        owners = segments.owners();
    }

    /** A range and the entry that it belongs to. */
    record Owned(AddressRange range, int entry) {}

    @Override
    String method() {
        return "subnet";
    }

    @Override
    void choose(Choice choice, ClientNetwork network, Trace trace) {
        int segment = find(choice.high, choice.low);
        choice.dependsOn(scope(choice, segment));
        int owner = owners[segment];
        if (owner >= 0) {
            if (usable(owner, choice)) {
                take(owner, choice, network, trace, Why.RANGE);
                return;
            }
            tellPassed(owner, trace);
        }
        if (fallback >= 0 && usable(fallback, choice)) {
            take(fallback, choice, network, trace, Why.FALLBACK);
        } else {
            trace.empty(this, Why.NO_RANGE);
        }
    }

    private int find(long addressHigh, long addressLow) {
        int from = 0;
        int to = owners.length - 1;
        while (from < to) {
            int middle = (from + to + 1) >>> 1;
            if (AddressRange.compare(high[middle], low[middle], addressHigh, addressLow) <= 0) {
                from = middle;
            } else {
                to = middle - 1;
            }
        }
        return from;
    }

    /** Length of the largest block around the address that lies within the segment. */
    private int scope(Choice choice, int segment) {
        boolean last = segment + 1 == owners.length;
        long endHigh = last ? -1 : low[segment + 1] == 0 ? high[segment + 1] - 1 : high[segment + 1];
        long endLow = last ? -1 : low[segment + 1] - 1;
        int offset = choice.isV4() ? 96 : 0;
        for (int bits = offset; bits < 128; bits++) {
            long maskHigh = bits >= 64 ? -1 : bits == 0 ? 0 : -1L << (64 - bits);
            long maskLow = bits <= 64 ? 0 : -1L << (128 - bits);
            if (AddressRange.compare(high[segment], low[segment], choice.high & maskHigh, choice.low & maskLow) <= 0
                    && AddressRange.compare(choice.high | ~maskHigh, choice.low | ~maskLow, endHigh, endLow) <= 0) {
                return bits - offset;
            }
        }
        return 128 - offset;
    }

    /** Segments in the making; one that starts where the last one does replaces it. */
    private static final class Segments {
        private final long[] high;
        private final long[] low;
        private final int[] owners;
        private int count;

        Segments(int ranges) {
            high = new long[2 * ranges + 1];
            low = new long[2 * ranges + 1];
            owners = new int[2 * ranges + 1];
        }

        void add(long startHigh, long startLow, int owner) {
            if (count > 0 && high[count - 1] == startHigh && low[count - 1] == startLow) {
                count--;
            }
            high[count] = startHigh;
            low[count] = startLow;
            owners[count++] = owner;
        }

        long[] highs() {
            return java.util.Arrays.copyOf(high, count);
        }

        long[] lows() {
            return java.util.Arrays.copyOf(low, count);
        }

        int[] owners() {
            return java.util.Arrays.copyOf(owners, count);
        }
    }
}
