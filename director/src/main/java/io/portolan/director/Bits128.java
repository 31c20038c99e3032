package io.portolan.director;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** An IP address as an unsigned number, IPv4 in 32 bits, IPv6 in 128. Immutable. */
record Bits128(long high, long low) implements Comparable<Bits128> {
    static final Bits128 ZERO = new Bits128(0, 0);

    static Bits128 of(InetAddress address) {
        var bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.remaining() == 4
                ? new Bits128(0, Integer.toUnsignedLong(bytes.getInt()))
                : new Bits128(bytes.getLong(), bytes.getLong());
    }

    /** The number as an address of 32 or 128 bits. */
    InetAddress address(int width) {
        var bytes = width == 32
                ? ByteBuffer.allocate(4).putInt((int) low)
                : ByteBuffer.allocate(16).putLong(high).putLong(low);
        try {
            return InetAddress.getByAddress(bytes.array());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are an address", e);
        }
    }

    /** The highest number of that many bits, 32 or 128. */
    static Bits128 highest(int width) {
        return width == 32 ? new Bits128(0, 0xffff_ffffL) : new Bits128(-1, -1);
    }

    /** The number after this one. */
    Bits128 next() {
        return low == -1 ? new Bits128(high + 1, 0) : new Bits128(high, low + 1);
    }

    /** The number before this one. */
    Bits128 previous() {
        return low == 0 ? new Bits128(high - 1, -1) : new Bits128(high, low - 1);
    }

    /** First of the block of this length that holds the number. */
    Bits128 blockStart(int prefix, int width) {
        var hosts = hostBits(width - prefix);
        return new Bits128(high & ~hosts.high, low & ~hosts.low);
    }

    /** Last of the block of this length that holds the number. */
    Bits128 blockEnd(int prefix, int width) {
        var hosts = hostBits(width - prefix);
        return new Bits128(high | hosts.high, low | hosts.low);
    }

    private static Bits128 hostBits(int count) {
        if (count >= 64) {
            return new Bits128(count == 128 ? -1 : (1L << (count - 64)) - 1, -1);
        }
        return new Bits128(0, (1L << count) - 1);
    }

    @Override
    public int compareTo(Bits128 other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }
}
