package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.EnvironmentName;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.testkit.Operator;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several rollouts, several people and regions that lag, over HTTP. */
class ConcurrentRolloutsTest {
    private static final String NAME = "Contoso_Orders";
    /** Long enough for a machine that does much else. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private static Map<String, Object> start(String version, Object... more) {
        var body = new java.util.HashMap<String, Object>(Map.of("extension", NAME, "version", version));
        for (int i = 0; i < more.length; i += 2) {
            body.put((String) more[i], more[i + 1]);
        }
        return body;
    }

    private static void awaitText(Fleet fleet, String id, String text) {
        await().untilAsserted(() -> assertThat(
                        fleet.get("/v1/rollouts/" + id + "/explain").text("/text"))
                .contains(text));
    }

    @Test
    void aNewerRolloutFollowsTheOlderOne() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.publish(NAME, "2.0", "two");
            fleet.publish(NAME, "3.0", "three");
            var older = fleet.post("/v1/rollouts", start("2.0", "bake", "1s")).text("/id");
            await().until(() -> fleet.node("westcentralus").served(NAME).equals(Optional.of(new VersionLabel("2.0"))));
            var newer = fleet.post("/v1/rollouts", start("3.0", "bake", "1s")).text("/id");
            awaitText(fleet, newer, older);

            assertThat(fleet.awaitFinal(older).text("/state")).isEqualTo("SUCCEEDED");
            assertThat(fleet.awaitFinal(newer).text("/state")).isEqualTo("SUCCEEDED");
            for (var region : Fleet.REGIONS) {
                assertThat(fleet.node(region).served(NAME)).contains(new VersionLabel("3.0"));
            }
            assertThat(fleet.get("/v1/log/verify").body().at("/ok").asBoolean()).isTrue();
        }
    }

    @Test
    void row_1_4_aPartitionedRegionIsShownBehindWithItsCauseAndCatchesUpByItself() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            fleet.partition("brazilsouth");

            // What goes everywhere at once shows it best: five follow, and nobody waits for the sixth to be told.
            var back = fleet.post("/v1/rollbacks", Map.of("extension", NAME)).text("/id");
            await().atMost(LIMIT).untilAsserted(() -> {
                for (var region : Fleet.REGIONS.subList(0, 5)) {
                    assertThat(fleet.node(region).served(NAME)).contains(new VersionLabel("1.0"));
                }
            });

            await().atMost(LIMIT).untilAsserted(() -> {
                var regions =
                        fleet.get("/v1/extensions/" + NAME + "/status").body().at("/environments/0/regions");
                var behind = regions.valueStream()
                        .filter(region -> !region.at("/converged").asBoolean())
                        .map(region -> region.at("/region").asString() + " "
                                + region.at("/actual").asString() + " of "
                                + region.at("/desired").asString())
                        .toList();
                assertThat(behind).containsExactly("brazilsouth 2.0 of 1.0");
            });
            awaitText(fleet, back, "node-brazilsouth");

            fleet.heal("brazilsouth");

            assertThat(fleet.get("/v1/rollouts/" + back, "Prefer", "wait=60").text("/state"))
                    .isEqualTo("SUCCEEDED");
            assertThat(fleet.node("brazilsouth").served(NAME)).contains(new VersionLabel("1.0"));
        }
    }

    @Test
    void row_1_12_ofTwoWhoChangeTheSameOneWinsAndTheOtherIsTold() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            var id = fleet.post("/v1/rollouts", start("1.0", "bake", "10m")).text("/id");
            await().until(() ->
                    fleet.get("/v1/rollouts/" + id).text("/stages/1/state").equals("BAKING"));
            fleet.post("/v1/rollouts/" + id + "/pause", Map.of());
            // Paused, it still records its healthy time now and then: both look at the same record and send at once.
            await().untilAsserted(() -> {
                var etag = fleet.get("/v1/rollouts/" + id)
                        .raw()
                        .headers()
                        .firstValue("ETag")
                        .orElseThrow();
                var first = fleet.post("/v1/rollouts/" + id + "/abort", Map.of("reason", "bad"), "If-Match", etag);
                var second = fleet.post("/v1/rollouts/" + id + "/resume", Map.of(), "If-Match", etag);
                assertThat(first.status()).isEqualTo(200);
                assertThat(second.status()).isEqualTo(412);
                assertThat(second.text("/detail")).contains("If-Match: " + etag);
            });
            assertThat(fleet.awaitFinal(id).text("/state")).isEqualTo("ROLLED_BACK");
        }
    }

    @Test
    void row_1_12_ofTwoWhoStartOrRollBackAfterTheSameLookOneIsToldOfTheOther() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            var untouched = deploymentTag(fleet);
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            fleet.publish(NAME, "3.0", "three");
            fleet.publish(NAME, "4.0", "four");
            var seen = deploymentTag(fleet);
            assertThat(seen).isNotEqualTo(untouched);

            var first = fleet.post("/v1/rollouts", start("3.0", "bake", "10m"), "If-Match", seen);
            var second = fleet.post("/v1/rollouts", start("4.0"), "If-Match", seen);
            var third = fleet.post("/v1/rollbacks", Map.of("extension", NAME), "If-Match", seen);

            assertThat(first.status()).as("%s", first.body()).isEqualTo(201);
            assertThat(second.status()).isEqualTo(412);
            assertThat(second.text("/code")).isEqualTo("precondition-failed");
            assertThat(second.text("/detail")).contains("starting 4.0: If-Match: " + seen, first.text("/id"));
            assertThat(third.status()).isEqualTo(412);
            assertThat(third.text("/detail")).contains("rolling back " + NAME, first.text("/id"));
            // Nothing came of them: neither a rollout nor its number, and nobody was superseded.
            assertThat(fleet.get("/v1/rollouts?state=RUNNING").body().at("/items"))
                    .hasSize(1);

            // It bakes, which changes nothing for whoever looks then; the way back is free with what they saw.
            var id = first.text("/id");
            await().atMost(LIMIT).until(() -> fleet.get("/v1/rollouts/" + id)
                    .text("/stages/1/state")
                    .equals("BAKING"));
            var baking = deploymentTag(fleet);
            var back = fleet.post("/v1/rollbacks", Map.of("extension", NAME), "If-Match", baking, "Prefer", "wait=60");
            assertThat(back.text("/state")).as("%s", back.body()).isEqualTo("SUCCEEDED");
            assertThat(fleet.awaitFinal(id).text("/state")).isEqualTo("ROLLED_BACK");
            assertThat(fleet.post("/v1/rollouts", start("4.0"), "If-Match", baking)
                            .status())
                    .isEqualTo(412);
        }
    }

    @Test
    void row_6_7_theBakeClockStartsWhenTheLastRegionHasHeardOfIt() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.publish(NAME, "2.0", "two");
            // A stranger's order keeps the first region from serving what it is told.
            var stranger = new Operator(new EnvironmentName("prod"));
            var order = stranger.rollback(NAME, Slot.LKG, InstantSource.system().instant());
            fleet.node("westcentralus").obeys(OverrideAdoptionTest.report(stranger, order, "1.0"));
            await().atMost(LIMIT)
                    .until(() -> !fleet.get("/v1/incidents").text("/items/0/id").isEmpty());
            var incident = fleet.get("/v1/incidents").text("/items/0/id");
            fleet.post("/v1/incidents/" + incident + "/resolve", Map.of("reason", "it was ours"));
            var id = fleet.post("/v1/rollouts", start("2.0", "bake", "10m")).text("/id");
            await().atMost(LIMIT).until(() -> fleet.get("/v1/rollouts/" + id)
                    .text("/stages/1/state")
                    .equals("CONVERGING"));
            awaitText(fleet, id, "node-westcentralus");
            assertThat(fleet.get("/v1/rollouts/" + id).text("/stages/1/convergedAt"))
                    .isEmpty();

            var healed = InstantSource.system().instant();
            fleet.node("westcentralus").obeys();

            await().atMost(LIMIT).until(() -> fleet.get("/v1/rollouts/" + id)
                    .text("/stages/1/state")
                    .equals("BAKING"));
            var stage = fleet.get("/v1/rollouts/" + id).body().at("/stages/1");
            assertThat(Instant.parse(stage.at("/convergedAt").asString())).isAfterOrEqualTo(healed);
        }
    }

    private static String deploymentTag(Fleet fleet) throws Exception {
        return fleet.get("/v1/extensions/" + NAME + "/status").text("/environments/0/etag");
    }
}
