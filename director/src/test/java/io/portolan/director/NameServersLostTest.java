package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.FreePorts;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Three whole directors behind one real resolver, as the zone's three name servers, two of which go while a region is down, too. */
final class NameServersLostTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final DirectorSettings.Probes FAST =
            new DirectorSettings.Probes(Duration.ofMillis(40), Duration.ofSeconds(2), 3, 2);
    private static final String LOST = "westus";
    private static final String EUROPE = "westeurope";
    private static final String ASIA = "southeastasia";
    private static final int NAMES = 24;

    @TempDir
    private Path folder;

    private RevisionServer control;
    private HttpServer node;

    @BeforeEach
    void start() throws IOException {
        var ready = "ready\n".getBytes(StandardCharsets.UTF_8);
        node = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        node.createContext("/readyz", exchange -> {
            exchange.sendResponseHeaders(200, ready.length);
            exchange.getResponseBody().write(ready);
            exchange.close();
        });
        node.start();
        var up = "http://127.0.0.1:" + node.getAddress().getPort();
        control = RevisionServer.start(Samples.PROD);
        control.put(Samples.environment());
        // Nothing answers at the one: all cells of that region are down.
        region(LOST, "127.0.1.1", "http://127.0.0.1:1");
        region(EUROPE, "127.0.1.2", up);
        region(ASIA, "127.0.1.3", up);
        for (int i = 0; i < NAMES; i++) {
            control.put(Samples.extension("Contoso_Name" + i, "name" + i, "1", served(i)));
        }
        control.publish("three name servers");
    }

    private void region(String name, String address, String probed) {
        control.put(Samples.region(name, Objects.requireNonNull(Samples.DEV_REGIONS.get(name), name), address, probed));
    }

    @AfterEach
    void stop() {
        control.close();
        node.stop(0);
    }

    private static List<String> served(int number) {
        return switch (number % 3) {
            case 0 -> List.of(EUROPE);
            case 1 -> List.of(ASIA);
            default -> List.of(LOST, ASIA);
        };
    }

    /** The one region of those that serve a name which is up. */
    private static String expected(int number) {
        return number % 3 == 0 ? "127.0.1.2" : "127.0.1.3";
    }

    private DirectorServer director(String name) {
        var local = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        var replica = new ReplicaSettings(
                name,
                "director",
                Samples.PROD,
                new RegionName("director"),
                "",
                control.uri(),
                RevisionServer.TOKEN,
                folder.resolve(name),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        return DirectorServer.start(
                new DirectorSettings(
                        replica, DnsSettings.of(local), local, List.of(InetAddress.ofLiteral("127.0.0.1")), FAST, ""),
                InstantSource.system(),
                FailPoints.NONE);
    }

    private static void awaitJudged(DirectorServer director) {
        await().atMost(LIMIT).until(() -> director.down().equals(Set.of(new RegionName(LOST))));
    }

    private static Message ask(Resolver resolver, int number) throws IOException {
        resolver.requireAlive();
        var query = Dig.query("name" + number + ".ext.portolan.test", Type.A);
        query.getHeader().setFlag(Flags.RD);
        return Dig.udp(resolver.address(), query);
    }

    /** What a client is told in the end: it asks again where its resolver has not got through yet, and takes any other answer. */
    private static void assertAnswered(Resolver resolver, int number) {
        var answer =
                await().atMost(LIMIT).until(() -> ask(resolver, number), heard -> heard.getRcode() != Rcode.SERVFAIL);
        assertThat(answer.getRcode()).as("name" + number).isEqualTo(Rcode.NOERROR);
        assertThat(Dig.data(answer)).as("name" + number).containsExactly(expected(number));
    }

    /** Row 8.4 of the contract: a region is down, and then two of three name servers; answers continue, and stay right. */
    @Test
    void row_8_4_aRegionAndTwoOfThreeNameServersDownAndEveryNameIsStillAnswered() throws IOException {
        var lost = List.of(director("director-1"), director("director-2"));
        try (var third = director("director-3");
                var ports = FreePorts.take(0);
                var resolver = Resolver.unbound(
                        folder,
                        ports.base(),
                        List.of(lost.getFirst().dnsAddress(), lost.getLast().dnsAddress(), third.dnsAddress()))) {
            lost.forEach(NameServersLostTest::awaitJudged);
            awaitJudged(third);
            await().atMost(LIMIT)
                    .ignoreException(IOException.class)
                    .until(() -> ask(resolver, 0).getRcode() == Rcode.NOERROR);
            int half = NAMES / 2;
            for (int i = 0; i < half; i++) {
                assertAnswered(resolver, i);
            }

            lost.forEach(DirectorServer::close);

            // Names that the resolver has not kept first, so that it has to find the one server left.
            for (int i = half; i < NAMES; i++) {
                assertAnswered(resolver, i);
            }
            for (int i = 0; i < half; i++) {
                assertAnswered(resolver, i);
            }
            assertThat(third.dnsMetrics()).contains("portolan_dns_answers_total{rcode=\"NOERROR\"");
        } finally {
            lost.forEach(DirectorServer::close);
        }
    }
}
