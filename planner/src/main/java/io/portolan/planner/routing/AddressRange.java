package io.portolan.planner.routing;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Addresses from one to another, both included, as 128-bit numbers; IPv4 stands in {@code ::ffff:0:0/96}. Immutable.
 *
 * @param fromHigh upper 64 bits of the first address
 */
public record AddressRange(long fromHigh, long fromLow, long toHigh, long toLow) {
    private static final int V4_BYTES = 4;
    private static final int MAPPED_BITS = 96;

    public AddressRange {
        if (compare(fromHigh, fromLow, toHigh, toLow) > 0) {
            throw new IllegalArgumentException("range: its end is before its start");
        }
    }

    /** An address as two longs. */
    public record Bits(long high, long low) {}

    /** An address as two longs. */
    public static Bits bits(InetAddress address) {
        var bytes = address.getAddress();
        if (bytes.length == V4_BYTES) {
            return new Bits(0, 0xffff_0000_0000L | ByteBuffer.wrap(bytes).getInt() & 0xffff_ffffL);
        }
        var buffer = ByteBuffer.wrap(bytes);
        return new Bits(buffer.getLong(), buffer.getLong());
    }

    /**
     * Reads {@code a.b.c.d}, {@code a.b.c.d/n} or {@code a.b.c.d-e.f.g.h}, IPv6 alike. Never asks DNS.
     *
     * @throws IllegalArgumentException when it is none of them, has bits set beyond the prefix, or ends before it starts
     */
    public static AddressRange parse(String text) {
        int dash = text.indexOf('-');
        if (dash >= 0) {
            var from = literal(text.substring(0, dash), text);
            var to = literal(text.substring(dash + 1), text);
            if (from.getAddress().length != to.getAddress().length) {
                throw new IllegalArgumentException("range: " + text + " (expected: both ends of one family)");
            }
            var first = bits(from);
            var last = bits(to);
            if (compare(first.high(), first.low(), last.high(), last.low()) > 0) {
                throw new IllegalArgumentException("range: " + text + " (expected: its end not before its start)");
            }
            return new AddressRange(first.high(), first.low(), last.high(), last.low());
        }
        int slash = text.indexOf('/');
        var address = literal(slash < 0 ? text : text.substring(0, slash), text);
        int width = address.getAddress().length * 8;
        int length = slash < 0 ? width : length(text, slash, width);
        var first = bits(address);
        int bits = width == 32 ? length + MAPPED_BITS : length;
        long hostHigh = bits >= 64 ? 0 : bits == 0 ? -1 : ~(-1L << (64 - bits));
        long hostLow = bits >= 128 ? 0 : bits <= 64 ? -1 : ~(-1L << (128 - bits));
        if ((first.high() & hostHigh) != 0 || (first.low() & hostLow) != 0) {
            throw new IllegalArgumentException("range: " + text + " (expected: no bits set beyond the prefix)");
        }
        return new AddressRange(first.high(), first.low(), first.high() | hostHigh, first.low() | hostLow);
    }

    private static int length(String text, int slash, int width) {
        try {
            int length = Integer.parseInt(text.substring(slash + 1));
            if (length >= 0 && length <= width) {
                return length;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("range: " + text + " (expected: a prefix length of 0 to " + width + ")");
    }

    private static InetAddress literal(String address, String text) {
        try {
            return InetAddress.ofLiteral(address.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "range: " + text + " (expected: an address, a block such as 10.0.0.0/8 or a range such as"
                            + " 10.0.0.1-10.0.0.9)",
                    e);
        }
    }

    /** The address behind the last; zero where there is none. */
    Bits after() {
        return new Bits(toLow == -1 ? toHigh + 1 : toHigh, toLow + 1);
    }

    /** Whether the two share an address. */
    public boolean overlaps(AddressRange other) {
        return compare(fromHigh, fromLow, other.toHigh, other.toLow) <= 0
                && compare(other.fromHigh, other.fromLow, toHigh, toLow) <= 0;
    }

    /** Compares two addresses as unsigned numbers. */
    static int compare(long high, long low, long otherHigh, long otherLow) {
        int byHigh = Long.compareUnsigned(high, otherHigh);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
    }
}
