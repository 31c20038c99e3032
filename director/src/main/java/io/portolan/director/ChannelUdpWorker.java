package io.portolan.director;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.InstantSource;

/** UDP on the JDK's own channel: one system call to read a query, one to answer. Runs everywhere. */
final class ChannelUdpWorker implements UdpWorker {
    /** One in so many answers is timed. */
    private static final int TIMED = 16;

    private final DatagramChannel channel;
    private final WireServer server;
    private final WireCounters counters;
    private final Counters faults;
    private final InstantSource clock;

    private ChannelUdpWorker(DatagramChannel channel, WireServer server, Counters faults, InstantSource clock) {
        this.channel = channel;
        this.server = server;
        this.counters = server.counters("udp");
        this.faults = faults;
        this.clock = clock;
    }

    static ChannelUdpWorker open(InetSocketAddress address, WireServer server, Counters faults, InstantSource clock)
            throws IOException {
        var channel = DatagramChannel.open(
                address.getAddress() instanceof Inet6Address
                        ? StandardProtocolFamily.INET6
                        : StandardProtocolFamily.INET);
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            if (channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
                channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            channel.bind(address);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return new ChannelUdpWorker(channel, server, faults, clock);
    }

    @Override
    public void run() {
        var exchange = Exchange.udp();
        var buffer = ByteBuffer.allocateDirect(Wire.MESSAGE_LIMIT_BYTES);
        for (int count = 0; channel.isOpen(); count++) {
            try {
                buffer.clear();
                if (channel.receive(buffer) instanceof InetSocketAddress client) {
                    var began = count % TIMED == 0 ? clock.instant() : null;
                    exchange.nowMillis = clock.millis();
                    exchange.length = buffer.flip().remaining();
                    buffer.get(exchange.in, 0, exchange.length);
                    exchange.source(client.getAddress());
                    int bytes = server.respond(exchange, counters);
                    // Port 0 cannot be answered; sending there throws.
                    if (bytes > 0 && client.getPort() != 0) {
                        channel.send(buffer.clear().put(exchange.out, 0, bytes).flip(), client);
                    }
                    if (began != null) {
                        counters.took(
                                java.time.Duration.between(began, clock.instant())
                                        .toNanos(),
                                1);
                    }
                }
            } catch (IOException e) {
                if (channel.isOpen()) {
                    faults.count("portolan_dns_errors_total{transport=\"udp\"}");
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
