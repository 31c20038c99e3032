package io.portolan.it;

import static io.portolan.it.BringUpWorld.LIMIT;
import static io.portolan.it.BringUpWorld.ORDERS;
import static io.portolan.it.BringUpWorld.revision;
import static io.portolan.it.BringUpWorld.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.region.RegionNode;
import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** New regions on their way to users and away from them, and who may join them; the tests share a world and follow one another. */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BringUpTest {
    private static final String NEW = "japaneast";
    /** They are declared together, each as the other's pair. */
    private static final String TWIN = "japanwest";

    @TempDir
    static Path folder;

    private static BringUpWorld world;
    private static final Map<String, RegionNode> NODES = new HashMap<>();
    private static String token = "";
    private static @Nullable FaultProxy way;

    @BeforeAll
    static void start() throws Exception {
        world = new BringUpWorld(folder, Chromium.INSTALLED, UnaryOperator.identity());
    }

    @AfterAll
    static void stop() throws Exception {
        world.close();
        if (way != null) {
            way.close();
        }
    }

    private static RegionNode started(String name) {
        return Optional.ofNullable(NODES.get(name)).orElseThrow();
    }

    private static void hold(String region, String verb) throws Exception {
        var reply = world.rest().post("/v1/regions/" + region + "/" + verb, Map.of("reason", "one after the other"));
        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(200);
    }

    @Test
    @Order(1)
    void rg01_a_declared_region_reaches_its_users_by_itself_through_every_state_with_evidence() throws Exception {
        var plan = world.rest().post("/v1/regions?dryRun=true", Map.of("name", NEW));
        assertThat(plan.body().at("/extensions").asInt()).isEqualTo(2);
        assertThat(plan.body().at("/bytes").asLong()).isPositive();
        assertThat(world.rest().get("/v1/regions/" + NEW).status()).isEqualTo(404);

        assertThat(world.add(NEW).text("/stage")).isEqualTo("stage5");
        world.add(TWIN, "pairs", List.of(NEW));
        token = world.tokenFor(NEW);
        // Its twin could go ahead of it, and may from the moment on in which it has users itself.
        NODES.put("twin", world.node(TWIN).start());
        world.awaitState(TWIN, "DARK");
        hold(TWIN, "hold");
        NODES.put("first", world.node(NEW).with(token).start());
        await().atMost(LIMIT).until(() -> world.states(NEW).contains("CANARY"));
        hold(TWIN, "resume");
        world.awaitState(NEW, "LIVE");

        assertThat(world.states(NEW))
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
        assertThat(world.evidence(NEW, "DARK")).isNotEmpty();
        assertThat(world.region(NEW).at("/timeline").valueStream().filter(step -> step.at("/after")
                        .asString()
                        .equals("DARK")))
                .anyMatch(step -> step.at("/evidence").toString().contains("the same as"))
                .anyMatch(step -> step.at("/evidence").toString().contains("2 of 2 extensions loaded in Chrome/"));
        for (var route : List.of("orders", "bills")) {
            var page = Pages.get(started("first").uri().resolve("/" + route));
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
        world.awaitState(TWIN, "RAMPING");
        world.world().stopControl();
        try {
            var before = settled(started("twin").uri());
            for (int i = 0; i < 40; i++) {
                assertThat(version(started("twin").uri(), "orders")).isEqualTo("1.0");
            }
            assertThat(revision(started("twin").uri()))
                    .as("which says its share")
                    .isEqualTo(before);
        } finally {
            world.world().startControl();
        }
        world.awaitState(TWIN, "LIVE");

        var steps = world.region(TWIN).at("/timeline").valueStream().toList().reversed();
        assertThat(steps.stream()
                        .map(step -> step.at("/cause").asString())
                        .filter(cause -> cause.startsWith("ramps to") || cause.startsWith("back")))
                .as("each once, though the control plane was started again: %s", steps)
                .containsExactly("ramps to 25 %", "ramps to 50 %", "ramps to 100 %");
        assertThat(world.entry(TWIN, "DARK")).as("it was there and had to wait").isBefore(world.entry(NEW, "LIVE"));
        assertThat(world.entry(TWIN, "CANARY")).as("one at a time").isAfterOrEqualTo(world.entry(NEW, "LIVE"));
    }

    /** The revision of a node without a control plane, when it has applied what it had fetched. */
    private static String settled(URI node) throws Exception {
        var last = new AtomicReference<>(revision(node));
        await().during(Duration.ofSeconds(1)).atMost(LIMIT).until(() -> {
            var present = revision(node);
            return present.equals(last.getAndSet(present));
        });
        return revision(node);
    }

    @Test
    @Order(3)
    void rg12_a_token_is_good_for_one_node_of_one_region_and_refusals_stand_in_the_log() throws Exception {
        try (var twice = world.node(NEW).with(token).called("twice").start();
                var other =
                        world.node("koreacentral").with(token).called("other").start()) {
            await().atMost(LIMIT).untilAsserted(() -> {
                var log = world.log();
                assertThat(log).contains("the token was used by another node");
                assertThat(log).contains("the token is one for a region node of " + NEW);
            });
            assertThat(List.of(twice.uri(), other.uri())).hasSize(2);
        }
        assertThat(world.region(NEW).at("/state").asString()).isEqualTo("LIVE");
    }

    @Test
    @Order(4)
    void rg25_a_node_whose_clock_is_off_is_held_with_the_number_and_resumed_by_a_person() throws Exception {
        world.add("koreacentral");
        try (var late = world.node("koreacentral")
                .by(() -> InstantSource.system().instant().plusSeconds(5))
                .start()) {
            world.awaitState("koreacentral", "HELD");
            assertThat(world.region("koreacentral").at("/reason").asString())
                    .containsPattern("[45][.]\\d s off \\(at most 2 s\\)");
            assertThat(late.uri()).isNotNull();
        }
        assertThat(world.rest().get("/v1/regions/koreacentral/explain").text("/text"))
                .contains("HELD")
                .contains("portolan region resume koreacentral");
    }

    @Test
    @Order(5)
    void a_node_that_joins_a_live_region_has_no_part_in_it_before_its_bytes_are_those_of_the_others() throws Exception {
        var late = world.node(NEW).called("node-" + NEW + "-2");
        // It stays until the end: that is where the node is known to be.
        var between = FaultProxy.start(late.address(), InstantSource.system());
        way = between;
        between.set(new Fault.CorruptBody(1_000, "/orders/Content/"));
        late.at(between.uri()).start();
        await().atMost(LIMIT).untilAsserted(() -> assertThat(world.openIncidents())
                .anyMatch(text ->
                        text.contains("is kept from its part in " + NEW) && text.contains("differs from what")));

        assertThat(part(late(NEW))).isFalse();
        assertThat(world.rest().get("/v1/regions").body().toString())
                .contains(started("first").uri().getHost())
                .doesNotContain(between.uri().toString());
        // No rollout waits for it, and no user of the region notices.
        world.rest().awaitSucceeded(world.rest().start(BringUpWorld.BILLS, "2.0"));
        assertThat(part(late(NEW))).isFalse();

        between.set(new Fault.Pass());
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(part(late(NEW))).as("%s", late(NEW)).isTrue());
        assertThat(world.rest().get("/v1/environments/prod/revisions").status()).isEqualTo(200);
        assertThat(world.region(NEW).at("/timeline").toString())
                .contains("node-" + NEW + "-2 has its part in it", "the same as");
        assertThat(world.openIncidents()).noneMatch(text -> text.contains("is kept from its part"));
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(revision(started("first").uri()))
                        .isEqualTo(revision(started("twin").uri())));
        assertThat(world.rest().get("/v1/log/replay").body().at("/differences")).isEmpty();
    }

    private static String late(String region) throws Exception {
        return world.region(region)
                .at("/nodes")
                .valueStream()
                .filter(node -> node.at("/id").asString().equals("node-" + region + "-2"))
                .map(Object::toString)
                .findFirst()
                .orElse("");
    }

    private static boolean part(String node) {
        return node.contains("\"part\":true");
    }

    @Test
    @Order(6)
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
        world.awaitState(NEW, "RETIRED");

        assertThat(world.rest().get("/v1/nodes").body().toString()).doesNotContain("node-" + NEW);
        assertThat(world.rest().get("/v1/regions").body().toString()).doesNotContain(NEW);
        assertThat(world.rest()
                        .get("/v1/extensions/" + ORDERS + "/status")
                        .body()
                        .toString())
                .doesNotContain(NEW);
        assertThat(world.add(NEW).body().at("/incarnation").asInt()).isEqualTo(2);
        // The node of before has its key still, and even a fresh token does not let it in.
        started("first").close();
        try (var old = world.node(NEW).start()) {
            await().atMost(LIMIT).until(() -> world.log().contains("its key was revoked when " + NEW + " was retired"));
            assertThat(old.uri()).isNotNull();
        }
        assertThat(world.region(NEW).at("/state").asString()).isEqualTo("DECLARED");
        assertThat(world.rest().get("/v1/log/replay").body().at("/differences")).isEmpty();
    }
}
