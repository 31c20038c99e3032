package io.portolan.placement.latency;

import io.portolan.placement.workload.Interaction;
import io.portolan.placement.workload.Network;

/**
 * Time of an interaction over a round-trip time. Pure; never falls when the round-trip time rises.
 *
 * <p>The sum of: setting up the connection (TCP one round trip, RFC 9293; TLS as the network says), each round of calls (a round
 * trip, the server, the bodies on a line that the calls of a round share), bulk up and down (a round trip, the server,
 * {@link Transfer}). The cached share of calls and content is answered by a CDN at its own, fixed round trip. Looking up names is
 * left out: resolvers keep the answer for most views.
 */
public final class InteractionTime {
    /** A shorter round trip is that of a loopback. */
    private static final double LEAST_RTT_MILLIS = 0.05;

    private InteractionTime() {}

    /** Milliseconds from the first packet to the last byte of the last answer. */
    public static double millis(Interaction interaction, Network network, double rttMillis) {
        double rtt = Math.max(LEAST_RTT_MILLIS, rttMillis);
        double cdn = Math.max(LEAST_RTT_MILLIS, network.cdnMillis());
        double cached = interaction.cacheShare();
        double millis = interaction.newConnection() ? (1 + network.tlsRoundTrips()) * rtt : 0;
        millis += calls(interaction, network, rtt, 1 - cached, interaction.serverMillis());
        millis += calls(interaction, network, cdn, cached, 0);
        if (interaction.bytesUp() > 0) {
            millis +=
                    bulk(interaction.bytesUp(), rtt, network.upMbit(), network.lossRate()) + interaction.serverMillis();
        }
        double content = interaction.bytesDown() * (1 - cached);
        if (content > 0) {
            millis += bulk(content, rtt, network.downMbit(), network.lossRate()) + interaction.serverMillis();
        }
        if (interaction.bytesDown() * cached > 0) {
            millis += bulk(interaction.bytesDown() * cached, cdn, network.downMbit(), network.lossRate());
        }
        return millis;
    }

    /** Rounds of calls that wait for each other. */
    public static double rounds(Interaction interaction, double share) {
        return interaction.serialCalls() * share
                + Math.ceil(interaction.parallelCalls() * share / interaction.parallelism() - 1e-9);
    }

    private static double calls(
            Interaction interaction, Network network, double rtt, double share, double serverMillis) {
        double serial = interaction.serialCalls() * share;
        double parallel = rounds(interaction, share) - serial;
        int lanes = Math.min(interaction.parallelism(), Math.max(1, interaction.parallelCalls()));
        return serial * call(interaction, network, rtt, 1, serverMillis)
                + parallel * call(interaction, network, rtt, lanes, serverMillis);
    }

    private static double call(Interaction interaction, Network network, double rtt, int lanes, double serverMillis) {
        return rtt
                + serverMillis
                + Transfer.sendMillis(interaction.requestBytes(), rtt, network.upMbit() / lanes, network.lossRate())
                + Transfer.sendMillis(interaction.responseBytes(), rtt, network.downMbit() / lanes, network.lossRate());
    }

    /** The last byte needs half a round trip to get there, and the answer, or before it the request, another half. */
    private static double bulk(double bytes, double rtt, double mbit, double lossRate) {
        return rtt + Transfer.sendMillis(bytes, rtt, mbit, lossRate);
    }
}
