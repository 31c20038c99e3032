package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.MutableClock;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The sockets: both engines, both transports (TCP of experiment 47), both families, and what one client may cost. */
final class DnsListenerTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String HELLO = "hello.ext.portolan.test";

    private final Counters faults = new Counters();
    private final Optional<ZoneState> zone = zone();
    private WireServer server = server(RateLimits.STANDARD, QueryLog.OFF);

    @TempDir
    private Path folder;

    private static Optional<ZoneState> zone() {
        return Optional.of(new ZoneBuilder(Worlds.state(Set.of())).withSerial(17));
    }

    private WireServer server(RateLimits limits, QueryLog log) {
        return new WireServer(new WireAnswerer(() -> zone, () -> Worlds.COOKIES), new RateLimiter(limits), log, faults);
    }

    private static InetSocketAddress loopback(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 0);
    }

    private static DnsSettings settings(DnsSettings.Engine engine, DnsLimits limits, InetSocketAddress... listen) {
        return new DnsSettings(
                List.of(listen), 2, engine, limits, RateLimits.STANDARD, "", "", DnsSettings.QUERY_LOG_BYTES);
    }

    private DnsListener listen(DnsSettings settings, InstantSource clock) throws IOException {
        return DnsListener.start(settings, server, faults, clock, () -> {});
    }

    private DnsListener listen(DnsLimits limits, InstantSource clock) throws IOException {
        return listen(settings(DnsSettings.Engine.AUTO, limits, loopback("127.0.0.1")), clock);
    }

    @ParameterizedTest
    @EnumSource(
            value = DnsSettings.Engine.class,
            names = {"NATIVE", "CHANNEL"})
    void bothEnginesAnswerOverBothFamilies(DnsSettings.Engine engine) throws IOException {
        Assumptions.assumeTrue(engine != DnsSettings.Engine.NATIVE || NativeSocket.supported());
        try (var listener = listen(
                settings(engine, DnsLimits.STANDARD, loopback("127.0.0.1"), loopback("::1")), InstantSource.system())) {
            assertThat(listener.addresses()).hasSize(2);
            for (var address : listener.addresses()) {
                assertThat(Dig.data(Dig.udp(address, Dig.query(HELLO, Type.A, "81.2.69.0/24"))))
                        .containsExactly("127.0.1.4");
                assertThat(Dig.data(Dig.udp(address, Dig.query(HELLO, Type.AAAA, "203.116.0.0/24"))))
                        .containsExactly("2001:db8:0:0:0:0:0:5");
                assertThat(Dig.tcp(address, Dig.query(HELLO, Type.A))).hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DnsSettings.Engine.class,
            names = {"NATIVE", "CHANNEL"})
    void aBurstFromManyClientsIsAnsweredToEachItsOwn(DnsSettings.Engine engine) throws IOException {
        Assumptions.assumeTrue(engine != DnsSettings.Engine.NATIVE || NativeSocket.supported());
        var clients = new ArrayList<DatagramSocket>();
        try (var listener =
                listen(settings(engine, DnsLimits.STANDARD, loopback("127.0.0.1")), InstantSource.system())) {
            for (int client = 0; client < 40; client++) {
                clients.add(new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1")));
            }
            for (int round = 0; round < 10; round++) {
                for (int client = 0; client < clients.size(); client++) {
                    var query = Dig.query(client % 2 == 0 ? HELLO : "nothing.ext.portolan.test", Type.A);
                    query.getHeader().setID(round * 1000 + client);
                    var wire = query.toWire();
                    clients.get(client).send(new DatagramPacket(wire, wire.length, listener.address()));
                }
                for (int client = 0; client < clients.size(); client++) {
                    var packet = new DatagramPacket(new byte[1500], 1500);
                    clients.get(client).setSoTimeout((int) LIMIT.toMillis());
                    clients.get(client).receive(packet);
                    var answer = Dig.parse(java.util.Arrays.copyOf(packet.getData(), packet.getLength()));
                    assertThat(answer.getHeader().getID()).isEqualTo(round * 1000 + client);
                    assertThat(answer.getRcode()).isEqualTo(client % 2 == 0 ? Rcode.NOERROR : Rcode.NXDOMAIN);
                }
            }
        } finally {
            clients.forEach(DatagramSocket::close);
        }
    }

    @Test
    void aPortInUseIsSaid() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            var taken = new InetSocketAddress(other.getInetAddress(), other.getLocalPort());

            assertThatThrownBy(() -> listen(
                            settings(DnsSettings.Engine.AUTO, DnsLimits.STANDARD, taken), InstantSource.system()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("listening for DNS on")
                    .hasMessageContaining(String.valueOf(taken.getPort()));
        }
    }

    @Test
    void aQueryInPiecesIsAnsweredWhenItIsWhole() throws IOException {
        try (var listener = listen(DnsLimits.STANDARD, InstantSource.system());
                var socket = new Socket(
                        listener.address().getAddress(), listener.address().getPort())) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.setTcpNoDelay(true);
            var in = new DataInputStream(socket.getInputStream());
            var first = framed(Dig.query(HELLO, Type.A));
            var second = framed(Dig.query("nothing.ext.portolan.test", Type.A));
            // One query whole, two bytes of the next: the first is answered before the second is complete.
            socket.getOutputStream().write(first);
            socket.getOutputStream().write(second, 0, 2);
            assertThat(read(in).getRcode()).isEqualTo(Rcode.NOERROR);
            for (int i = 2; i < second.length; i++) {
                socket.getOutputStream().write(second[i]);
            }
            assertThat(read(in).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        }
    }

    private static byte[] framed(Message query) {
        var wire = query.toWire();
        var framed = new byte[wire.length + 2];
        Wire.put16(framed, 0, wire.length);
        System.arraycopy(wire, 0, framed, 2, wire.length);
        return framed;
    }

    private static Message read(DataInputStream in) throws IOException {
        var wire = new byte[in.readUnsignedShort()];
        in.readFully(wire);
        return Dig.parse(wire);
    }

    @Test
    void aThousandPipelinedQueriesAreAllAnsweredInOrder() throws IOException {
        try (var listener = listen(DnsLimits.STANDARD, InstantSource.system())) {
            var queries = new Message[1_000];
            for (int i = 0; i < queries.length; i++) {
                queries[i] = Dig.query(i % 3 == 0 ? HELLO : "x" + i + ".ext.portolan.test", Type.A);
                queries[i].getHeader().setID(i);
            }

            var answers = Dig.tcp(listener.address(), queries);

            for (int i = 0; i < queries.length; i++) {
                assertThat(answers.get(i).getHeader().getID()).isEqualTo(i);
                assertThat(answers.get(i).getRcode()).isEqualTo(i % 3 == 0 ? Rcode.NOERROR : Rcode.NXDOMAIN);
            }
        }
    }

    @Test
    void idleConnectionsAreClosedByTheClock() throws IOException {
        var clock = new MutableClock(Instant.EPOCH);
        try (var listener = listen(new DnsLimits(10, 10, Duration.ofSeconds(10)), clock);
                var idle = new Socket(
                        listener.address().getAddress(), listener.address().getPort());
                var slow = new Socket(
                        listener.address().getAddress(), listener.address().getPort())) {
            idle.setSoTimeout((int) LIMIT.toMillis());
            slow.setSoTimeout((int) LIMIT.toMillis());
            // An answer to each: both are known to the listener before the clock goes on.
            for (var socket : List.of(idle, slow)) {
                socket.getOutputStream().write(framed(Dig.query(HELLO, Type.A)));
                read(new DataInputStream(socket.getInputStream()));
            }
            slow.getOutputStream().write(0); // half a length, and never more

            clock.advance(Duration.ofSeconds(11));

            assertThat(idle.getInputStream().read()).isEqualTo(-1);
            assertThat(slow.getInputStream().read()).isEqualTo(-1);
            assertThat(faults.text()).contains("portolan_dns_connections_idle_total 2");
        }
    }

    @Test
    void oneClientTakesNotAllConnections() throws IOException {
        var held = new ArrayList<Socket>();
        try (var listener = listen(new DnsLimits(100, 3, Duration.ofSeconds(10)), InstantSource.system())) {
            for (int i = 0; i < 3; i++) {
                held.add(new Socket(
                        listener.address().getAddress(), listener.address().getPort()));
                held.getLast().setSoTimeout((int) LIMIT.toMillis());
                held.getLast().getOutputStream().write(framed(Dig.query(HELLO, Type.A)));
                read(new DataInputStream(held.getLast().getInputStream()));
            }
            try (var fourth = new Socket(
                    listener.address().getAddress(), listener.address().getPort())) {
                fourth.setSoTimeout((int) LIMIT.toMillis());
                assertThat(fourth.getInputStream().read()).isEqualTo(-1);
            }
            try (var other = new Socket()) {
                other.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.9"), 0));
                other.connect(listener.address());
                other.setSoTimeout((int) LIMIT.toMillis());
                other.getOutputStream().write(framed(Dig.query(HELLO, Type.A)));
                assertThat(read(new DataInputStream(other.getInputStream())).getRcode())
                        .isEqualTo(Rcode.NOERROR);
            }
            held.removeFirst().close();
            await().atMost(LIMIT).until(() -> answers(listener.address()));
            assertThat(faults.text()).contains("portolan_dns_connections_refused_total");
        } finally {
            for (var socket : held) {
                socket.close();
            }
        }
    }

    private static boolean answers(InetSocketAddress address) {
        try (var socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.getOutputStream().write(framed(Dig.query(HELLO, Type.A)));
            return read(new DataInputStream(socket.getInputStream())).getRcode() == Rcode.NOERROR;
        } catch (IOException refused) {
            return false;
        }
    }

    @Test
    void overTheLimitUdpIsCutAndTcpIsNot() throws IOException {
        server = server(new RateLimits(true, 3, 3, 3, 3, 0, 1, 24, 56, List.of()), QueryLog.OFF);
        try (var listener = listen(DnsLimits.STANDARD, new MutableClock(Instant.EPOCH))) {
            Message last = Dig.query(HELLO, Type.A);
            for (int i = 0; i < 6; i++) {
                last = Dig.udp(listener.address(), Dig.query(HELLO, Type.A));
            }
            assertThat(last.getHeader().getFlag(Flags.TC)).isTrue();
            assertThat(Dig.data(last)).isEmpty();
            assertThat(Dig.data(Dig.tcp(listener.address(), Dig.query(HELLO, Type.A))
                            .getFirst()))
                    .hasSize(1);
            assertThat(server.metrics())
                    .contains("portolan_dns_rate_limited_total{kind=\"answer\",sent=\"truncated\",transport=\"udp\"}")
                    .contains("portolan_dns_truncated_total{transport=\"udp\"}")
                    .contains("portolan_dns_answers_total{rcode=\"NOERROR\",transport=\"tcp\",type=\"A\"} 1");
        }
    }

    @Test
    void queriesAreLoggedIfAskedFor() throws IOException {
        var file = folder.resolve("queries.log");
        var log = FileQueryLog.open(file, 1 << 20, faults);
        server = server(RateLimits.OFF, log);
        try (log;
                var listener = listen(DnsLimits.STANDARD, new MutableClock(Instant.EPOCH))) {
            Dig.udp(listener.address(), Dig.query("HELLO.ext.portolan.test", Type.A, "81.2.69.0/24"));
            Dig.tcp(listener.address(), Dig.query("we\\032ird.ext.portolan.test", Type.TXT));
        }
        assertThat(Files.readAllLines(file))
                .containsExactly(
                        "1970-01-01T00:00:00Z 127.0.0.1 udp hello.ext.portolan.test. A 81.2.69.0/24 NOERROR - 79",
                        "1970-01-01T00:00:00Z 127.0.0.1 tcp we\\032ird.ext.portolan.test. TXT - NXDOMAIN - 93");
    }

    @Test
    void aFullQueryLogIsBegunAgain() throws IOException {
        var file = folder.resolve("queries.log");
        try (var log = FileQueryLog.open(file, 200, faults)) {
            var exchange = Exchange.udp();
            exchange.source(InetAddress.ofLiteral("127.0.0.1"));
            for (int i = 0; i < 10; i++) {
                log.add(exchange, 0);
            }
        }
        assertThat(folder.resolve("queries.log.1")).exists();
        assertThat(Files.size(file)).isLessThan(400);
    }
}
