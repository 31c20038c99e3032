package io.portolan.it;

import static io.portolan.it.BringUpWorld.LIMIT;
import static io.portolan.it.BringUpWorld.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.control.BrowserSettings;
import io.portolan.director.DirectorServer;
import io.portolan.director.DirectorSettings;
import io.portolan.director.DnsSettings;
import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.region.RegionNode;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a region from its users, and what does not; the tests share a world and follow one another. */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BringUpHeldTest {
    private static final String NEW = "uksouth";
    private static final String AMSTERDAM = "198.51.100.0/24";

    /** Soon held, and with its first users for as long as the tests need. */
    private static final BringUpPlan PLAN = new BringUpPlan(
            Duration.ofSeconds(1),
            2,
            Duration.ofHours(1),
            List.of(1, 1000),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(25),
            false,
            List.of());

    @TempDir
    static Path folder;

    private static BringUpWorld world;
    private static final Map<String, RegionNode> NODES = new HashMap<>();

    @BeforeAll
    static void start() throws Exception {
        world = new BringUpWorld(folder, BrowserSettings.OFF, environment -> environment.withBringUp(PLAN));
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    private static RegionNode started(String name) {
        return Optional.ofNullable(NODES.get(name)).orElseThrow();
    }

    @Test
    @Order(1)
    void rg10_an_inventory_that_is_empty_removes_nothing_and_is_told_once_after_three() throws Exception {
        var now = Instant.now();
        var freeze = world.rest()
                .post(
                        "/v1/windows",
                        Map.of(
                                "kind",
                                "DENY",
                                "environment",
                                "prod",
                                "start",
                                now.minusSeconds(60).toString(),
                                "end",
                                now.plusSeconds(3_600).toString(),
                                "reason",
                                "rg10"));
        assertThat(freeze.status()).as("%s", freeze.body()).isEqualTo(201);
        world.add(NEW);
        NODES.put("node", world.node(NEW).start());
        world.awaitState(NEW, "DARK");
        await().atMost(LIMIT).untilAsserted(() -> assertThat(
                        world.rest().get("/v1/regions/" + NEW + "/explain").text("/text"))
                .contains("inside "));

        // As if whoever keeps the list had lost it.
        hide("extension", "hidden");
        try {
            await().atMost(LIMIT).untilAsserted(() -> assertThat(world.openIncidents())
                    .filteredOn(text -> text.contains("cannot be read: the list of extensions is empty"))
                    .hasSize(1));
            assertThat(world.region(NEW).at("/state").asString()).isEqualTo("DARK");
            assertThat(version(started("node").uri(), "orders")).isEqualTo("1.0");
        } finally {
            hide("hidden", "extension");
        }
        await().atMost(LIMIT).untilAsserted(() -> assertThat(world.openIncidents())
                .noneMatch(text -> text.contains("the list of extensions is empty")));

        assertThat(world.log()).contains("what it should have can be read again: 2 extensions");
        assertThat(world.region(NEW).at("/extensions")).hasSize(2);
        assertThat(world.rest().delete("/v1/windows/" + freeze.text("/id")).status())
                .isLessThan(300);
        world.awaitState(NEW, "CANARY");
    }

    private static void hide(String kind, String other) throws SQLException {
        var state = world.world().folder().resolve("control").resolve("state.db");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + state + "?busy_timeout=60000");
                var change = connection.prepareStatement("update documents set kind = ? where kind = ?")) {
            change.setString(1, other);
            change.setString(2, kind);
            assertThat(change.executeUpdate()).isEqualTo(2);
        }
    }

    @Test
    @Order(2)
    void rg18_a_region_with_its_first_users_takes_no_failover_unless_an_operator_wants_it() throws Exception {
        var token = world.rest().post("/v1/environments/prod/director-tokens", Map.of());
        var local = new InetSocketAddress("127.0.0.1", 0);
        var replica = new ReplicaSettings(
                "ns1",
                "director",
                new EnvironmentName("prod"),
                new RegionName("director"),
                "",
                world.world().controlUri(),
                token.text("/token"),
                folder.resolve("ns1"),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        try (var director = DirectorServer.start(
                new DirectorSettings(
                        replica,
                        DnsSettings.of(local),
                        local,
                        List.of(InetAddress.ofLiteral("127.0.0.1")),
                        DirectorSettings.Probes.FAST,
                        ""),
                InstantSource.system(),
                FailPoints.NONE)) {
            var dig = new Dig(director.dnsAddress().getPort());
            awaitAnswer(dig, world.world().nodeUri("westeurope").getHost());
            var nobody =
                    world.rest().post("/v1/regions/westus/stand-in", Map.of("over", "PT1H", "reason", "it is live"));
            assertThat(nobody.status()).isEqualTo(409);

            world.world().stopNode("westeurope");
            await().atMost(LIMIT).untilAsserted(() -> assertThat(answer(dig))
                    .isNotEqualTo(world.world().nodeUri("westeurope").getHost()));
            assertThat(answer(dig))
                    .as("though it is the next")
                    .isNotEqualTo(started("node").uri().getHost());

            assertThat(world.rest()
                            .post("/v1/regions/" + NEW + "/stand-in", Map.of("over", "PT1H"))
                            .status())
                    .as("without a reason")
                    .isEqualTo(422);
            var said = world.rest()
                    .post("/v1/regions/" + NEW + "/stand-in", Map.of("over", "PT1H", "reason", "better than America"));
            assertThat(said.status()).as("%s", said.body()).isEqualTo(200);
            assertThat(said.text("/standsInUntil")).isNotEmpty();
            awaitAnswer(dig, started("node").uri().getHost());
            assertThat(world.region(NEW).at("/timeline").toString())
                    .contains("stands in for regions that are down until", "better than America");

            // It ends by itself, and no revision is needed for that.
            assertThat(world.rest()
                            .post(
                                    "/v1/regions/" + NEW + "/stand-in",
                                    Map.of("over", "PT3S", "reason", "for a moment more"))
                            .status())
                    .isEqualTo(200);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(answer(dig))
                    .isNotEqualTo(started("node").uri().getHost()));
            world.world().startStopped();
            awaitAnswer(dig, world.world().nodeUri("westeurope").getHost());
        }
    }

    private static String answer(Dig dig) throws Exception {
        return dig.addressFor("orders.ext.portolan.test", AMSTERDAM);
    }

    private static void awaitAnswer(Dig dig, String address) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(answer(dig)).isEqualTo(address));
    }

    @Test
    @Order(3)
    void a_region_whose_node_answers_with_other_bytes_than_the_others_is_held() throws Exception {
        world.add("koreacentral");
        var other = world.node("koreacentral");
        try (var way = FaultProxy.start(other.address(), InstantSource.system())) {
            way.set(new Fault.CorruptBody(1_000, "/orders/Content/"));
            // That it answers is all that its preflight can tell.
            other.at(way.uri()).start();
            world.awaitState("koreacentral", "HELD");

            assertThat(world.region("koreacentral").at("/reason").asString())
                    .contains("verification: assets: ", "differs from what");
            assertThat(world.openIncidents()).anyMatch(text -> text.contains("koreacentral: held in VERIFYING"));
        }
    }

    @Test
    @Order(4)
    void one_that_others_cannot_reach_and_one_whose_content_is_not_what_its_hash_says_stay_held() throws Exception {
        world.add("canadaeast");
        world.add("canadacentral");
        var unseen = world.node("canadaeast");
        try (var way = FaultProxy.start(unseen.address(), InstantSource.system())) {
            unseen.at(way.uri()).start();
            await().atMost(LIMIT).until(() -> List.of("WIRING", "VERIFYING", "DARK")
                    .contains(world.region("canadaeast").at("/state").asString()));
            way.set(new Fault.Cut(0));
            // Every copy there is: the store's, and those of all regions, which others would fetch from.
            var blobs = DiskFiles.below(
                    folder, (name, size) -> name.matches("[0-9a-f]{64}") && size == BringUpWorld.ASSET_BYTES);
            assertThat(blobs).hasSizeGreaterThan(40);
            for (var file : blobs) {
                DiskFiles.damage(file);
            }
            var damaged = world.node("canadacentral").start();
            world.awaitState("canadacentral", "HELD");
            world.awaitState("canadaeast", "HELD");

            assertThat(world.region("canadacentral").at("/reason").asString())
                    .as("%s", world.region("canadacentral"))
                    .contains("none of its extensions can be served")
                    .contains("storing blob: digest: ");
            assertThat(Pages.get(damaged.uri().resolve("/orders")).statusCode()).isNotEqualTo(200);
            assertThat(world.region("canadaeast").at("/reason").asString()).containsAnyOf("verif", "probes: good from");
            for (var region : List.of("canadaeast", "canadacentral")) {
                assertThat(world.states(region)).doesNotContain("CANARY", "RAMPING", "LIVE");
            }
        }
    }
}
