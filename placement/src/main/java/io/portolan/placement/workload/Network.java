package io.portolan.placement.workload;

import io.portolan.model.RegionName;
import java.util.Map;
import java.util.Objects;

/**
 * What is assumed of the network between users and regions. Immutable.
 *
 * @param accessMillis   round trip of the user's own access network, added to every path. Default 20 ms: between 0 (a wired office)
 *                       and the 55 ms by which RIPE Atlas country means exceed the backbone fit
 * @param baseMillis     round trip that any distance costs. Default 20 ms (least squares over the bundled region table, 2026-07)
 * @param per1000KmMillis round trip of 1,000 km of great circle. Default 14.7 ms (same fit, R² 0.82; RIPE Atlas country means have
 *                       the same slope, 15.0)
 * @param regionTable    whether the table of round trips between regions is used beyond the region nearest to a user
 * @param measured       measured round trips, whole path, by place code and region; win over everything else
 * @param upMbit         rate of a user's access towards the network. Default 50
 * @param downMbit       rate towards the user. Default 100
 * @param lossRate       share of packets lost. Default 1e-5, a well-kept path
 * @param tlsRoundTrips  round trips of the TLS handshake: 1 for TLS 1.3 (RFC 8446), 2 for TLS 1.2, 0 for QUIC, which shares TCP's one
 * @param cdnMillis      round trip to the CDN that answers the cached share. Default 15 ms
 */
public record Network(
        double accessMillis,
        double baseMillis,
        double per1000KmMillis,
        boolean regionTable,
        Map<String, Map<RegionName, Double>> measured,
        double upMbit,
        double downMbit,
        double lossRate,
        int tlsRoundTrips,
        double cdnMillis) {
    /** The defaults that the components name. */
    public static final Network DEFAULT = new Network(20, 20, 14.7, true, Map.of(), 50, 100, 1e-5, 1, 15);

    public Network {
        measured = Map.copyOf(measured);
        Objects.requireNonNull(measured, "measured");
    }
}
