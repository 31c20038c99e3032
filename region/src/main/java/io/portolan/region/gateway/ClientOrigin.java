package io.portolan.region.gateway;

import io.netty.util.AsciiString;
import java.util.Objects;

/**
 * From where calls come, with what replicas are told of it made ready: most calls of a connection have the same. Immutable.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7239">RFC 7239, Forwarded</a>
 */
public final class ClientOrigin {
    private final String host;
    final AsciiString address;
    final AsciiString scheme;
    final AsciiString hostHeader;
    final AsciiString forwarded;

    /**
     * Made ready.
     *
     * @param address address of the client, without a port
     * @param scheme  {@code http} or {@code https}, as the client spoke it
     * @param host    the client's {@code Host}
     */
    public ClientOrigin(String address, String scheme, String host) {
        this.host = Objects.requireNonNull(host, "host");
        this.address = new AsciiString(address);
        this.scheme = new AsciiString(scheme);
        this.hostHeader = new AsciiString(host);
        boolean six = address.indexOf(':') >= 0;
        this.forwarded = new AsciiString(
                "for=" + (six ? "\"[" + address + "]\"" : address) + ";host=\"" + host + "\";proto=" + scheme);
    }

    /** The client's {@code Host}. */
    public String host() {
        return host;
    }
}
