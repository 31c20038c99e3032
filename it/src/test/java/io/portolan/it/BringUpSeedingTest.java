package io.portolan.it;

import static io.portolan.it.BringUpWorld.BILLS;
import static io.portolan.it.BringUpWorld.LIMIT;
import static io.portolan.it.BringUpWorld.ORDERS;
import static io.portolan.it.BringUpWorld.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.model.Digest;
import io.portolan.model.Stage;
import io.portolan.model.StageDefinition;
import io.portolan.region.RegionNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a region has when its users come, whatever happens to the extensions meanwhile: real nodes, and an extension whose controller
 * somebody else deploys, so that a test says when a region is seeded. The tests share a world and follow one another.
 */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BringUpSeedingTest {
    private static final String BACKED_NAME = "Contoso_Backed";
    private static final String GUARDED = "Contoso_Guarded";
    private static final String BACKED = "norwayeast";
    private static final String REFUSING = "norwaywest";
    /** In stage 2, by its facts. */
    private static final String EARLY = "polandcentral";

    @TempDir
    static Path folder;

    private static BringUpWorld world;
    private static final Map<String, RegionNode> NODES = new HashMap<>();
    private static HttpServer server;
    /** What is deployed where, by path: what an external controller's version report says. */
    private static final Map<String, String> DEPLOYED = new ConcurrentHashMap<>();

    @BeforeAll
    static void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> answer(exchange, deployed(exchange)));
        server.start();
        world = new BringUpWorld(
                folder,
                Chromium.INSTALLED,
                environment -> environment.withRegions(
                        environment.regions().stream()
                                .map(region -> region.name().value().equals("westeurope")
                                        ? region.withResidency("eu")
                                        : region)
                                .toList(),
                        environment.stages()));
        world.register("Contoso_Minor", "minor", List.of("*"));
        assertThat(world.world()
                        .publish("Contoso_Minor", "1.0", world.source(ORDERS, "1.0"))
                        .status())
                .isEqualTo(201);
        world.rest().awaitSucceeded(world.rest().start("Contoso_Minor", "1.0"));
    }

    @AfterAll
    static void stop() {
        world.close();
        server.stop(0);
    }

    private static RegionNode started(String name) {
        return Optional.ofNullable(NODES.get(name)).orElseThrow();
    }

    private static String deployed(HttpExchange exchange) {
        var path = exchange.getRequestURI().getPath();
        return DEPLOYED.getOrDefault(path.substring(1).split("/", 2)[0], "1.0");
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        exchange.sendResponseHeaders(200, text.length());
        exchange.getResponseBody().write(text.getBytes(StandardCharsets.US_ASCII));
        exchange.close();
    }

    private static String external(String endpoints) {
        return "{\"name\":\"ledger\",\"kind\":\"external\",\"versionPath\":\"/version\",\"endpoints\":{%s}}"
                .formatted(endpoints.replace(
                        "HERE", "http://127.0.0.1:" + server.getAddress().getPort()));
    }

    /** An extension of two regions with a process, one that is placed in the first only, and one that somebody else deploys. */
    private static void deployBacked() throws Exception {
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
                %s]}""".formatted(
                        external("\"*\":\"HERE/old\",\"" + BACKED + "\":\"HERE/new\"")));
        world.register(BACKED_NAME, "backed", List.of("westeurope", BACKED, REFUSING));
        assertThat(world.world().publish(BACKED_NAME, "1.0", source).status()).isEqualTo(201);
        world.rest().awaitSucceeded(world.rest().start(BACKED_NAME, "1.0"));
    }

    @Test
    @Order(1)
    void row_2_9_a_region_is_not_seeded_before_its_controllers_run_and_the_reason_is_shown() throws Exception {
        DEPLOYED.put("new", "0.9");
        world.add(BACKED);
        world.add(REFUSING);
        deployBacked();
        NODES.put("backed", world.node(BACKED).running(BACKED_NAME).start());

        await().atMost(LIMIT).untilAsserted(() -> assertThat(world.cell(BACKED, BACKED_NAME))
                .contains("VERIFIED", "ledger 0/1 (STARTING", "another version is deployed there (expected: 1.0)")
                .doesNotContain("items"));
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(world.cell(BACKED, ORDERS)).contains("SERVING"));
        // Its second node comes in time to be verified with the first.
        world.node(BACKED).called("node-" + BACKED + "-2").running(BACKED_NAME).start();
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(world.region(BACKED).at("/nodes")).hasSize(2));
        assertThat(world.states(BACKED)).endsWith("SEEDING");
    }

    @Test
    @Order(2)
    void rg03_what_a_placement_no_longer_names_leaves_nothing_and_rg11_too_much_at_once_holds() throws Exception {
        var others = new ArrayList<>(InProcessWorld.REGIONS);
        others.add(REFUSING);
        place("Contoso_Minor", others);
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(world.cell(BACKED, "Contoso_Minor")).isEmpty();
            assertThat(Pages.get(started("backed").uri().resolve("/minor")).statusCode())
                    .isEqualTo(404);
        });
        assertThat(world.states(BACKED)).as("one is somebody's decision").endsWith("SEEDING");
        assertThat(world.log()).contains(BACKED + " is not in its placement any more");

        place(ORDERS, others);
        world.awaitState(BACKED, "HELD");
        assertThat(world.region(BACKED).at("/reason").asString()).isEqualTo("would remove 2 of 4 extensions");
        assertThat(version(started("backed").uri(), "orders"))
                .as("nothing was removed")
                .isEqualTo("1.0");

        place(ORDERS, List.of("*"));
        assertThat(world.rest()
                        .post("/v1/regions/" + BACKED + "/resume", Map.of("reason", "the label is right again"))
                        .status())
                .isEqualTo(200);
        assertThat(world.states(BACKED)).endsWith("SEEDING");
        assertThat(world.openIncidents()).noneMatch(text -> text.contains("would remove"));
    }

    private static void place(String extension, List<String> placement) throws Exception {
        var changed = world.rest().patch("/v1/extensions/" + extension, Map.of("placement", Map.of("prod", placement)));
        assertThat(changed.status()).as("%s", changed.body()).isEqualTo(200);
    }

    @Test
    @Order(3)
    void rg02_and_rg07_what_comes_while_it_is_seeded_is_there_before_its_users() throws Exception {
        world.register("Contoso_Added", "added", List.of("*"));
        for (var extension : List.of("Contoso_Added", ORDERS)) {
            var version = extension.equals(ORDERS) ? "1.1" : "1.0";
            var source = Sources.page(folder.resolve(extension + version), "new in " + version);
            Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
            assertThat(world.world().publish(extension, version, source).status())
                    .isEqualTo(201);
        }
        var added = world.rest().start("Contoso_Added", "1.0");
        var started = world.rest()
                .post("/v1/rollouts", Map.of("extension", ORDERS, "version", "1.1", "kind", "hotfix", "bake", "1s"));
        assertThat(started.status()).as("%s", started.body()).isEqualTo(201);
        var hotfix = started.text("/id");
        for (var rollout : List.of(added, hotfix)) {
            await().atMost(LIMIT).untilAsserted(() -> assertThat(world.rest()
                            .get("/v1/rollouts/" + rollout + "/explain")
                            .body()
                            .toString())
                    .contains("waiting for joining regions: " + BACKED + " is SEEDING"));
        }
        assertThat(version(started("backed").uri(), "orders"))
                .as("not before all others")
                .isEqualTo("1.0");

        DEPLOYED.put("new", "1.0");
        world.awaitState(BACKED, "LIVE");

        assertThat(version(started("backed").uri(), "orders")).isEqualTo("1.1");
        assertThat(version(started("backed").uri(), "added")).isEqualTo("1.0");
        var log = world.log();
        for (var rollout : List.of(added, hotfix)) {
            assertThat(world.rest().awaitFinal(rollout).text("/state")).isEqualTo("SUCCEEDED");
        }
        // The log shows the order: what joined stands before the first users.
        assertThat(log.indexOf("stage5: joined by " + BACKED)).isPositive().isLessThan(log.indexOf("its first users"));
    }

    @Test
    @Order(4)
    void row_2_9_every_node_of_a_region_is_verified_with_its_controllers_with_rg13_and_rg14() throws Exception {
        var evidence = world.evidence(BACKED, "DARK");
        for (var node : List.of("node-" + BACKED, "node-" + BACKED + "-2")) {
            assertThat(evidence)
                    .contains("assets: " + node + ": ")
                    .containsPattern("browser: (SKIPPED, )?" + node + ": ")
                    .contains("controllers: " + node + ": 2 ready with 2 replicas a node, 2 called through the gateway")
                    .contains("placed elsewhere: Contoso_Backed 1.0: notes");
        }
        assertThat(evidence).contains("extensions loaded in Chrome/");
        assertThat(world.evidence(BACKED, "VERIFYING"))
                .as("rg13, rg14")
                .contains("its 2 nodes report")
                .contains("alert path: SKIPPED, this build has no alert rules", "on-call schedules: SKIPPED");
        var called = Pages.get(started("backed").uri().resolve("/backed/@1.0/api/items/x"));
        assertThat(called.statusCode()).isEqualTo(200);
        assertThat(called.headers().firstValue("X-Portolan-Region")).contains(BACKED);

        // This one may run nothing: its page is left to other regions, and the rest goes on.
        var refusing = world.node(REFUSING).start();
        world.awaitState(REFUSING, "DARK");
        assertThat(world.cell(REFUSING, BACKED_NAME))
                .contains("QUARANTINED", "controller items of 1.0 on node-norwaywest is REFUSED");
        assertThat(version(refusing.uri(), "orders")).isEqualTo("1.1");
        assertThat(world.openIncidents())
                .as("rg09: its owners are told")
                .anyMatch(text -> text.contains("norwaywest cannot serve Contoso_Backed 1.0: controller items"));
    }

    @Test
    @Order(5)
    void rg21_what_is_fenced_in_is_in_no_region_outside_and_no_fallback_leads_there() throws Exception {
        world.register("Contoso_Fenced", "fenced", List.of("residency:eu"));
        var release =
                Release.write(folder.resolve("fenced"), "1.0", new java.util.Random(21), 2, BringUpWorld.ASSET_BYTES);
        assertThat(world.world()
                        .publish("Contoso_Fenced", "1.0", release.folder())
                        .status())
                .isEqualTo(201);
        world.rest().awaitSucceeded(world.rest().start("Contoso_Fenced", "1.0"));
        assertThat(version(world.world().nodeUri("westeurope"), "fenced")).isEqualTo("1.0");

        var added = world.add("swedencentral");
        assertThat(added.text("/residency")).as("as the catalogue has it").isEqualTo("eu");
        assertThat(world.add("uksouth", "residency", "uk").text("/residency")).isEqualTo("uk");
        var inside = world.node("swedencentral").start();
        var outside = world.node("uksouth").start();
        world.awaitState("swedencentral", "LIVE");
        world.awaitState("uksouth", "LIVE");

        assertThat(version(inside.uri(), "fenced")).isEqualTo("1.0");
        assertThat(world.cell("swedencentral", "Contoso_Fenced")).contains("SERVING");
        assertThat(world.cell("uksouth", "Contoso_Fenced")).isEmpty();
        for (var node : List.of(outside.uri(), world.world().nodeUri("westus"))) {
            for (var path : List.of("/fenced", "/fenced/1.0", "/fenced/stage5", "/fenced/-/manifest/1.0")) {
                assertThat(Pages.get(node.resolve(path)).statusCode())
                        .as("%s%s", node, path)
                        .isEqualTo(404);
            }
        }
        assertThat(blobs(folder.resolve("node-uksouth"), release))
                .as("bytes outside")
                .isZero();
        assertThat(blobs(folder.resolve("node-swedencentral"), release)).isPositive();
        var refused = world.rest()
                .patch(
                        "/v1/extensions/Contoso_Fenced",
                        Map.of("placement", Map.of("prod", List.of("residency:eu", "westus"))));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text("/detail")).contains("westus is of no residency class");
    }

    /** How many of a release's assets lie in a node's folder. */
    private static long blobs(Path node, Release release) throws Exception {
        var names = new HashSet<String>();
        try (var assets = Files.walk(release.folder())) {
            for (var asset : assets.filter(Files::isRegularFile).toList()) {
                if (Files.size(asset) == BringUpWorld.ASSET_BYTES) {
                    names.add(Digest.of(Files.readAllBytes(asset)).value());
                }
            }
        }
        assertThat(names).hasSize(2);
        return DiskFiles.below(node, (name, size) -> names.contains(name)).size();
    }

    @Test
    @Order(6)
    void rg04_row_2_4_row_2_5_a_region_that_joins_in_mid_rollout_gets_the_version_after_all_others_of_its_stage()
            throws Exception {
        world.add("koreasouth");
        // Row 2.5: nobody answers where its store should be, so all content comes from other regions.
        var node = world.node("koreasouth")
                .from(URI.create("http://127.0.0.1:" + WorldSettings.freePort("127.0.0.1")))
                .start();
        await().atMost(LIMIT).until(() -> List.of("SEEDING", "WIRING", "VERIFYING", "DARK", "CANARY", "RAMPING", "LIVE")
                .contains(world.region("koreasouth").at("/state").asString()));
        var rollout = world.rest().post("/v1/rollouts", Map.of("extension", BILLS, "version", "2.0", "bake", "1s"));
        assertThat(rollout.status()).isEqualTo(201);
        world.rest().awaitSucceeded(rollout.text("/id"));

        assertThat(version(node.uri(), "bills")).isEqualTo("2.0");
        var log = world.log();
        assertThat(log.indexOf("koreasouth joins with 1.0"))
                .as("what its stage had last")
                .isPositive()
                .isLessThan(log.indexOf("stage5: joined by koreasouth"));
    }

    @Test
    @Order(7)
    void
            rg05_a_region_of_a_stage_that_has_completed_the_version_seeds_it_and_rg06_one_rolled_back_meanwhile_is_never_shown()
                    throws Exception {
        guarded("1.0");
        guarded("2.0");
        world.rest().awaitSucceeded(world.rest().start(GUARDED, "1.0"));
        DEPLOYED.put("early", "0.1");
        DEPLOYED.put("first", "2.0");
        assertThat(publishNew(BILLS, "3.0")).isEqualTo(201);
        var done = paused(BILLS, "3.0");
        paused(GUARDED, "2.0");

        assertThat(world.add(EARLY, "stage", "stage2").text("/stage")).isEqualTo("stage2");
        place(GUARDED, List.of("westcentralus", "westeurope", EARLY));
        var node = world.node(EARLY).start();
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(world.cell(EARLY, BILLS)).contains("SERVING", "3.0");
            assertThat(world.cell(EARLY, GUARDED)).contains("VERIFIED", "2.0");
        });
        assertThat(version(node.uri(), "bills")).as("rg05").isEqualTo("3.0");
        assertThat(version(world.world().nodeUri("westeurope"), "bills")).isEqualTo("2.0");

        DEPLOYED.put("first", "1.0");
        var back = world.rest().post("/v1/rollbacks", Map.of("extension", GUARDED, "reason", "rg06"));
        assertThat(back.status()).as("%s", back.body()).isEqualTo(202);
        DEPLOYED.put("early", "1.0");
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(world.cell(EARLY, GUARDED)).contains("SERVING", "1.0"));
        assertThat(version(node.uri(), "guarded")).isEqualTo("1.0");
        world.awaitState(EARLY, "LIVE");
        assertThat(world.log())
                .contains(EARLY + " joins with 3.0, which stage2 has")
                .contains(EARLY + " joins with 1.0")
                .doesNotContain(EARLY + " joins with 2.0");
        assertThat(world.rest()
                        .post("/v1/rollouts/" + done + "/resume", Map.of("reason", "rg05 is over"))
                        .status())
                .isEqualTo(200);
        world.rest().awaitSucceeded(done);
        assertThat(world.rest().get("/v1/log/replay").body().at("/differences")).isEmpty();
    }

    private static int publishNew(String extension, String version) throws Exception {
        var source = Sources.page(folder.resolve(extension + version), extension + " " + version);
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        return world.world().publish(extension, version, source).status();
    }

    /** An extension of stages 2 and 5 with a controller that somebody else deploys. */
    private static void guarded(String version) throws Exception {
        var source = Sources.page(folder.resolve("guarded" + version), "guarded " + version);
        Files.writeString(
                source.resolve("portolan.json"),
                "{\"portals\":[\"*\"],\"controllers\":["
                        + external(
                                "\"*\":\"HERE/rest\",\"westcentralus\":\"HERE/first\",\"" + EARLY + "\":\"HERE/early\"")
                        + "]}");
        if (version.equals("1.0")) {
            world.register(GUARDED, "guarded", List.of("westcentralus", "westeurope"));
        }
        assertThat(world.world().publish(GUARDED, version, source).status()).isEqualTo(201);
    }

    /** Starts a rollout that stands still when stage 2 has completed it; gives its id. */
    private static String paused(String extension, String version) throws Exception {
        var started =
                world.rest().post("/v1/rollouts", Map.of("extension", extension, "version", version, "bake", "3s"));
        assertThat(started.status()).as("%s", started.body()).isEqualTo(201);
        var id = started.text("/id");
        await().atMost(LIMIT).pollInterval(java.time.Duration.ofMillis(100)).until(() -> world.rest()
                .get("/v1/rollouts/" + id)
                .body()
                .at("/stages")
                .valueStream()
                .anyMatch(stage -> stage.at("/name").asString().equals("stage2")
                        && stage.at("/state").asString().equals("SEALED")));
        assertThat(world.rest()
                        .post("/v1/rollouts/" + id + "/pause", Map.of("reason", "a region joins"))
                        .status())
                .isEqualTo(200);
        return id;
    }

    @Test
    @Order(8)
    void rg08_a_stage_without_a_version_takes_the_last_known_good_and_without_one_the_region_is_held()
            throws Exception {
        world.rest().register("Contoso_Halted", "halted");
        assertThat(world.world()
                        .publish("Contoso_Halted", "1.0", world.source(ORDERS, "1.0"))
                        .status())
                .isEqualTo(201);
        var begun = world.rest()
                .post("/v1/rollouts", Map.of("extension", "Contoso_Halted", "version", "1.0", "bake", "1h"));
        await().atMost(LIMIT)
                .until(() -> Pages.get(world.world().nodeUri("westcentralus").resolve("/halted"))
                                .statusCode()
                        == 200);
        assertThat(world.rest()
                        .post("/v1/rollouts/" + begun.text("/id") + "/halt", Map.of("reason", "rg08"))
                        .status())
                .isEqualTo(200);
        world.world().stopControl();
        var stages = new ArrayList<>(StageDefinition.standard().stages());
        stages.add(stages.size() - 1, new Stage("islands", List.of("jioindiawest")));
        world.world().startControl(new StageDefinition(stages));

        assertThat(world.add("jioindiawest").text("/stage")).isEqualTo("islands");
        var node = world.node("jioindiawest").start();
        world.awaitState("jioindiawest", "HELD");
        assertThat(world.region("jioindiawest").at("/reason").asString())
                .contains("Contoso_Halted")
                .contains("islands has no version of it and there is no last known good")
                .contains("portolan rollout start Contoso_Halted");

        world.rest().awaitSucceeded(world.rest().start("Contoso_Halted", "1.0"));
        assertThat(world.rest()
                        .post("/v1/regions/jioindiawest/resume", Map.of("reason", "it has a version now"))
                        .status())
                .isEqualTo(200);
        world.awaitState("jioindiawest", "DARK");
        assertThat(version(node.uri(), "halted")).isEqualTo("1.0");
        assertThat(version(node.uri(), "orders")).isIn("1.0", "1.1");
        assertThat(world.region("jioindiawest").at("/timeline").toString())
                .contains("islands has no version of it: the last known good stands in");
    }
}
