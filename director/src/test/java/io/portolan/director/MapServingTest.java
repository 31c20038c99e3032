package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.LatencyMapCompiler;
import io.portolan.planner.routing.LatencyMapFormat;
import io.portolan.planner.routing.LatencyMeasurement;
import io.portolan.planner.routing.LocationCsv;
import io.portolan.planner.routing.RegionLatencies;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.RouteExplanation;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A whole director and the maps that its revisions name: of experiment 51, the corrupt one. */
final class MapServingTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String HELLO = "hello.ext.portolan.test";
    private static final String CLIENT = "10.1.2.0/24";
    private static final Map<String, String> ADDRESSES = Map.of("westus", "127.0.1.1", "westeurope", "127.0.1.2");

    @TempDir
    Path folder;

    private RevisionServer control;

    @BeforeEach
    void start() throws IOException {
        control = RevisionServer.start(Samples.PROD);
        ADDRESSES.forEach((region, address) -> control.put(
                // Nothing answers there: probes never change what tests ask for, as all are down alike.
                Samples.region(region, place(region), address, "http://127.0.0.1:1")));
        control.put(Samples.extension("Portolan_Hello", "hello", "1", List.of("westus", "westeurope")));
        publish("");
    }

    @AfterEach
    void stop() {
        control.close();
    }

    private static GeoPoint place(String region) {
        return Objects.requireNonNull(Samples.DEV_REGIONS.get(region), region);
    }

    private static String address(String region) {
        return Objects.requireNonNull(ADDRESSES.get(region), region);
    }

    private void publish(String map) {
        control.put(Samples.environment().withLatencyMap(map));
        control.publish("map");
    }

    /** A map that puts the client at a place. */
    private String map(double latitude, double longitude, List<LatencyMeasurement> measured) {
        var regions = Samples.DEV_REGIONS.entrySet().stream()
                .map(entry -> new LatencyEstimator.Region(new RegionName(entry.getKey()), entry.getValue()))
                .toList();
        var rows = LocationCsv.read(
                "prefix,latitude,longitude,label,country\n10.0.0.0/8," + latitude + "," + longitude + ",Test,NL",
                "test",
                Map.of());
        var map = LatencyMapCompiler.compile(
                rows,
                measured.isEmpty()
                        ? Map.of()
                        : Map.of(io.portolan.planner.routing.IpBlock.parse("10.1.0.0/16"), measured),
                new LatencyEstimator(regions, RegionLatencies.NONE),
                "test");
        return control.blob(LatencyMapFormat.write(map)).value();
    }

    private String inEurope() {
        return map(52, 5, List.of());
    }

    private String inCalifornia() {
        return map(37, -122, List.of());
    }

    private DirectorServer director() {
        var local = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        var replica = new ReplicaSettings(
                "director-1",
                "director",
                Samples.PROD,
                new RegionName("director"),
                "",
                control.uri(),
                RevisionServer.TOKEN,
                folder,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        var probes = new DirectorSettings.Probes(Duration.ofHours(1), Duration.ofSeconds(2), 3, 2);
        return DirectorServer.start(
                new DirectorSettings(
                        replica, DnsSettings.of(local), local, List.of(InetAddress.ofLiteral("127.0.0.1")), probes, ""),
                InstantSource.system(),
                FailPoints.NONE);
    }

    private static List<String> answer(DirectorServer director) {
        return Dig.data(ask(director));
    }

    private static Message ask(DirectorServer director) {
        return Dig.udp(director.dnsAddress(), Dig.query(HELLO, Type.A, CLIENT));
    }

    private static void awaitAnswer(DirectorServer director, String region) {
        await().atMost(LIMIT).ignoreExceptions().until(() -> answer(director).equals(List.of(address(region))));
    }

    private static long serial(DirectorServer director) {
        var soa = Dig.udp(director.dnsAddress(), Dig.query("ext.portolan.test", Type.SOA));
        return ((SOARecord) soa.getSection(Section.ANSWER).getFirst()).getSerial();
    }

    private static RouteExplanation explain(DirectorServer director, String at) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var query = "/-/explain?name=" + HELLO + "&client=10.1.2.3"
                    + (at.isEmpty() ? "" : "&at=" + URLEncoder.encode(at, StandardCharsets.UTF_8));
            var response = http.send(
                    HttpRequest.newBuilder(URI.create(director.uri() + query)).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(response.statusCode())
                    .as(new String(response.body(), StandardCharsets.UTF_8))
                    .isEqualTo(200);
            return Json.read(response.body(), RouteExplanation.class);
        }
    }

    @Test
    void anotherMapChangesAnswersWithoutLosingAQueryAndRaisesTheSerial() throws Exception {
        publish(inEurope());
        try (var director = director();
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            awaitAnswer(director, "westeurope");
            long before = serial(director);
            var answers = new ConcurrentLinkedQueue<List<String>>();
            var stop = new AtomicBoolean();
            for (int i = 0; i < 3; i++) {
                clients.execute(() -> {
                    while (!stop.get()) {
                        answers.add(answer(director)); // throws, and so ends short, when an answer is lost
                    }
                });
            }

            for (int i = 0; i < 3; i++) {
                publish(inCalifornia());
                awaitAnswer(director, "westus");
                publish(inEurope());
                awaitAnswer(director, "westeurope");
            }
            int counted = answers.size();
            await().atMost(LIMIT).until(() -> answers.size() > counted + 3);
            stop.set(true);
            clients.shutdown();
            assertThat(clients.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

            assertThat(new TreeSet<>(answers.stream().map(Object::toString).toList()))
                    .containsExactly("[127.0.1.1]", "[127.0.1.2]");
            assertThat(serial(director)).isGreaterThan(before);
        }
    }

    @Test
    void aBrokenMapIsRefusedInTheStatusAndTheLastGoodOneServesAlsoAfterARestart() throws Exception {
        publish(inCalifornia());
        try (var director = director()) {
            awaitAnswer(director, "westus");
            var broken = control.blob("broken".getBytes(StandardCharsets.UTF_8)).value();
            publish(broken);

            await().atMost(LIMIT).until(() -> control.lastStatus("director-1")
                    .filter(status -> status.lastError().contains(broken)
                            && status.lastError().contains("refused"))
                    .isPresent());
            assertThat(answer(director)).containsExactly(address("westus"));
        }
        control.available(false);
        try (var director = director()) {
            awaitAnswer(director, "westus");
        }
    }

    @Test
    void anAnswerOfThenIsExplainedFromTheMapAndTheRevisionOfThen() throws Exception {
        var first = map(
                52,
                5,
                List.of(
                        new LatencyMeasurement(new RegionName("westus"), 90, 400),
                        new LatencyMeasurement(new RegionName("westeurope"), 210, 400)));
        publish(first);
        try (var director = director()) {
            awaitAnswer(director, "westus");
            // The director's own table would give the same answer.
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () -> assertThat(explain(director, "").mapVersion()).isEqualTo(first));
            var then = Instant.now();
            var second = inEurope();
            publish(second);
            awaitAnswer(director, "westeurope");

            var now = explain(director, "");
            var past = explain(director, then.toString());

            assertThat(now.mapVersion()).isEqualTo(second);
            assertThat(now.at()).isNull();
            assertThat(now.chosen()).isEqualTo(new RegionName("westeurope"));
            assertThat(now.candidates().getFirst().source()).startsWith("distance ");
            assertThat(past.mapVersion()).isEqualTo(first);
            assertThat(past.at()).isEqualTo(then);
            assertThat(past.chosen()).isEqualTo(new RegionName("westus"));
            assertThat(past.candidates().getFirst().source()).isEqualTo("measured 400 samples");
            assertThat(past.candidates().getFirst().rttMillis()).isBetween(88.0, 95.0);
            assertThat(past.revision()).isNotEqualTo(now.revision());
            assertThat(past.director()).isEqualTo("director-1");
            assertThat(past.stage()).isEqualTo("stage4");
            assertThat(past.place()).isEqualTo(new RouteExplanation.Place("Test", 52.0, 5.0, "", "NL", "", true));
            assertThat(past.subnet()).isEqualTo("10.1.0.0/16");
        }
        // What happened outlives the process, and the control plane is not asked.
        control.available(false);
        try (var director = director()) {
            awaitAnswer(director, "westeurope");
            assertThat(explain(director, "").chosen()).isEqualTo(new RegionName("westeurope"));
        }
    }

    @Test
    void aTimeThatIsTooOldIsRefusedWithTheReach() throws Exception {
        try (var director = director();
                var http = HttpClient.newHttpClient()) {
            awaitAnswer(director, "westus");
            for (var at : List.of(
                    "2001-01-01T00:00:00Z",
                    "yesterday",
                    Instant.now().plusSeconds(99).toString())) {
                var response = http.send(
                        HttpRequest.newBuilder(URI.create(
                                        director.uri() + "/-/explain?name=" + HELLO + "&client=10.1.2.3&at=" + at))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

                assertThat(response.statusCode()).isEqualTo(400);
                assertThat(response.body()).contains("at: " + at).contains("expected");
            }
        }
    }
}
