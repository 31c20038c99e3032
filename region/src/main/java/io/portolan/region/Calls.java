package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.region.gateway.Backend;
import io.portolan.region.gateway.Gateway;
import io.portolan.region.gateway.Tls;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * What all connections of a node need to pass calls on to controllers. Immutable.
 *
 * @param peers other nodes
 * @param drain longest that a stopping node waits for sockets
 */
record Calls(
        ControllerRoutes routes,
        ControllerUpstreams upstreams,
        Gateway gateway,
        HttpDate date,
        RegionName region,
        OtherNodes peers,
        Duration drain) {
    /** Other nodes that calls of an extension may go to. */
    List<Backend> others(ExtensionName extension) {
        return peers.about(extension.value()).stream().map(Calls::backend).toList();
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
