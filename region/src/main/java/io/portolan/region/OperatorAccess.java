package io.portolan.region;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;

/**
 * Who may see a node's diagnostics and metrics: this machine, and beside it these. Immutable.
 *
 * <p>The address is the connection's peer: behind a proxy on this machine everybody is local, so a proxy must not pass those paths on.
 *
 * @param networks networks of operators
 * @param token    token that {@code Authorization: Bearer} brings, empty text for none
 */
public record OperatorAccess(List<Network> networks, String token) {
    /** This machine only. */
    public static final OperatorAccess LOCAL = new OperatorAccess(List.of(), "");

    private static final int LEAST_TOKEN = 16;
    private static final String BEARER = "Bearer ";

    public OperatorAccess {
        networks = List.copyOf(networks);
        Objects.requireNonNull(token, "token");
        if (!token.isEmpty() && token.length() < LEAST_TOKEN) {
            // Not shown: it may be the beginning of the real one.
            throw new IllegalArgumentException("operator token: " + token.length() + " characters (expected: at least "
                    + LEAST_TOKEN + ", or none)");
        }
    }

    /**
     * A network such as {@code 10.20.0.0/16}.
     *
     * @param bits length of the prefix
     */
    public record Network(InetAddress address, int bits) {
        /** Reads an address, or an address and a length. Never asks DNS. */
        public static Network parse(String text) {
            int slash = text.indexOf('/');
            var address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int width = address.getAddress().length * 8;
            int bits = slash < 0 ? width : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > width) {
                throw new IllegalArgumentException("network: " + text + " (expected: a length of 0 to " + width + ")");
            }
            return new Network(address, bits);
        }

        boolean contains(InetAddress other) {
            var own = address.getAddress();
            var their = other.getAddress();
            if (own.length != their.length) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                int mask = 0x80 >> (i % 8);
                if (((own[i / 8] ^ their[i / 8]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Whether a client may; {@code authorization} is the value of that header, empty text for none. */
    boolean allows(InetAddress peer, String authorization) {
        return peer.isLoopbackAddress()
                || networks.stream().anyMatch(network -> network.contains(peer))
                || isToken(authorization);
    }

    private boolean isToken(String authorization) {
        // Compared in constant time.
        return !token.isEmpty()
                && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && MessageDigest.isEqual(
                        authorization.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8),
                        token.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "OperatorAccess[networks=" + networks + ", token=" + (token.isEmpty() ? "none" : "set") + "]";
    }
}
