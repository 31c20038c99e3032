package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.protocol.Json;
import io.portolan.protocol.ObservationTable;
import io.portolan.protocol.rest.RouteExplanation;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A whole director: a real control plane's side, six regions as real HTTP servers, DNS over UDP and TCP. */
final class DirectorServerTest {
    private static final String HELLO = "hello.ext.portolan.test";
    private static final String LONDON = "81.2.69.0/24";
    private static final Map<String, String> ADDRESSES = addresses();
    private static final DirectorSettings.Probes FAST =
            new DirectorSettings.Probes(Duration.ofMillis(40), Duration.ofSeconds(2), 3, 2);

    private final Map<String, AtomicInteger> readiness = new HashMap<>();
    private final Map<String, HttpServer> nodes = new HashMap<>();

    @TempDir
    private Path folder;

    private RevisionServer control;

    private static Map<String, String> addresses() {
        var addresses = new HashMap<String, String>();
        for (var region : Samples.DEV_REGIONS.keySet()) {
            addresses.put(region, "127.0.1." + (addresses.size() + 1));
        }
        return Map.copyOf(addresses);
    }

    private static String address(String region) {
        return Objects.requireNonNull(ADDRESSES.get(region), region);
    }

    @BeforeEach
    void startTheWorld() throws IOException {
        control = RevisionServer.start(Samples.PROD);
        control.put(Samples.environment());
        for (var entry : Samples.DEV_REGIONS.entrySet()) {
            var status = new AtomicInteger(200);
            var node = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
            node.createContext("/readyz", exchange -> {
                var body = (status.get() == 200 ? "ready\n" : "not ready\n").getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status.get(), body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            node.start();
            readiness.put(entry.getKey(), status);
            nodes.put(entry.getKey(), node);
            control.put(Samples.region(
                    entry.getKey(),
                    entry.getValue(),
                    address(entry.getKey()),
                    "http://127.0.0.1:" + node.getAddress().getPort()));
        }
        control.put(Samples.extension("Portolan_Hello", "hello", "1", List.copyOf(Samples.DEV_REGIONS.keySet())));
        control.put(Samples.extension("Contoso_Orders", "orders", "1", List.of("brazilsouth", "southeastasia")));
        control.put(Samples.extension("Contoso_Idle", "idle", "1", List.of()));
        control.publish("first");
    }

    @AfterEach
    void stopTheWorld() {
        control.close();
        nodes.values().forEach(node -> node.stop(0));
    }

    private DirectorServer director() {
        return director(control.uri(), FAST);
    }

    private DirectorServer director(URI controlUri, DirectorSettings.Probes probes) {
        var local = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        var replica = new ReplicaSettings(
                "director",
                "director",
                Samples.PROD,
                new RegionName("director"),
                "",
                controlUri,
                RevisionServer.TOKEN,
                folder,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        return DirectorServer.start(
                new DirectorSettings(
                        replica, DnsSettings.of(local), local, List.of(InetAddress.ofLiteral("127.0.0.1")), probes, ""),
                InstantSource.system(),
                FailPoints.NONE);
    }

    private static Message ask(DirectorServer director, String name, String subnet) {
        return Dig.udp(director.dnsAddress(), Dig.query(name, Type.A, subnet));
    }

    private static List<String> answer(DirectorServer director, String name, String subnet) {
        return Dig.data(ask(director, name, subnet));
    }

    private static void awaitRevision(DirectorServer director, long number) {
        await().atMost(Duration.ofSeconds(20)).until(() -> director.sync()
                .current()
                .filter(revision -> revision.id().number() == number)
                .isPresent());
    }

    private void ready(String region, int status) {
        Objects.requireNonNull(readiness.get(region), region).set(status);
    }

    @Test
    void theFourSubnetsOfTheIssueAreSentToTheNearestRegion() {
        try (var director = director()) {
            awaitRevision(director, 1);

            assertThat(answer(director, HELLO, "81.2.69.0/24")).containsExactly(address("westeurope"));
            assertThat(answer(director, HELLO, "200.160.0.0/24")).containsExactly(address("brazilsouth"));
            assertThat(answer(director, HELLO, "203.116.0.0/24")).containsExactly(address("southeastasia"));
            assertThat(answer(director, HELLO, "192.0.2.0/24")).containsExactly(address("westus"));
            assertThat(answer(director, "orders.ext.portolan.test", LONDON))
                    .as("only where it is served")
                    .containsExactly(address("brazilsouth"));
        }
    }

    @Test
    void tcpAnswersSeveralQueriesSentAtOnceInOrder() {
        try (var director = director()) {
            awaitRevision(director, 1);

            var answers = Dig.tcp(
                    director.dnsAddress(),
                    Dig.query(HELLO, Type.A, LONDON),
                    Dig.query("nothing.ext.portolan.test", Type.A),
                    Dig.query(HELLO, Type.A, "192.0.2.0/24"),
                    Dig.query("ext.portolan.test", Type.SOA));

            assertThat(Dig.data(answers.get(0))).containsExactly(address("westeurope"));
            assertThat(answers.get(1).getRcode()).isEqualTo(Rcode.NXDOMAIN);
            assertThat(Dig.data(answers.get(2))).containsExactly(address("westus"));
            assertThat(answers.get(3).getSection(Section.ANSWER)).hasSize(1);
        }
    }

    @Test
    void negativeAnswersAndTheZoneOverTheWire() {
        try (var director = director()) {
            awaitRevision(director, 1);
            var dns = director.dnsAddress();

            var aaaa = Dig.udp(dns, Dig.query(HELLO, Type.AAAA));
            assertThat(aaaa.getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(aaaa.getSection(Section.AUTHORITY).getFirst()).isInstanceOf(SOARecord.class);
            assertThat(Dig.udp(dns, Dig.query("idle.ext.portolan.test", Type.A)).getRcode())
                    .isEqualTo(Rcode.NOERROR);
            assertThat(Dig.udp(dns, Dig.query("nothing.ext.portolan.test", Type.A))
                            .getRcode())
                    .isEqualTo(Rcode.NXDOMAIN);
            assertThat(Dig.udp(dns, Dig.query("example.org", Type.A)).getRcode())
                    .isEqualTo(Rcode.REFUSED);
            assertThat(Dig.data(Dig.udp(dns, Dig.query("ext.portolan.test", Type.NS))))
                    .containsExactly("ns1.ext.portolan.test.");
            assertThat(Dig.data(Dig.udp(dns, Dig.query("ns1.ext.portolan.test", Type.A))))
                    .containsExactly("127.0.0.1");
        }
    }

    @Test
    void leavesARegionThatIsNoLongerReadyAndComesBack() {
        try (var director = director()) {
            awaitRevision(director, 1);
            assertThat(answer(director, HELLO, "192.0.2.0/24")).containsExactly(address("westus"));

            ready("westus", 503);
            await().until(() -> director.down().equals(Set.of(new RegionName("westus"))));
            assertThat(answer(director, HELLO, "192.0.2.0/24")).containsExactly(address("westcentralus"));
            await().until(() -> control.statuses().getLast().down().equals(List.of(new RegionName("westus"))));

            ready("westus", 200);
            await().until(() -> director.down().isEmpty());
            assertThat(answer(director, HELLO, "192.0.2.0/24")).containsExactly(address("westus"));
            await().until(() -> control.statuses().getLast().down().isEmpty());
        }
    }

    @Test
    void leavesARegionWhoseNodeIsGone() {
        try (var director = director()) {
            awaitRevision(director, 1);

            Objects.requireNonNull(nodes.get("westeurope")).stop(0);

            await().until(() -> director.down().contains(new RegionName("westeurope")));
            assertThat(answer(director, HELLO, LONDON)).isNotEmpty().doesNotContain(address("westeurope"));
        }
    }

    /** A node that takes connections and never answers, as a stopped process does. */
    @Test
    void aRegionThatHangsIsDownAndDelaysNoOther() throws IOException {
        var impatient = new DirectorSettings.Probes(Duration.ofMillis(40), Duration.ofMillis(400), 3, 2);
        try (var hung = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
                var director = director(control.uri(), impatient)) {
            awaitRevision(director, 1);
            var europe = new RegionName("westeurope");
            control.put(Samples.region(
                    europe.value(),
                    Objects.requireNonNull(Samples.DEV_REGIONS.get(europe.value())),
                    address(europe.value()),
                    "http://127.0.0.1:" + hung.getLocalPort()));
            ready("westus", 503);
            control.publish("westeurope hangs");

            await().until(() -> director.down().equals(Set.of(europe, new RegionName("westus"))));

            ready("westus", 200);
            await().until(() -> director.down().equals(Set.of(europe)));
        }
    }

    /** Row 8.5: answers go on as if all were up. One observer that sees everybody down is itself sick. */
    @Test
    void row_8_5_allDownIsAnsweredAsIfAllWereUp() throws Exception {
        try (var director = director();
                var http = HttpClient.newHttpClient()) {
            awaitRevision(director, 1);

            Samples.DEV_REGIONS.keySet().forEach(region -> ready(region, 500));

            awaitMetric(http, director, "portolan_director_observers_excluded 1");
            assertThat(director.down()).isEmpty();
            assertThat(answer(director, HELLO, LONDON)).containsExactly(address("westeurope"));
            assertThat(answer(director, HELLO, "203.116.0.0/24")).containsExactly(address("southeastasia"));
        }
    }

    /** What a restart on a starved machine once did: five regions not ready yet, and Singapore was sent to Brazil. */
    @Test
    void aStartThatSeesAllButOneDownTakesNobodyAway() throws Exception {
        Samples.DEV_REGIONS.keySet().stream()
                .filter(region -> !region.equals("brazilsouth"))
                .forEach(region -> ready(region, 503));
        try (var director = director();
                var http = HttpClient.newHttpClient()) {
            awaitRevision(director, 1);
            awaitMetric(http, director, "portolan_director_observers_excluded 1");

            assertThat(answer(director, HELLO, "203.116.0.0/24")).containsExactly(address("southeastasia"));

            Samples.DEV_REGIONS.keySet().forEach(region -> ready(region, 200));
            awaitMetric(http, director, "portolan_director_observers_excluded 0");
            ready("westus", 503);
            await().until(() -> director.down().equals(Set.of(new RegionName("westus"))));
        }
    }

    private static void awaitMetric(HttpClient http, DirectorServer director, String line) {
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        get(http, director.uri().resolve("/metrics")).body().contains(line + "\n"));
    }

    @Test
    void remembersAcrossARestartWhatWasDownAndWhatWasUp() {
        try (var director = director()) {
            awaitRevision(director, 1);
            ready("westus", 503);
            await().until(() -> director.down().equals(Set.of(new RegionName("westus"))));
        }

        // Probes at their slow rate, and nobody to ask: what is answered is what was known.
        nodes.values().forEach(node -> node.stop(0));
        var slow = new DirectorSettings.Probes(Duration.ofMinutes(5), Duration.ofMinutes(4), 3, 2);
        try (var again = director(URI.create("http://127.0.0.1:1"), slow)) {
            assertThat(answer(again, HELLO, "192.0.2.0/24")).containsExactly(address("westcentralus"));
            assertThat(answer(again, HELLO, LONDON)).containsExactly(address("westeurope"));
        }
    }

    @Test
    void tellsOthersWhatItSees() throws Exception {
        try (var director = director();
                var http = HttpClient.newHttpClient()) {
            awaitRevision(director, 1);
            ready("westus", 503);
            await().until(() -> director.down().contains(new RegionName("westus")));

            var table = Json.read(
                    get(http, director.uri().resolve(ObservationTable.PATH)).body(), ObservationTable.class);

            assertThat(table.kind()).isEqualTo("director");
            assertThat(table.targets()).containsEntry("westus", "DEGRADED").containsEntry("westeurope", "ONLINE");
        }
    }

    @Test
    void answersRightAfterARestartWithEverythingElseGone() {
        long serial;
        try (var director = director()) {
            awaitRevision(director, 1);
            control.publish("second");
            awaitRevision(director, 2);
            serial = serial(director);
        }
        control.close();
        nodes.values().forEach(node -> node.stop(0));

        // Probes at their slow rate: nothing has been probed when the questions are asked.
        try (var again = director(URI.create("http://127.0.0.1:1"), DirectorSettings.Probes.STANDARD)) {
            assertThat(answer(again, HELLO, LONDON)).containsExactly(address("westeurope"));
            assertThat(answer(again, HELLO, "200.160.0.0/24")).containsExactly(address("brazilsouth"));
            assertThat(serial(again)).isEqualTo(serial);
        }
    }

    private static long serial(DirectorServer director) {
        var answer = Dig.udp(director.dnsAddress(), Dig.query("ext.portolan.test", Type.SOA));
        return ((SOARecord) answer.getSection(Section.ANSWER).getFirst()).getSerial();
    }

    @Test
    void theSerialRisesWithEveryRevision() {
        try (var director = director()) {
            awaitRevision(director, 1);
            long before = serial(director);

            control.publish("second");
            awaitRevision(director, 2);

            assertThat(serial(director)).isGreaterThan(before);
        }
    }

    @Test
    void aPoisonedExtensionKeepsItsAnswerAndOthersMoveOn() {
        try (var director = director()) {
            awaitRevision(director, 1);

            control.put(new Key(Kind.extension, "Portolan_Hello"), "poison".getBytes(StandardCharsets.UTF_8));
            control.put(Samples.extension("Contoso_Orders", "orders", "2", List.of("westeurope")));
            control.publish("poisoned");
            awaitRevision(director, 2);

            assertThat(answer(director, HELLO, "192.0.2.0/24")).containsExactly(address("westus"));
            assertThat(answer(director, "orders.ext.portolan.test", "192.0.2.0/24"))
                    .containsExactly(address("westeurope"));
            await().until(() -> control.statuses().getLast().quarantinedCount() == 1);
        }
    }

    @Test
    void explainAgreesWithTheAnswer() throws Exception {
        try (var director = director();
                var http = HttpClient.newHttpClient()) {
            awaitRevision(director, 1);
            ready("westus", 503);
            await().until(() -> !director.down().isEmpty());
            for (var subnet : List.of(LONDON, "200.160.0.0/24", "203.116.0.0/24", "192.0.2.0/24", "9.9.9.0/24")) {
                var body = get(http, director.uri().resolve("/-/explain?name=" + HELLO + "&client=" + subnet));
                var explanation = Json.read(body.body(), RouteExplanation.class);

                assertThat(body.statusCode()).isEqualTo(200);
                var dns = ask(director, HELLO, subnet);
                assertThat(Dig.data(dns)).containsExactly(address(String.valueOf(explanation.chosen())));
                assertThat(explanation.scopePrefix()).isEqualTo(Dig.scope(dns));
                assertThat(explanation.candidates()).hasSize(6);
                assertThat(explanation.candidates())
                        .filteredOn(candidate -> !candidate.healthy())
                        .extracting(candidate -> candidate.region().value())
                        .containsExactly("westus");
            }
        }
    }

    @Test
    void operationsAreAnswered() throws Exception {
        try (var director = director();
                var http = HttpClient.newHttpClient()) {
            awaitRevision(director, 1);
            Dig.udp(director.dnsAddress(), Dig.query(HELLO, Type.A, LONDON));

            assertThat(get(http, director.uri().resolve("/healthz")).statusCode())
                    .isEqualTo(200);
            assertThat(get(http, director.uri().resolve("/readyz")).statusCode())
                    .isEqualTo(200);
            assertThat(get(http, director.uri().resolve("/metrics")).body())
                    .contains(
                            "portolan_dns_answers_total{rcode=\"NOERROR\",transport=\"udp\",type=\"A\"} 1",
                            "portolan_director_region_up{region=\"westus\"} 1",
                            "portolan_revision_number 1");
            assertThat(get(http, director.uri().resolve("/-/explain?name=" + HELLO))
                            .statusCode())
                    .isEqualTo(400);
            assertThat(get(http, director.uri().resolve("/-/explain?name=" + HELLO + "&client=localhost"))
                            .statusCode())
                    .isEqualTo(400);
            assertThat(get(http, director.uri().resolve("/nothing")).statusCode())
                    .isEqualTo(404);
            assertThat(control.joined()).containsKey("director");
            assertThat(control.joined().get("director")).satisfies(join -> assertThat(join.url())
                    .isEqualTo(director.uri().toString()));
        }
    }

    private static HttpResponse<String> get(HttpClient http, URI uri) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void isNotReadyBeforeTheFirstRevision() throws Exception {
        try (var director = director(URI.create("http://127.0.0.1:1"), FAST);
                var http = HttpClient.newHttpClient()) {
            assertThat(get(http, director.uri().resolve("/readyz")).statusCode())
                    .isEqualTo(503);
            assertThat(ask(director, HELLO, LONDON).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void garbageOnTheSocketsStopsNothing() {
        var random = new Random(11);
        try (var director = director()) {
            awaitRevision(director, 1);
            var good = Dig.query(HELLO, Type.A, LONDON).toWire();
            for (int i = 0; i < 300; i++) {
                var bad = good.clone();
                bad[4 + random.nextInt(bad.length - 4)] = (byte) random.nextInt(256);
                // Answered or not is its own affair; a good question follows each.
                sendOnly(director.dnsAddress(), bad);
                if (i % 30 == 0) {
                    assertThat(answer(director, HELLO, LONDON)).containsExactly(address("westeurope"));
                }
            }
            assertThat(Dig.tcp(director.dnsAddress(), Dig.query(HELLO, Type.A))).hasSize(1);
        }
    }

    private static void sendOnly(InetSocketAddress server, byte[] message) {
        try (var socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(message, message.length, server));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
