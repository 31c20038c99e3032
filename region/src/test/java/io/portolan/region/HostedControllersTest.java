package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionState;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.protocol.Beacon;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.runtime.ControllerDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A region node that runs controllers: which, when, and what it says of them. Real processes, real HTTP. */
class HostedControllersTest {
    private static final String SERVER = """
            import { createServer } from 'node:http';
            createServer((request, response) => response.end(process.env.PORTOLAN_VERSION + ' ' + process.env.GREETING))
              .listen(Number(process.env.PORT), process.env.HOST);
            console.log('said: listening for ' + process.env.PORTOLAN_VERSION);
            """;

    @TempDir
    Path folder;

    private final List<NodeWorld> worlds = new java.util.ArrayList<>();

    @AfterEach
    void close() {
        worlds.forEach(NodeWorld::close);
    }

    private NodeWorld world(List<String> allow) {
        var world = new NodeWorld(
                folder,
                FailPoints.NONE,
                settings -> settings.withControllers(ControllerSettings.DEFAULTS.allowing(allow)));
        worlds.add(world);
        return world;
    }

    private static Release release(String label, Duration drain, String... placement) {
        return Release.simple("Contoso_Orders", label)
                .file("Content/Config/default.json", "{\"greeting\":\"hello from " + label + "\"}")
                .file("controllers/quotes/server.mjs", SERVER)
                .controller(new ControllerSpec(
                        "quotes",
                        "quotes",
                        ControllerKind.PROCESS,
                        new ProcessSpec(ControllerRuntimeKind.NODE, "controllers/quotes/", List.of("server.mjs")),
                        "",
                        List.of(),
                        0,
                        Map.of(),
                        "",
                        new HealthCheck(
                                "/healthz", Duration.ofMillis(100), Duration.ofSeconds(20), 3, Duration.ofMinutes(5)),
                        Map.of("GREETING", "${config:greeting}"),
                        Resources.UNLIMITED,
                        Replicas.ONE,
                        placement.length == 0 ? ControllerPlacement.ALL : new ControllerPlacement(List.of(placement)),
                        drain,
                        CallTimeouts.STANDARD,
                        List.of()));
    }

    private static Extension orders() {
        return new Extension("Contoso_Orders", "orders");
    }

    @Test
    void runsTheControllersOfTheVersionThatItServesAndSaysSo() throws Exception {
        var world = world(List.of("*"));
        world.publish(orders().holds(world.server, release("1.0", Duration.ofMinutes(5)))
                .gives("1.0"));

        var report = awaitState(world, "1.0", ControllerState.READY);

        assertThat(report).returns(1, ControllerReport::ready).returns(1, ControllerReport::wanted);
        var shown = Json.mapper().readTree(world.get("/orders/api/diagnostics").text());
        var quotes = shown.at("/extensions/Contoso_Orders/controllers/0");
        assertThat(quotes.path("state").asString()).isEqualTo("READY");
        var address = quotes.at("/replicas/0/address").asString();
        assertThat(Wire.get(java.net.URI.create("http://" + address), "/any").text())
                .isEqualTo("1.0 hello from 1.0");
        assertThat(quotes.path("stays").asString()).contains("the revision wants it");
        assertThat(world.get("/orders/-/controller-log?version=1.0&controller=quotes")
                        .text())
                .contains("==> quotes-1.log <==", "said: listening for 1.0");
        assertThat(world.get("/orders/-/controller-log?version=1.0&controller=..%2Fquotes")
                        .status())
                .isEqualTo(400);
        assertThat(world.get("/metrics").text())
                .contains("portolan_node_controller_replicas_ready{extension=\"Contoso_Orders\",version=\"1.0\","
                        + "controller=\"quotes\"} 1");
        await().atMost(Duration.ofMinutes(2)).until(() -> world.node().isReady());
    }

    /** A node whose controllers run by another runtime than processes of its own. */
    private NodeWorld with(ElsewhereRuntime elsewhere) throws Exception {
        var world = new NodeWorld(
                folder,
                FailPoints.NONE,
                settings -> settings,
                ControllerDirectory.EMPTY,
                (calls, clock) -> List.of(elsewhere));
        worlds.add(world);
        return world;
    }

