package io.portolan.region;

import io.portolan.model.RegionName;
import io.portolan.region.gateway.Backend;
import io.portolan.region.gateway.Gateway;
import io.portolan.region.gateway.Tls;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * What all connections of a node need to pass calls on to controllers. Immutable.
 *
 * @param peers base URLs of other nodes, the best first
 * @param drain longest that a stopping node waits for sockets
 */
record Calls(
        ControllerRoutes routes,
        ControllerUpstreams upstreams,
        Gateway gateway,
        HttpDate date,
        RegionName region,
        Supplier<List<URI>> peers,
        Duration drain) {
    /** Other nodes, as something that calls go to. */
    List<Backend> others() {
        return peers.get().stream().map(Calls::backend).toList();
    }

    private static Backend backend(URI peer) {
        boolean tls = "https".equals(peer.getScheme());
        int port = peer.getPort() >= 0 ? peer.getPort() : tls ? 443 : 80;
        var path = peer.getRawPath() == null ? "" : peer.getRawPath();
        return new Backend(
                peer.toString(),
                InetSocketAddress.createUnresolved(peer.getHost(), port),
                tls ? ReplicaTls.STANDARD : Tls.NONE,
                false,
                path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }
}
