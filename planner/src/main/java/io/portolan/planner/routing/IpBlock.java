package io.portolan.planner.routing;

import java.util.Objects;

/**
 * An aligned block of IP addresses, such as {@code 81.2.69.0/24}. Immutable.
 *
 * @param first  its lowest address
 * @param length of the prefix, 0 to the width of the address
 */
public record IpBlock(IpBits first, int length) {
    public IpBlock {
        Objects.requireNonNull(first, "first");
        if (length < 0 || length > first.width()) {
            throw new IllegalArgumentException(
                    "prefix: " + first + "/" + length + " (expected: length 0 to " + first.width() + ")");
        }
        if (!first.blockStart(length).equals(first)) {
            throw new IllegalArgumentException(
                    "prefix: " + first + "/" + length + " (expected: no bits set beyond the length)");
        }
    }

    /** The block of this length that holds the address. */
    public static IpBlock around(IpBits address, int length) {
        return new IpBlock(address.blockStart(length), length);
    }

    /** Reads an address, or an address and a length; bits beyond the length must be zero. */
    public static IpBlock parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            var address = IpBits.parse(text);
            return new IpBlock(address, address.width());
        }
        var length = text.substring(slash + 1);
        if (!length.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("prefix: " + text + " (expected: such as 192.0.2.0/24)");
        }
        return new IpBlock(IpBits.parse(text.substring(0, slash)), Integer.parseInt(length));
    }

    /** Its highest address. */
    public IpBits last() {
        return first.blockEnd(length);
    }

    @Override
    public String toString() {
        return first + "/" + length;
    }
}
