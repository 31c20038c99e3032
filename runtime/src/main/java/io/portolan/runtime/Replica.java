package io.portolan.runtime;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Objects;

/**
 * A replica that takes calls now. Immutable.
 *
 * @param id         unique at this node and never used again: a replica that is started again has another
 * @param address    where it listens, resolved for processes; of an external one the host name of its URL, unresolved
 * @param tls        whether it is to be spoken to over TLS
 * @param path       path below which it answers, without a final slash; empty text but for external ones
 * @param readySince when it was found ready, for those that give new ones fewer calls at first
 * @param security   whom it is trusted by and what it is shown, where TLS is spoken
 */
public record Replica(
        String id, InetSocketAddress address, boolean tls, String path, Instant readySince, BackendTls security) {
    public Replica {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(readySince, "readySince");
        Objects.requireNonNull(security, "security");
    }

    /** A replica that answers at its root. */
    public Replica(String id, InetSocketAddress address, boolean tls, Instant readySince) {
        this(id, address, tls, "", readySince, BackendTls.STANDARD);
    }
}