    /** As the one for clusters: what it says of replicas is where calls go, and it is told what is wanted in all. */
    @Test
    void callsWhatAnotherRuntimeRunsAndTellsItWhatElseMayGo() throws Exception {
        try (var elsewhere = new ElsewhereRuntime("from the cluster")) {
            var world = with(elsewhere);
            var one = container("1.0", Duration.ofSeconds(2));
            world.publish(orders().holds(world.server, one).gives("1.0"));

            awaitState(world, "1.0", ControllerState.READY);
            assertThat(world.get("/orders/api/quotes/any").text()).isEqualTo("from the cluster");
            assertThat(elsewhere.kept()).containsExactly("1.0");

            world.publish(orders().holds(world.server, one)
                    .holds(world.server, container("2.0", Duration.ofMinutes(5)))
                    .gives("2.0"));

            awaitState(world, "2.0", ControllerState.READY);
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> elsewhere.kept().equals(List.of("2.0"))
                            && elsewhere.stopped().equals(List.of("1.0")));
        }
    }

    @Test
    void looksAfterTheOthersWhereOneVersionFindsAFaultOfOurs() throws Exception {
        try (var elsewhere = new ElsewhereRuntime("from the cluster")) {
            var world = with(elsewhere);
            var broken = container(ElsewhereRuntime.BROKEN, Duration.ofMinutes(5));

            world.publish(orders().holds(world.server, broken)
                    .holds(world.server, container("2.0", Duration.ofMinutes(5)))
                    .gives("2.0")
                    .runs(ElsewhereRuntime.BROKEN, "2.0"));

            awaitState(world, "2.0", ControllerState.READY);
            assertThat(world.get("/orders/api/quotes/any").text()).isEqualTo("from the cluster");
        }
    }

    private static Release container(String label, Duration drain) {
        return Release.simple("Contoso_Orders", label)
                .controller(new ControllerSpec(
                        "quotes",
                        "quotes",
                        ControllerKind.CONTAINER,
                        ProcessSpec.NONE,
                        "registry.example/quotes@sha256:" + "a".repeat(64),
                        List.of(),
                        8080,
                        Map.of(),
                        "",
                        HealthCheck.STANDARD,
                        Map.of(),
                        Resources.UNLIMITED,
                        Replicas.ONE,
                        ControllerPlacement.ALL,
                        drain,
                        CallTimeouts.STANDARD,
                        List.of()));
    }

    @Test
    void neverServesWhatControllersAreMadeOf() throws Exception {
        var world = world(List.of());
        world.publish(orders().holds(world.server, release("1.0", Duration.ofMinutes(5)))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");

        assertThat(world.get("/orders/Content/1.0/app.js").status()).isEqualTo(200);
        assertThat(world.get("/orders/Content/1.0/controllers/quotes/server.mjs")
                        .status())
                .isEqualTo(404);
        assertThat(world.get("/orders/-/manifest/1.0").text())
                .contains("app.js")
                .doesNotContain("server.mjs", "quotes");
        var manifest = world.get("/orders/-/manifest/1.0");
        var digest = Digest.of(manifest.body()).value();
        assertThat(manifest.header("ETag")).isEqualTo('"' + digest + '"');
        assertThat(world.get("/orders"))
                .as("the service worker compares what it gets with what the page says")
                .returns(digest, page -> page.header("X-Portolan-Manifest"))
                .satisfies(page -> assertThat(page.text()).contains("data-manifest=\"" + digest + "\""));
    }

    @Test
    void runsNothingThatItsOwnSettingsDoNotAllow() throws Exception {
        var world = world(List.of("Contoso_Maps"));
        world.publish(orders().holds(world.server, release("1.0", Duration.ofMinutes(5)))
                .gives("1.0"));

        assertThat(awaitState(world, "1.0", ControllerState.REFUSED).reason()).contains("controllers-allow");
        world.awaitVersion("orders", "1.0");
        await("one refused controller does not keep a node from its users")
                .atMost(Duration.ofMinutes(2))
                .until(() -> world.node().isReady());
    }

    @Test
    void startsTheControllersOfARolloutBeforeTheVersionIsSwitched() throws Exception {
        var world = world(List.of("*"));
        var first = orders().holds(world.server, release("1.0", Duration.ofMinutes(5)))
                .gives("1.0");
        world.publish(first);
        awaitState(world, "1.0", ControllerState.READY);

        world.publish(first.rollsOut(world.server, release("2.0", Duration.ofMinutes(5))));

        awaitState(world, "2.0", ControllerState.READY);
        awaitState(world, "1.0", ControllerState.READY);
        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");

        world.publish(first.rollsOut(world.server, release("2.0", Duration.ofMinutes(5)))
                .gives("2.0")
                .runs("2.0"));

        await("says until when the replaced one stays, and why")
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(Json.mapper()
                                .readTree(world.get("/orders/api/diagnostics").text())
                                .at("/extensions/Contoso_Orders/controllers"))
                        .filteredOn(view -> view.path("version").asString().equals("1.0"))
                        .singleElement()
                        .satisfies(view ->
                                assertThat(view.path("stays").asString()).contains("drain time PT5M"))
                        .satisfies(view -> assertThat(
                                        Instant.parse(view.path("until").asString()))
                                .isAfter(Instant.now())));
    }

    @Test
    void runsWhatTheRevisionNamesForItsRegionAndNothingElseOfARollout() throws Exception {
        var world = world(List.of("*"));
        var document = orders().holds(world.server, release("1.0", Duration.ofMinutes(5)))
                .rollsOut(world.server, release("2.0", Duration.ofMinutes(5)))
                .gives("1.0")
                .runs("1.0");
        world.publish(document);
        awaitState(world, "1.0", ControllerState.READY);
        assertThat(world.get("/orders/api/diagnostics").text())
                .as("another region's turn")
                .doesNotContain("\"version\":\"2.0\"");

        world.publish(document.runs("1.0", "2.0"));

        awaitState(world, "2.0", ControllerState.READY);
    }

    @Test
    void row_5_10_keepsOldControllersForTheirDrainTimeAndThenEndsThem() {
        var world = world(List.of("*"));
        var one = release("1.0", Duration.ofSeconds(1));
        world.publish(orders().holds(world.server, one).gives("1.0"));
        awaitState(world, "1.0", ControllerState.READY);

        world.publish(orders().holds(world.server, one)
                .holds(world.server, release("2.0", Duration.ofMinutes(5)))
                .gives("2.0"));

        awaitState(world, "2.0", ControllerState.READY);
        awaitStatus(world, status -> status.controllers().stream()
                .noneMatch(report -> report.version().value().equals("1.0")));
    }

    @Test
    void startsThoseOfAnotherHeldVersionWhenItsPageIsLoadedAndEndsThemWhenItIsUsedNoMore() throws Exception {
        var world = world(List.of("*"));
        world.publish(orders().holds(world.server, release("1.0", Duration.ofMinutes(5)))
                .holds(world.server, release("0.9", Duration.ofSeconds(3)))
                .named("older", "0.9")
                .gives("1.0"));
        awaitState(world, "1.0", ControllerState.READY);
        assertThat(world.server.lastStatus("node-westus").orElseThrow().controllers())
                .noneMatch(report -> report.version().value().equals("0.9"));

        assertThat(world.get("/orders/older").header("X-Portolan-Version")).isEqualTo("0.9");

        awaitStatus(world, status -> status.controllers().stream()
                .anyMatch(report -> report.version().value().equals("0.9")));
        awaitStatus(world, status -> status.controllers().stream()
                .noneMatch(report -> report.version().value().equals("0.9")));
    }

    @Test
    void row_5_10_beaconsOfOpenPagesAreAUseOfTheirVersion() throws Exception {
        var world = world(List.of("*"));
        world.publish(orders().holds(world.server, release("1.0", Duration.ofMinutes(5)))
                .holds(world.server, release("0.9", Duration.ofMinutes(5)))
                .gives("1.0"));
        awaitState(world, "1.0", ControllerState.READY);
        var admitted = Json.read(world.get("/orders/telemetry?version=0.9").body(), Beacon.Admission.class);
        assertThat(world.server.lastStatus("node-westus").orElseThrow().controllers())
                .noneMatch(report -> report.version().value().equals("0.9"));

        var told = Wire.post(
                world.uri(),
                "/orders/telemetry",
                Json.bytes(Map.of(
                        "schema",
                        1,
                        "token",
                        admitted.token(),
                        "test",
                        false,
                        "events",
                        List.of(),
                        "sources",
                        List.of(),
                        "dropped",
                        0)));

        assertThat(told.status()).as(told.text()).isEqualTo(204);
        awaitState(world, "0.9", ControllerState.READY);
    }

    @Test
    void endsTheControllersOfAVersionThatIsGoneAltogether() {
        var world = world(List.of("*"));
        world.publish(orders().holds(world.server, release("1.0", Duration.ofSeconds(1)))
                .gives("1.0"));
        awaitState(world, "1.0", ControllerState.READY);

        world.publish(orders().holds(world.server, release("2.0", Duration.ofMinutes(5)))
                .gives("2.0"));

        awaitStatus(world, status -> status.controllers().stream()
                .allMatch(report -> report.version().value().equals("2.0")));
    }

    @Test
    void endsTheControllersOfARevokedVersionAtOnce() {
        var world = world(List.of("*"));
        var one = release("1.0", Duration.ofHours(1));
        world.publish(orders().holds(world.server, one).gives("1.0"));
        awaitState(world, "1.0", ControllerState.READY);

        world.publish(orders().version(one, one.store(world.server), VersionState.REVOKED, false, false)
                .holds(world.server, release("2.0", Duration.ofMinutes(5)))
                .gives("2.0"));

        awaitStatus(world, status -> status.controllers().stream()
                .noneMatch(report -> report.version().value().equals("1.0")));
    }

    @Test
    void saysWhereAControllerIsNotPlaced() {
        var world = world(List.of("*"));
        world.publish(orders().holds(world.server, release("1.0", Duration.ofMinutes(5), "!westus"))
                .gives("1.0"));

        assertThat(awaitState(world, "1.0", ControllerState.NOT_PLACED))
                .returns(0, ControllerReport::wanted)
                .returns(true, ControllerReport::isSettled);
        await().atMost(Duration.ofMinutes(2)).until(() -> world.node().isReady());
    }

    @Test
    void startsThemAgainWithTheNodeAndIsNotReadyBefore() throws IOException {
        var world = world(List.of("*"));
        world.publish(orders().holds(world.server, release("1.0", Duration.ofMinutes(5)))
                .gives("1.0"));
        awaitState(world, "1.0", ControllerState.READY);

        world.restart();

        await().atMost(Duration.ofMinutes(2)).until(() -> world.node().isReady());
        assertThat(world.get("/metrics").text())
                .contains("portolan_node_controller_replicas_ready{extension=\"Contoso_Orders\",version=\"1.0\","
                        + "controller=\"quotes\"} 1");
    }

    private static ControllerReport awaitState(NodeWorld world, String version, ControllerState state) {
        var status = awaitStatus(world, each -> find(each, version, state));
        return status.controllers().stream()
                .filter(report -> report.version().value().equals(version))
                .findFirst()
                .orElseThrow();
    }

    /** Processes start and end meanwhile: the machine may be busy with something else for a while. */
    private static NodeStatus awaitStatus(NodeWorld world, Predicate<NodeStatus> condition) {
        await().atMost(Duration.ofMinutes(2))
                .until(() ->
                        world.server.lastStatus("node-westus").filter(condition).isPresent());
        return world.server.lastStatus("node-westus").orElseThrow();
    }

    private static boolean find(NodeStatus status, String version, ControllerState state) {
        return status.controllers().stream()
                .anyMatch(report -> report.version().value().equals(version) && report.state() == state);
    }
}
