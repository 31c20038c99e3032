package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.FreePorts;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Real resolvers in front of our name server: their clients are sent to the right region, and what they keep they keep for the network
 * that it holds for, no narrower and no wider (experiment 52). Clients sit at other addresses of this machine's loopback network.
 */
final class ResolversTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String HELLO = "hello.ext.portolan.test";
    private static final String EUROPE = "127.0.1.4";
    private static final String BRAZIL = "127.0.1.6";
    private static final String ASIA = "127.0.1.5";
    private static final String LOCATIONS = """
            127.0.0.0/24,1.3,103.8,the resolver itself
            127.10.0.0/16,51.5,-0.1,London
            127.20.0.0/16,-23.5,-46.6,Sao Paulo
            127.20.7.0/24,51.5,-0.1,a Londoner among them
            """;

    @TempDir
    private Path folder;

    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private DnsListener server;
    private WireServer answers;

    @BeforeEach
    void serve() throws IOException {
        var state = Worlds.state(
                Worlds.revision(Worlds.RECORDS),
                LocationTable.parse(LOCATIONS.getBytes(StandardCharsets.UTF_8), "test"),
                Set.of());
        var zone = Optional.of(new ZoneBuilder(state).withSerial(17));
        answers = new WireServer(
                new WireAnswerer(() -> zone, () -> Worlds.COOKIES),
                new RateLimiter(RateLimits.STANDARD),
                this::note,
                new Counters());
        server = DnsListener.start(
                DnsSettings.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0)),
                answers,
                new Counters(),
                InstantSource.system(),
                () -> {});
    }

    /** Notes what the resolvers ask about the extension: the client's network, or that none was told. */
    private void note(Exchange exchange, int bytes) {
        if (exchange.query.type == Type.A && exchange.query.name[0] == 5 && exchange.query.name[1] == 'h') {
            asked.add(
                    exchange.bySubnet()
                            ? new Bits128(0, exchange.query.subnetLow)
                                    .address(32)
                                    .getHostAddress()
                            : "-");
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Asks a resolver as a client at an address. */
    private static Message ask(Resolver resolver, String from, String name, int type) throws IOException {
        var query = Dig.query(name, type);
        query.getHeader().setFlag(Flags.RD);
        var wire = query.toWire();
        try (var socket = new DatagramSocket(0, InetAddress.ofLiteral(from))) {
            socket.setSoTimeout(3_000);
            for (int attempt = 0; attempt < 20; attempt++) {
                resolver.requireAlive();
                socket.send(new DatagramPacket(wire, wire.length, resolver.address()));
                var packet = new DatagramPacket(new byte[4096], 4096);
                try {
                    socket.receive(packet);
                    return Dig.parse(Arrays.copyOf(packet.getData(), packet.getLength()));
                } catch (SocketTimeoutException lost) {
                    // Asked again, as a client would.
                }
            }
            throw new AssertionError("no answer from " + resolver.address());
        }
    }

    private static List<String> addresses(Resolver resolver, String from) throws IOException {
        return Dig.data(ask(resolver, from, HELLO, Type.A));
    }

    private static void awaitStart(Resolver resolver) {
        await().atMost(LIMIT).ignoreException(IOException.class).until(() -> {
            resolver.requireAlive();
            return Dig.data(ask(resolver, "127.0.0.1", "fixed.ext.portolan.test", Type.A))
                            .size()
                    == 2;
        });
    }

    @Test
    void unboundKeepsAnAnswerForTheNetworkThatItHoldsFor() throws IOException {
        try (var ports = FreePorts.take(0);
                var resolver = Resolver.unbound(folder, ports.base(), server.address())) {
            keepsAnswersForTheirNetworks(resolver);
        }
    }

    @Test
    void thePowerDnsRecursorKeepsAnAnswerForTheNetworkThatItHoldsFor() throws IOException {
        try (var ports = FreePorts.take(0);
                var resolver = Resolver.recursor(folder, ports.base(), server.address())) {
            keepsAnswersForTheirNetworks(resolver);
        }
    }

    private void keepsAnswersForTheirNetworks(Resolver resolver) throws IOException {
        awaitStart(resolver);

        assertThat(addresses(resolver, "127.10.0.5")).containsExactly(EUROPE);
        assertThat(asked).containsExactly("127.10.0.0");
        assertThat(addresses(resolver, "127.10.77.9"))
                .as("the same /16, another /24")
                .containsExactly(EUROPE);
        assertThat(asked).as("kept for the whole /16").hasSize(1);

        assertThat(addresses(resolver, "127.20.0.5")).containsExactly(BRAZIL);
        assertThat(asked).hasSize(2).contains("127.20.0.0");
        assertThat(addresses(resolver, "127.20.7.5"))
                .as("not kept for what lies within it")
                .containsExactly(EUROPE);
        assertThat(addresses(resolver, "127.10.0.6")).containsExactly(EUROPE);
        assertThat(addresses(resolver, "127.20.0.99")).containsExactly(BRAZIL);
        assertThat(asked).containsExactly("127.10.0.0", "127.20.0.0", "127.20.7.0");

        assertThat(Dig.data(ask(resolver, "127.10.0.5", "www.ext.portolan.test", Type.A)))
                .contains(EUROPE);
        assertThat(ask(resolver, "127.20.0.5", "nothing.ext.portolan.test", Type.A)
                        .getRcode())
                .isEqualTo(Rcode.NXDOMAIN);
        assertThat(ask(resolver, "127.20.0.5", "idle.ext.portolan.test", Type.A).getRcode())
                .isEqualTo(Rcode.NOERROR);
    }

    @Test
    void bindIsAnsweredForItsOwnAddressAndLearnsACookie() throws IOException {
        try (var ports = FreePorts.take(0);
                var resolver = Resolver.bind(folder, ports.base(), server.address())) {
            awaitStart(resolver);

            assertThat(addresses(resolver, "127.10.0.5")).containsExactly(ASIA);
            assertThat(addresses(resolver, "127.20.0.5"))
                    .as("one answer for all its clients")
                    .containsExactly(ASIA);
            assertThat(asked).containsExactly("-");
            assertThat(ask(resolver, "127.10.0.5", "nothing.ext.portolan.test", Type.A)
                            .getRcode())
                    .isEqualTo(Rcode.NXDOMAIN);
            assertThat(Dig.data(ask(resolver, "127.10.0.5", "alias.ext.portolan.test", Type.A)))
                    .contains(ASIA);
            await().atMost(LIMIT).until(() -> answers.metrics()
                    .matches("(?s).*cookies_total\\{cookie=\"valid\",transport=\"udp\"} [1-9].*"));
        }
    }
}
