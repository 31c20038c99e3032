package io.portolan.director;

import java.net.InetAddress;

/**
 * An address block such as {@code 81.2.69.0/24}. Immutable.
 *
 * @param length 0 to {@link #width}
 */
public record IpPrefix(InetAddress address, int length) {
    /** Bits of an address: 32 or 128. */
    int width() {
        return address.getAddress().length * 8;
    }

    Bits128 first() {
        return Bits128.of(address);
    }

    Bits128 last() {
        return first().blockEnd(length, width());
    }

    /** Reads an address, or an address and a length; host bits must be zero. Never asks DNS. */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        var address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
        int width = address.getAddress().length * 8;
        int length = slash < 0 ? width : Integer.parseInt(text.substring(slash + 1));
        if (length < 0 || length > width) {
            throw new IllegalArgumentException("prefix: " + text + " (expected: length 0 to " + width + ")");
        }
        var prefix = new IpPrefix(address, length);
        if (!prefix.first().blockStart(length, width).equals(prefix.first())) {
            throw new IllegalArgumentException("prefix: " + text + " (expected: no bits set beyond the length)");
        }
        return prefix;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + length;
    }
}
