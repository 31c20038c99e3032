package io.portolan.planner.routing;

/**
 * An IP address as an unsigned number. Immutable.
 *
 * @param width 32 for IPv4, 128 for IPv6
 * @param high  upper 64 bits, 0 for IPv4
 * @param low   lower 64 bits; for IPv4 the 32 bits of the address
 */
public record IpBits(int width, long high, long low) implements Comparable<IpBits> {
    private static final int GROUPS = 8;

    public IpBits {
        if (width != 128 && (width != 32 || high != 0 || low >>> 32 != 0)) {
            throw new IllegalArgumentException("address: width " + width + " (expected: 32 with 32 bits, or 128)");
        }
    }

    /** An IPv4 address from its 32 bits. */
    public static IpBits v4(int bits) {
        return new IpBits(32, 0, Integer.toUnsignedLong(bits));
    }

    /** An address from its 4 or 16 bytes; an IPv4-mapped IPv6 address (::ffff:0:0/96) is its IPv4 address. */
    public static IpBits of(byte[] address) {
        if (address.length == 4) {
            return new IpBits(32, 0, number(address, 0, 4));
        }
        if (address.length != 16) {
            throw new IllegalArgumentException("address: " + address.length + " bytes (expected: 4 or 16)");
        }
        long high = number(address, 0, 8);
        long low = number(address, 8, 8);
        return high == 0 && low >>> 32 == 0xffffL ? new IpBits(32, 0, low & 0xffff_ffffL) : new IpBits(128, high, low);
    }

    private static long number(byte[] bytes, int from, int count) {
        long number = 0;
        for (int i = from; i < from + count; i++) {
            number = number << 8 | bytes[i] & 0xff;
        }
        return number;
    }

    /** Reads a literal in dotted or colon form (RFC 4291, section 2.2); no zone, no port, no name. */
    public static IpBits parse(String text) {
        try {
            return text.indexOf(':') < 0 ? v4((int) dotted(text)) : colons(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("address: " + text + " (expected: an IPv4 or IPv6 address)", e);
        }
    }

    private static long dotted(String text) {
        var parts = text.split("\\.", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException(text);
        }
        long bits = 0;
        for (var part : parts) {
            int value = digits(part, 10, 3);
            if (value > 255 || (part.length() > 1 && part.charAt(0) == '0')) {
                throw new IllegalArgumentException(part);
            }
            bits = bits << 8 | value;
        }
        return bits;
    }

    private static IpBits colons(String text) {
        int gap = text.indexOf("::");
        var groups = new int[GROUPS];
        if (gap < 0) {
            if (groups(text, groups, true) != GROUPS) {
                throw new IllegalArgumentException(text);
            }
        } else {
            if (text.indexOf("::", gap + 1) >= 0) {
                throw new IllegalArgumentException(text);
            }
            int before = groups(text.substring(0, gap), groups, false);
            var tail = new int[GROUPS];
            int after = groups(text.substring(gap + 2), tail, true);
            if (before + after >= GROUPS) {
                throw new IllegalArgumentException(text);
            }
            System.arraycopy(tail, 0, groups, GROUPS - after, after);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < 4; i++) {
            high = high << 16 | groups[i];
            low = low << 16 | groups[i + 4];
        }
        return new IpBits(128, high, low);
    }

    /** Groups between colons into the array; how many there are. Only the very last may be in dotted form. */
    private static int groups(String text, int[] groups, boolean last) {
        if (text.isEmpty()) {
            return 0;
        }
        int count = 0;
        var parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            boolean embedded = last && i == parts.length - 1 && parts[i].indexOf('.') >= 0;
            if (count + (embedded ? 2 : 1) > GROUPS) {
                throw new IllegalArgumentException(text);
            }
            if (embedded) {
                long bits = dotted(parts[i]);
                groups[count++] = (int) (bits >>> 16);
                groups[count++] = (int) (bits & 0xffff);
            } else {
                groups[count++] = digits(parts[i], 16, 4);
            }
        }
        return count;
    }

    private static int digits(String text, int radix, int longest) {
        if (text.isEmpty() || text.length() > longest) {
            throw new IllegalArgumentException(text);
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Character.digit takes the digits of every script.
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                throw new IllegalArgumentException(text);
            }
            value = value * radix + digit;
        }
        return value;
    }

    /** The lowest address of a family. */
    public static IpBits lowest(int width) {
        return new IpBits(width, 0, 0);
    }

    /** The highest address of a family. */
    public static IpBits highest(int width) {
        return width == 32 ? new IpBits(32, 0, 0xffff_ffffL) : new IpBits(128, -1, -1);
    }

    /** The address after this one; the highest has none. */
    public IpBits next() {
        return low == -1 ? new IpBits(width, high + 1, 0) : new IpBits(width, high, low + 1);
    }

    /** The address before this one; the lowest has none. */
    public IpBits previous() {
        return low == 0 ? new IpBits(width, high - 1, -1) : new IpBits(width, high, low - 1);
    }

    /** First address of the block of this length that holds this one. */
    public IpBits blockStart(int length) {
        return new IpBits(width, high & ~hostsHigh(length), low & ~hostsLow(length));
    }

    /** Last address of the block of this length that holds this one. */
    public IpBits blockEnd(int length) {
        return new IpBits(width, high | hostsHigh(length), low | hostsLow(length));
    }

    private long hostsHigh(int length) {
        int hosts = width - length - 64;
        return hosts <= 0 ? 0 : hosts == 64 ? -1 : (1L << hosts) - 1;
    }

    private long hostsLow(int length) {
        int hosts = width - length;
        return hosts >= 64 ? -1 : (1L << hosts) - 1;
    }

    /** Leading bits that this address and another of its family have in common. */
    public int commonPrefix(IpBits other) {
        if (width == 32) {
            return Long.numberOfLeadingZeros(low ^ other.low) - 32;
        }
        return high == other.high
                ? 64 + Long.numberOfLeadingZeros(low ^ other.low)
                : Long.numberOfLeadingZeros(high ^ other.high);
    }

    @Override
    public int compareTo(IpBits other) {
        int byWidth = Integer.compare(width, other.width);
        int byHigh = byWidth != 0 ? byWidth : Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** As people write it; IPv6 as RFC 5952 says. */
    @Override
    public String toString() {
        if (width == 32) {
            return (low >>> 24) + "." + (low >>> 16 & 0xff) + "." + (low >>> 8 & 0xff) + "." + (low & 0xff);
        }
        var groups = new int[GROUPS];
        for (int i = 0; i < 4; i++) {
            groups[i] = (int) (high >>> (48 - 16 * i) & 0xffff);
            groups[i + 4] = (int) (low >>> (48 - 16 * i) & 0xffff);
        }
        int from = -1;
        int longest = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                from = i;
                longest = end - i;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == from) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
