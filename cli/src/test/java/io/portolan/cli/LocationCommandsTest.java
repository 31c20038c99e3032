package io.portolan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.rest.LocationBody;
import io.portolan.protocol.rest.RouteExplanation;
import io.portolan.protocol.rest.RouteLintBody;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where clients are, and why they are sent where they are sent. */
class LocationCommandsTest {
    private static final EnvironmentName PROD = new EnvironmentName("prod");
    private static final String LOCATION = "/v1/environments/prod/location";
    private static final String DIGEST = "0123456789abcdef".repeat(4);

    @TempDir
    private Path folder;

    private ScriptedServer server;
    private CommandRun.World world;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        world = new CommandRun.World(folder).server(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static LocationBody map() {
        return new LocationBody(
                PROD,
                DIGEST,
                "",
                2_048,
                "offices.csv, rtt.csv",
                3,
                2,
                1,
                3,
                2,
                new LocationBody.Taken(
                        "rtt.csv", 1, 1, List.of(new LocationBody.Rejected(3, "is faster than light in fibre"))),
                LocationBody.Taken.NONE,
                Instant.parse("2026-11-23T11:00:00Z"),
                "an operator");
    }

    private TreeMap<String, String> uploaded() throws IOException {
        var entries = new TreeMap<String, String>();
        // The scripted server keeps bodies byte for byte, as Latin-1.
        var bytes = server.last().body().getBytes(StandardCharsets.ISO_8859_1);
        try (var zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return entries;
    }

    @Test
    void importsALocationFileWithItsTables() throws IOException {
        Files.writeString(folder.resolve("offices.csv"), "prefix,latitude,longitude\n10.0.0.0/8,52,5\n");
        Files.writeString(folder.resolve("rtt.csv"), "source,destination,rttMillis\n");
        Files.writeString(folder.resolve("rum.csv"), "network,region,rttMillis,samples\n");
        var request = LOCATION + "?name=offices.csv&reason=moved";
        for (var method : List.of("PUT ", "POST ")) {
            server.on(method + request, map());
        }

        var run = world.run(
                "location",
                "import",
                "offices.csv",
                "--environment",
                "prod",
                "--rtt",
                "rtt.csv",
                "--measurements",
                "rum.csv",
                "--reason",
                "moved");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("map 0123456789ab for prod: offices.csv, rtt.csv")
                .contains("3 networks, 3 ranges, 3 rows, 2 orders, 2.0 KiB")
                .contains("region table rtt.csv: 1 rows taken, 1 left out")
                .contains("line 3: is faster than light in fibre");
        assertThat(server.last().header("Content-type")).isEqualTo("application/zip");
        assertThat(uploaded())
                .containsOnlyKeys("locations", "rtt.csv", "measurements.csv")
                .containsEntry("locations", "prefix,latitude,longitude\n10.0.0.0/8,52,5\n");
    }

    @Test
    void importsWithoutARegionTableAndRefusesAFileThatIsNotThere() throws IOException {
        Files.writeString(folder.resolve("offices.csv"), "prefix,latitude,longitude\n");
        for (var method : List.of("PUT ", "POST ")) {
            server.on(method + LOCATION + "?name=offices.csv&table=none", map());
        }

        var run = world.run("location", "import", "offices.csv", "--environment", "prod", "--rtt", "none");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(uploaded()).containsOnlyKeys("locations");

        int before = server.asked().size();
        var missing = world.run("location", "import", "nowhere.csv", "--environment", "prod");
        assertThat(missing.code()).isEqualTo(ExitCode.USAGE);
        assertThat(missing.err()).contains("nowhere.csv: no such file");
        assertThat(server.asked()).hasSize(before);
    }

    @Test
    void showsAndRemovesTheMap() {
        server.on("GET " + LOCATION, map());
        server.on("DELETE " + LOCATION, LocationBody.none(PROD, DIGEST));

        var shown = world.run("location", "show", "--environment", "prod");
        assertThat(shown.code()).as(shown.err()).isZero();
        assertThat(shown.out()).contains("map 0123456789ab for prod");

        var removed = world.run("location", "remove", "--environment", "prod");
        assertThat(removed.code()).as(removed.err()).isZero();
        assertThat(server.last().method()).isEqualTo("DELETE");
        assertThat(removed.out()).contains("no map is imported for prod: directors use their own location table");
    }

    @Test
    void lintsAMethodWithTheSumAndTheFindings() {
        var seconds = Duration.ofSeconds(30);
        server.on(
                "GET /v1/extensions/Contoso_Orders/environments/prod/profile/lint?resolvers=40",
                new RouteLintBody(
                        new ExtensionName("Contoso_Orders"),
                        PROD,
                        new RouteLintBody.Budget(seconds, seconds, seconds, seconds, seconds.multipliedBy(4)),
                        "30 s + 30 s + 30 s + 30 s = 120 s",
                        List.of(new RouteLintBody.Finding("few-resolvers", "WARNING", "/method", "40 resolvers ask"))));

        var run = world.run("route", "lint", "Contoso_Orders", "--environment", "prod", "--resolvers", "40");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("failover at worst: 30 s + 30 s + 30 s + 30 s = 120 s")
                .contains("warning few-resolvers /method: 40 resolvers ask");
        assertThat(world.run("route", "lint", "Contoso_Orders", "--resolvers", "-1")
                        .code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void explainsAnAnswerOfThen() {
        var at = Instant.parse("2026-11-23T10:00:00Z");
        server.on(
                "GET /v1/routes/hello/explain?client=81.2.69.142&at=2026-11-23T10%3A00%3A00Z",
                new RouteExplanation(
                        "hello.ext.portolan.test",
                        "81.2.69.142",
                        "81.2.69.0/24",
                        24,
                        new RegionName("westeurope"),
                        "westeurope is the nearest of 2",
                        List.of(
                                new RouteExplanation.Candidate(
                                        new RegionName("westeurope"),
                                        9.4,
                                        "distance 359 km",
                                        true,
                                        true,
                                        new VersionLabel("1.0.0.1"),
                                        null,
                                        false),
                                new RouteExplanation.Candidate(
                                        new RegionName("westus"),
                                        140.0,
                                        "measured 400 samples",
                                        false,
                                        true,
                                        null,
                                        "is down",
                                        false)),
                        DIGEST,
                        at,
                        new RouteExplanation.Place("London", 51.5, -0.1, "EU", "GB", "", true),
                        "1.17",
                        "director-1",
                        "stage4",
                        "priority",
                        List.of("priority", "performance"),
                        List.of(new RouteExplanation.Outside("cdn.example.net", true, "", "comes after westeurope"))));

        var run = world.run("route", "explain", "hello", "--client", "81.2.69.142", "--at", at.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("hello.ext.portolan.test for 81.2.69.142: westeurope")
                .contains("subnet 81.2.69.0/24 (London, GB, EU), answer valid for /24")
                .contains("at 2026-11-23T10:00:00Z, revision 1.17, map 0123456789ab, stage stage4")
                .contains("method priority, by priority > performance")
                .containsPattern("cdn.example.net +yes +comes after westeurope")
                .containsPattern("westeurope +9 ms +distance 359 km +yes +yes +1.0.0.1")
                .containsPattern("westus +140 ms +measured 400 samples +no +yes +- +is down");
    }
}
