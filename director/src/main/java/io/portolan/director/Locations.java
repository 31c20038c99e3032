package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.planner.routing.BoundMap;
import io.portolan.planner.routing.ClientNetwork;
import io.portolan.planner.routing.IpBits;
import io.portolan.planner.routing.NetworkPlace;
import io.portolan.planner.routing.RegionTable;
import java.net.InetAddress;
import java.util.Objects;

/**
 * Where clients are, for one revision's regions. Immutable.
 *
 * @param digest version of the map, see {@link MapInUse#version}
 */
record Locations(Digest digest, BoundMap bound) {
    Locations {
        Objects.requireNonNull(digest, "digest");
        Objects.requireNonNull(bound, "bound");
    }

    static Locations of(MapInUse map, RegionTable regions) {
        return new Locations(map.version(), BoundMap.of(map.map(), regions));
    }

    /** What is known of a client's network; {@code low} holds an IPv4 address. */
    ClientNetwork network(int width, long high, long low) {
        return bound.network(width, high, low);
    }

    /** What is known of a client's network. */
    ClientNetwork network(InetAddress client) {
        return bound.network(IpBits.of(client.getAddress()));
    }

    /** What the location source said of it. */
    NetworkPlace place(InetAddress client) {
        return bound.place(IpBits.of(client.getAddress()));
    }
}
