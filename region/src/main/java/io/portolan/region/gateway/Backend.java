package io.portolan.region.gateway;

import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * A replica of a controller, or another node that has one. Immutable.
 *
 * @param id      unique, never used again for another
 * @param address where it listens; a host name that is not resolved is resolved when it is connected to, and is its {@code Host}
 * @param tls     how it is spoken to over TLS, {@link Tls#NONE} for not at all
 * @param http2   whether it is spoken to in HTTP/2, by prior knowledge or over TLS by ALPN, else in HTTP/1.1
 * @param path    path below which it answers, without a final slash, empty text for none
 */
public record Backend(String id, InetSocketAddress address, Tls tls, boolean http2, String path) {
    public Backend {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(tls, "tls");
        Objects.requireNonNull(path, "path");
    }

    /** One that answers at its root, in HTTP/1.1. */
    public static Backend plain(String id, InetSocketAddress address) {
        return new Backend(id, address, Tls.NONE, false, "");
    }
}
