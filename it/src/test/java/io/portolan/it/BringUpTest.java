package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.Stage;
import io.portolan.model.StageDefinition;
import io.portolan.region.ControllerSettings;
import io.portolan.region.RegionNode;
import io.portolan.region.RegionSettings;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** New regions in a world of six, with real nodes over real HTTP; the tests share the world and follow one another. */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BringUpTest {
    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final String NAME = "Contoso_Orders";
    private static final String NEW = "japaneast";
    /** They are declared together, each as the other's pair. */
    private static final String TWIN = "japanwest";

    private static final String BACKED = "norwayeast";
    private static final String EUROPEAN = "Contoso_Fenced";

    /** Too large to be kept in the memory of a node: what others fetch from it comes from its disk. */
    private static final int ASSET_BYTES = 300_000;

    @TempDir
    static Path folder;

    private static InProcessWorld world;
    private static final List<RegionNode> ADDED = new ArrayList<>();
    private static String token = "";

    @BeforeAll
    static void start() throws Exception {
        world = new InProcessWorld(folder.resolve("world"), Chromium.INSTALLED);
        var random = new Random(20261127);
        world.rest().register(NAME, "orders");
        world.rest().register("Contoso_Bills", "bills");
        assertThat(world.rest()
                        .post(
                                "/v1/extensions",
                                Map.of(
                                        "name",
                                        EUROPEAN,
                                        "route",
                                        "fenced",
                                        "placement",
                                        Map.of("prod", List.of("westeurope"))))
                        .status())
                .isEqualTo(201);
        for (var extension : List.of(NAME, "Contoso_Bills", EUROPEAN)) {
            for (var version : List.of("1.0", "2.0")) {
                var release = Release.write(folder.resolve(extension + version), version, random, 3, ASSET_BYTES);
                assertThat(world.publish(extension, version, release.folder()).status())
                        .isEqualTo(201);
            }
            world.rest().awaitSucceeded(world.rest().start(extension, "1.0"));
        }
    }

    @AfterAll
    static void stop() {
        ADDED.forEach(RegionNode::close);
        world.close();
    }

    private static RegionNode node(String region, String host, String secret, String data, InstantSource clock)
            throws Exception {
        return node(region, host, secret, data, clock, world.controlUri());
    }

    private static RegionNode node(
            String region, String host, String secret, String data, InstantSource clock, URI store) throws Exception {
        int port = WorldSettings.freePort(host);
        return node(region, host, port, URI.create("http://" + host + ":" + port), secret, data, store, clock, "");
    }

    /** One that may run processes of an extension. */
    private static RegionNode nodeRunning(String extension, String region, String host, String secret)
            throws Exception {
        int port = WorldSettings.freePort(host);
        return node(
                region,
                host,
                port,
                URI.create("http://" + host + ":" + port),
                secret,
                region,
                world.controlUri(),
                InstantSource.system(),
                extension);
    }

    /** One that others reach at {@code known}. */
    private static RegionNode node(
            String region,
            String host,
            int port,
            URI known,
            String secret,
            String data,
            URI store,
            InstantSource clock,
            String running) {
        var replica = new ReplicaSettings(
                "node-" + region,
                "region",
                new EnvironmentName("prod"),
                new RegionName(region),
                known.toString(),
                world.controlUri(),
                secret,
                folder.resolve(data),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        var node = RegionNode.start(
                RegionSettings.of(replica, host, port)
                        .withStore(store)
                        .withControllers(
                                ControllerSettings.DEFAULTS.allowing(running.isEmpty() ? List.of() : List.of(running))),
                clock,
                FailPoints.NONE);
        ADDED.add(node);
        return node;
    }

    private static String tokenFor(String region) throws Exception {
        var made = world.rest().post("/v1/regions/" + region + "/tokens", Map.of());
        assertThat(made.status()).as("%s", made.body()).isEqualTo(201);
        return made.text("/token");
    }

    /** All rows of the log. */
    private static String log() throws Exception {
        var rows = new StringBuilder();
        for (var after = "0"; !after.isEmpty(); ) {
            var page = world.rest().get("/v1/log?limit=500&after=" + after).body();
            rows.append(page.at("/items"));
            after = page.at("/next").asString("");
        }
        return rows.toString();
    }

    private static JsonNode region(String name) throws Exception {
        return world.rest().get("/v1/regions/" + name).body();
    }

    private static void awaitState(String region, String state) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(region(region).at("/state").asString())
                        .as("%s", region(region))
                        .isEqualTo(state));
    }

    private static List<String> states(String region) throws Exception {
        var states = new ArrayList<String>();
        region(region).at("/timeline").forEach(step -> {
            var after = step.at("/after").asString();
            if (states.isEmpty() || !states.getFirst().equals(after)) {
                states.addFirst(after);
            }
        });
        return states;
    }

    @Test
    @Order(1)
    void rg01_a_declared_region_reaches_its_users_by_itself_through_every_state_with_evidence() throws Exception {
        var plan = world.rest().post("/v1/regions?dryRun=true", Map.of("name", NEW));
        assertThat(plan.body().at("/extensions").asInt()).isEqualTo(2);
        assertThat(plan.body().at("/bytes").asLong()).isPositive();
        assertThat(world.rest().get("/v1/regions/" + NEW).status()).isEqualTo(404);

        var added = world.rest().post("/v1/regions", Map.of("name", NEW));
        assertThat(added.status()).as("%s", added.body()).isEqualTo(201);
        assertThat(added.text("/stage")).isEqualTo("stage5");
        assertThat(world.rest()
                        .post("/v1/regions", Map.of("name", TWIN, "pairs", List.of(NEW)))
                        .status())
                .isEqualTo(201);
        token = tokenFor(NEW);
        var node = node(NEW, "127.0.1.7", token, "added", InstantSource.system());
        awaitState(NEW, "DARK");
        node(TWIN, "127.0.1.14", tokenFor(TWIN), "twin", InstantSource.system());
        awaitState(NEW, "LIVE");

        assertThat(states(NEW))
                .containsExactly(
                        "DECLARED",
                        "PREFLIGHT",
                        "ENROLLING",
                        "SEEDING",
                        "WIRING",
                        "VERIFYING",
                        "DARK",
                        "CANARY",
                        "RAMPING",
                        "LIVE");
        assertThat(region(NEW).at("/timeline").valueStream().filter(step -> step.at("/after")
                        .asString()
                        .equals("DARK")))
                .anyMatch(step -> step.at("/evidence").toString().contains("the same as"))
                .anyMatch(step -> step.at("/evidence").toString().contains("2 of 2 extensions loaded in Chrome/"));
        for (var route : List.of("orders", "bills")) {
            var page = Pages.get(node.uri().resolve("/" + route));
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("X-Portolan-Version")).contains("1.0");
            assertThat(page.headers().firstValue("X-Portolan-Region")).contains(NEW);
        }
        assertThat(world.rest().get("/v1/log/replay").body().at("/differences")).isEmpty();
    }

    @Test
    @Order(2)
    void rg19_a_ramp_stands_still_while_the_control_plane_is_away_and_rg23_a_pair_ramps_one_after_the_other()
            throws Exception {
        // Its pair has its users by now.
        awaitState(TWIN, "RAMPING");
        world.stopControl();
        try {
            var twin = ADDED.getLast().uri();
            var before = revision(twin);
            for (int i = 0; i < 40; i++) {
                assertThat(version(twin, "orders")).isEqualTo("1.0");
            }
            assertThat(revision(twin)).as("which says its share").isEqualTo(before);
        } finally {
            world.startControl();
        }
        awaitState(TWIN, "LIVE");

        var steps = region(TWIN).at("/timeline").valueStream().toList().reversed();
        assertThat(steps.stream()
                        .map(step -> step.at("/cause").asString())
                        .filter(cause -> cause.startsWith("ramps to") || cause.startsWith("back")))
                .as("each once, though the control plane was started again: %s", steps)
                .containsExactly("ramps to 25 %", "ramps to 50 %", "ramps to 100 %");
        assertThat(entry(TWIN, "DARK")).as("both were there at once").isBefore(entry(NEW, "LIVE"));
        assertThat(entry(TWIN, "CANARY")).as("one at a time").isAfterOrEqualTo(entry(NEW, "LIVE"));
    }

    private static String revision(URI node) throws Exception {
        return new String(Pages.get(node.resolve("/-/revision")).body(), StandardCharsets.UTF_8);
    }

    /** When a region came into a state. */
    private static Instant entry(String region, String state) throws Exception {
        return region(region)
                .at("/timeline")
                .valueStream()
                .filter(step -> step.at("/after").asString().equals(state)
                        && !step.at("/before").asString().equals(state))
                .map(step -> Instant.parse(step.at("/at").asString()))
                .reduce((newer, older) -> older)
                .orElseThrow();
    }

    @Test
    @Order(3)
    void row_2_9_controllers_run_and_answer_before_users_come_or_the_reason_is_shown_with_rg13_and_rg14()
            throws Exception {
        var deployed = new AtomicBoolean();
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/new/version", exchange -> answer(exchange, deployed.get() ? "1.0" : "0.9"));
        server.createContext("/", exchange -> answer(exchange, "1.0"));
        server.start();
        try {
            for (var region : List.of(BACKED, "norwaywest")) {
                assertThat(world.rest()
                                .post("/v1/regions", Map.of("name", region))
                                .status())
                        .isEqualTo(201);
            }
            deployBacked(server.getAddress().getPort());
            var node = nodeRunning("Contoso_Backed", BACKED, "127.0.1.15", tokenFor(BACKED));

            await().atMost(LIMIT).untilAsserted(() -> assertThat(cell(BACKED, "Contoso_Backed"))
                    .contains("VERIFIED", "ledger 0/1 (STARTING", "another version is deployed there (expected: 1.0)")
                    .doesNotContain("items"));
            assertThat(states(BACKED)).endsWith("SEEDING");
            deployed.set(true);
            awaitState(BACKED, "LIVE");

            var evidence = evidence(BACKED, "DARK");
            assertThat(evidence)
                    .contains("controllers: 2 ready with 2 replicas a node, 2 called through the gateway")
                    .contains("placed elsewhere: Contoso_Backed 1.0: notes")
                    .contains("extensions loaded in Chrome/");
            assertThat(evidence(BACKED, "VERIFYING"))
                    .as("rg13, rg14")
                    .contains("alert path: SKIPPED, this build has no alert rules", "on-call schedules: SKIPPED");
            var called = Pages.get(node.uri().resolve("/backed/@1.0/api/items/x"));
            assertThat(called.statusCode()).isEqualTo(200);
            assertThat(called.headers().firstValue("X-Portolan-Region")).contains(BACKED);

            // This one may run nothing: its page is left to other regions, and the rest goes on.
            var refusing = node("norwaywest", "127.0.1.16", tokenFor("norwaywest"), "refusing", InstantSource.system());
            awaitState("norwaywest", "DARK");
            assertThat(cell("norwaywest", "Contoso_Backed"))
                    .contains("QUARANTINED", "controller items of 1.0 on node-norwaywest is REFUSED");
            assertThat(version(refusing.uri(), "orders")).isEqualTo("1.0");
            assertThat(world.rest().get("/v1/incidents").body().toString())
                    .as("rg09: its owners are told")
                    .contains("norwaywest cannot serve Contoso_Backed 1.0: controller items");
        } finally {
            server.stop(0);
        }
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        exchange.sendResponseHeaders(200, text.length());
        exchange.getResponseBody().write(text.getBytes(StandardCharsets.US_ASCII));
        exchange.close();
    }

    /** An extension of two regions with a process, one that is placed in the first only, and one that somebody else deploys. */
    private static void deployBacked(int port) throws Exception {
        var source = Sources.page(folder.resolve("backed"), "backed");
        Files.writeString(Files.createDirectories(source.resolve("controllers")).resolve("server.mjs"), """
                import { createServer } from 'node:http';
                createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT), process.env.HOST);
                """);
        Files.writeString(source.resolve("portolan.json"), """
                {"portals":["*"],"controllers":[
                {"name":"items","kind":"process","runtime":"node","archive":"controllers/","command":["server.mjs"]},
                {"name":"notes","kind":"process","runtime":"node","archive":"controllers/","command":["server.mjs"],
                 "placement":["westeurope"]},
                {"name":"ledger","kind":"external","versionPath":"/version",
                 "endpoints":{"*":"http://127.0.0.1:%d/old","%s":"http://127.0.0.1:%d/new"}}]}""".formatted(port, BACKED, port));
        assertThat(world.rest()
                        .post(
                                "/v1/extensions",
                                Map.of(
                                        "name",
                                        "Contoso_Backed",
                                        "route",
                                        "backed",
                                        "placement",
                                        Map.of("prod", List.of("westeurope", BACKED, "norwaywest"))))
                        .status())
                .isEqualTo(201);
        assertThat(world.publish("Contoso_Backed", "1.0", source).status()).isEqualTo(201);
        world.rest().awaitSucceeded(world.rest().start("Contoso_Backed", "1.0"));
    }

    /** How an extension is there, as it is shown. */
    private static String cell(String region, String extension) throws Exception {
        return region(region)
                .at("/extensions")
                .valueStream()
                .filter(cell -> cell.at("/extension").asString().equals(extension))
                .map(JsonNode::toString)
                .findFirst()
                .orElse("");
    }

    /** What a state was entered upon. */
    private static String evidence(String region, String state) throws Exception {
        return region(region)
                .at("/timeline")
                .valueStream()
                .filter(step -> step.at("/after").asString().equals(state))
                .map(step -> step.at("/evidence").toString())
                .toList()
                .getLast();
    }

    @Test
    @Order(4)
    void rg21_an_extension_that_is_fenced_in_elsewhere_is_never_there() throws Exception {
        assertThat(region(NEW).at("/extensions").toString()).contains(NAME).doesNotContain(EUROPEAN);
        var page = Pages.get(ADDED.getFirst().uri().resolve("/fenced"));

        assertThat(page.statusCode()).isEqualTo(404);
    }

    @Test
    @Order(5)
    void rg12_a_token_is_good_for_one_node_of_one_region_and_refusals_stand_in_the_log() throws Exception {
        try (var twice = node(NEW, "127.0.1.8", token, "twice", InstantSource.system());
                var other = node("koreacentral", "127.0.1.9", token, "other", InstantSource.system())) {
            await().atMost(LIMIT).untilAsserted(() -> {
                var log = log();
                assertThat(log).contains("the token was used by another node");
                assertThat(log).contains("the token is one for a region node of " + NEW);
            });
            assertThat(List.of(twice.uri(), other.uri())).hasSize(2);
        }
        assertThat(region(NEW).at("/state").asString()).isEqualTo("LIVE");
    }

    @Test
    @Order(6)
    void rg25_a_node_whose_clock_is_off_is_held_with_the_number_and_resumed_by_a_person() throws Exception {
        assertThat(world.rest()
                        .post("/v1/regions", Map.of("name", "koreacentral"))
                        .status())
                .isEqualTo(201);
        var secret = tokenFor("koreacentral");
        try (var late = node("koreacentral", "127.0.1.9", secret, "late", () -> InstantSource.system()
                .instant()
                .plusSeconds(5))) {
            awaitState("koreacentral", "HELD");
            assertThat(region("koreacentral").at("/reason").asString())
                    .containsPattern("[45][.]\\d s off \\(at most 2 s\\)");
            assertThat(late.uri()).isNotNull();
        }
        assertThat(world.rest().get("/v1/regions/koreacentral/explain").text("/text"))
                .contains("HELD")
                .contains("portolan region resume koreacentral");
    }

    @Test
    @Order(7)
    void rg04_row_2_4_row_2_5_a_region_that_joins_in_mid_rollout_gets_the_version_after_all_others_of_its_stage()
            throws Exception {
        var rollout = world.rest()
                .post("/v1/rollouts", Map.of("extension", "Contoso_Bills", "version", "2.0", "bake", "20s"));
        assertThat(rollout.status()).isEqualTo(201);
        assertThat(world.rest()
                        .post("/v1/regions", Map.of("name", "koreasouth"))
                        .status())
                .isEqualTo(201);
        // Row 2.5: nobody answers where its store should be, so all content comes from other regions.
        var node = node(
                "koreasouth",
                "127.0.1.10",
                tokenFor("koreasouth"),
                "mid",
                InstantSource.system(),
                URI.create("http://127.0.0.1:" + WorldSettings.freePort("127.0.0.1")));
        awaitState("koreasouth", "DARK");
        assertThat(version(node.uri(), "bills")).isEqualTo("1.0");
        var id = rollout.text("/id");
        await().atMost(LIMIT)
                .until(() ->
                        world.rest().get("/v1/rollouts/" + id).text("/state").equals("SUCCEEDED"));

        assertThat(version(node.uri(), "bills")).isEqualTo("2.0");
        assertThat(log()).contains("stage5: joined by koreasouth");
    }

    private static String version(URI node, String route) throws Exception {
        return Pages.get(node.resolve("/" + route))
                .headers()
                .firstValue("X-Portolan-Version")
                .orElse("");
    }

    @Test
    @Order(8)
    void rg22_a_region_is_retired_in_two_steps_and_rg24_its_code_gets_a_new_identity() throws Exception {
        var early = world.rest().post("/v1/regions/" + NEW + "/retire", Map.of("last", true));
        assertThat(early.status()).isEqualTo(409);
        assertThat(world.rest().post("/v1/regions/" + NEW + "/retire", Map.of()).status())
                .isEqualTo(200);
        await().atMost(LIMIT)
                .until(() -> world.rest()
                                .post("/v1/regions/" + NEW + "/retire", Map.of("last", true))
                                .status()
                        == 200);
        awaitState(NEW, "RETIRED");

        assertThat(world.rest().get("/v1/nodes").body().toString()).doesNotContain("node-" + NEW);
        assertThat(world.rest().get("/v1/regions").body().toString()).doesNotContain(NEW);
        assertThat(world.rest().get("/v1/extensions/" + NAME + "/status").body().toString())
                .doesNotContain(NEW);
        var again = world.rest().post("/v1/regions", Map.of("name", NEW));
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.body().at("/incarnation").asInt()).isEqualTo(2);
        // The node of before has its key still, and even a fresh token does not let it in.
        ADDED.getFirst().close();
        try (var old = node(NEW, "127.0.1.7", tokenFor(NEW), "added", InstantSource.system())) {
            await().atMost(LIMIT).until(() -> log().contains("its key was revoked when " + NEW + " was retired"));
            assertThat(old.uri()).isNotNull();
        }
        assertThat(region(NEW).at("/state").asString()).isEqualTo("DECLARED");
        assertThat(world.rest().get("/v1/log/replay").body().at("/differences")).isEmpty();
    }

    @Test
    @Order(9)
    void rg08_a_stage_without_a_version_takes_the_last_known_good_and_without_one_the_region_is_held()
            throws Exception {
        world.rest().register("Contoso_Halted", "halted");
        assertThat(world.publish("Contoso_Halted", "1.0", folder.resolve(NAME + "1.0/release-1.0"))
                        .status())
                .isEqualTo(201);
        var begun = world.rest()
                .post("/v1/rollouts", Map.of("extension", "Contoso_Halted", "version", "1.0", "bake", "1h"));
        await().atMost(LIMIT)
                .until(() -> Pages.get(world.nodeUri("westcentralus").resolve("/halted"))
                                .statusCode()
                        == 200);
        assertThat(world.rest()
                        .post("/v1/rollouts/" + begun.text("/id") + "/halt", Map.of("reason", "rg08"))
                        .status())
                .isEqualTo(200);
        world.stopControl();
        var stages = new ArrayList<>(StageDefinition.standard().stages());
        stages.add(stages.size() - 1, new Stage("islands", List.of("jioindiawest")));
        world.startControl(new StageDefinition(stages));

        var added = world.rest().post("/v1/regions", Map.of("name", "jioindiawest"));
        assertThat(added.text("/stage")).isEqualTo("islands");
        var node = node("jioindiawest", "127.0.1.11", tokenFor("jioindiawest"), "islands", InstantSource.system());
        awaitState("jioindiawest", "HELD");
        assertThat(region("jioindiawest").at("/reason").asString())
                .contains("Contoso_Halted")
                .contains("islands has no version of it and there is no last known good")
                .contains("portolan rollout start Contoso_Halted");

        world.rest().awaitSucceeded(world.rest().start("Contoso_Halted", "1.0"));
        assertThat(world.rest()
                        .post("/v1/regions/jioindiawest/resume", Map.of("reason", "it has a version now"))
                        .status())
                .isEqualTo(200);
        awaitState("jioindiawest", "DARK");
        assertThat(version(node.uri(), "halted")).isEqualTo("1.0");
        assertThat(version(node.uri(), "orders")).isEqualTo("1.0");
        assertThat(region("jioindiawest").at("/timeline").toString())
                .contains("islands has no version of it: the last known good stands in");
    }

    @Test
    @Order(10)
    void a_region_that_others_cannot_reach_stays_held_and_its_bytes_are_never_given_to_users() throws Exception {
        int port = WorldSettings.freePort("127.0.1.12");
        try (var way = FaultProxy.start(new InetSocketAddress("127.0.1.12", port), InstantSource.system())) {
            assertThat(world.rest()
                            .post("/v1/regions", Map.of("name", "canadaeast"))
                            .status())
                    .isEqualTo(201);
            node(
                    "canadaeast",
                    "127.0.1.12",
                    port,
                    way.uri(),
                    tokenFor("canadaeast"),
                    "unseen",
                    world.controlUri(),
                    InstantSource.system(),
                    "");
            awaitState("canadaeast", "SEEDING");
            way.set(new Fault.Cut(0));
            awaitState("canadaeast", "HELD");

            assertThat(region("canadaeast").at("/reason").asString()).contains("verif");
            assertThat(states("canadaeast")).doesNotContain("DARK", "CANARY", "RAMPING", "LIVE");
        }
    }

    @Test
    @Order(11)
    void a_region_none_of_whose_content_is_what_its_hash_says_stays_held() throws Exception {
        // Every copy there is: the store's, and those of all regions, which others would fetch from.
        for (var file : largeBlobs()) {
            var bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
        }
        assertThat(world.rest()
                        .post("/v1/regions", Map.of("name", "canadacentral"))
                        .status())
                .isEqualTo(201);
        var node = node("canadacentral", "127.0.1.13", tokenFor("canadacentral"), "damaged", InstantSource.system());
        awaitState("canadacentral", "HELD");

        assertThat(region("canadacentral").at("/reason").asString())
                .as("%s", region("canadacentral"))
                .contains("none of its extensions can be served")
                .contains("storing blob: digest: ");
        assertThat(states("canadacentral")).doesNotContain("DARK", "CANARY", "RAMPING", "LIVE");
        assertThat(Pages.get(node.uri().resolve("/orders")).statusCode()).isNotEqualTo(200);
    }

    /** Content of extensions, which is random here, not pages and manifests; nodes put files there and away meanwhile. */
    private static List<Path> largeBlobs() throws IOException {
        var found = new ArrayList<Path>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.getFileName().toString().matches("[0-9a-f]{64}") && attributes.size() == ASSET_BYTES) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }
}
