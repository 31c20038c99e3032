package io.portolan.region.gateway;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a call is for and from whom. Immutable.
 *
 * @param upstream the controller
 * @param path     path and query on the controller, with its leading slash
 * @param pinned   path and query by which another node knows the call: those of exactly its version
 * @param origin   where it comes from
 * @param prefix   what was before {@code path} in the client's target
 * @param via      {@code Via} as it came, empty text for none
 * @param now      the controller as it is at any time
 * @param others   other nodes, the best first; empty where the call is not to leave this one
 */
public record CallTarget(
        Upstream upstream,
        String path,
        String pinned,
        ClientOrigin origin,
        String prefix,
        String via,
        Supplier<Optional<Upstream>> now,
        Supplier<List<Backend>> others) {
    public CallTarget {
        Objects.requireNonNull(upstream, "upstream");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(pinned, "pinned");
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(prefix, "prefix");
        Objects.requireNonNull(via, "via");
        Objects.requireNonNull(now, "now");
        Objects.requireNonNull(others, "others");
    }

    /** Path without its query. */
    String pathOnly() {
        int question = path.indexOf('?');
        return question < 0 ? path : path.substring(0, question);
    }
}
