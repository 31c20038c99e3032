package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages and their controllers, staged, judged and put back as a pair, over HTTP; nodes say how their controllers are. */
class PairedRolloutTest {
    private static final String NAME = "Contoso_Orders";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private static void awaitText(Fleet fleet, String id, String text) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(
                        fleet.get("/v1/rollouts/" + id + "/explain").text("/text"))
                .contains(text));
    }

    private static List<String> incidents(Fleet fleet) throws Exception {
        return StreamSupport.stream(
                        fleet.get("/v1/incidents").body().at("/items").spliterator(), false)
                .map(item -> item.path("summary").asString())
                .toList();
    }

    private static Optional<VersionLabel> version(String label) {
        return Optional.of(new VersionLabel(label));
    }

    private static void deployPair(Fleet fleet, String version) throws Exception {
        assertThat(fleet.publishPair(NAME, version).status()).isEqualTo(201);
        var end = fleet.awaitFinal(fleet.start(NAME, version));
        assertThat(end.text("/state")).as("%s", end.body()).isEqualTo("SUCCEEDED");
    }

    @Test
    void row_8_1_and_row_6_13_pageAndControllersFollowTheSameStagesAndARevertRestoresThePair() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            deployPair(fleet, "1.0");
            assertThat(fleet.node("westus").running(NAME)).containsExactly("1.0");

            // Version 2 is started in the region whose turn it is, and nowhere else; its page waits for it.
            Fleet.REGIONS.forEach(region -> fleet.node(region).controllers("2.0", ControllerState.STARTING));
            fleet.publishPair(NAME, "2.0");
            var id = fleet.start(NAME, "2.0");
            awaitText(fleet, id, "controllers of 2.0 not ready in westcentralus: api 1/2 (STARTING, ");
            assertThat(fleet.node("westcentralus").running(NAME)).containsExactly("1.0", "2.0");
            assertThat(fleet.node("westcentralus").served(NAME)).isEqualTo(version("1.0"));
            assertThat(fleet.node("brazilsouth").running(NAME)).containsExactly("1.0");

            fleet.node("westcentralus").controllers("2.0", ControllerState.READY);
            await().atMost(LIMIT)
                    .until(() -> fleet.node("westcentralus").served(NAME).equals(version("2.0")));
            awaitText(fleet, id, "not ready in southcentralus");
            assertThat(fleet.node("westcentralus").running(NAME))
                    .as("what it may be put back to stays ready")
                    .containsExactly("1.0", "2.0");
            assertThat(fleet.get("/v1/extensions/" + NAME + "/status")
                            .text("/environments/0/regions/0/nodes/0/controllers/1/state"))
                    .isEqualTo("READY");

            fleet.post("/v1/rollouts/" + id + "/abort", Map.of());
            assertThat(fleet.awaitFinal(id).text("/state")).isEqualTo("ROLLED_BACK");
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(fleet.node("westcentralus").running(NAME))
                            .containsExactly("1.0"));
            assertThat(fleet.node("westcentralus").served(NAME)).isEqualTo(version("1.0"));
        }
    }

    @Test
    void row_8_9_aCrashLoopInTheFirstStageIsCaughtAndThePairTakenBackByItself() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            deployPair(fleet, "1.0");

            // One that never comes up is never shown.
            fleet.node("westcentralus").controllers("2.0", ControllerState.CRASH_LOOP);
            fleet.publishPair(NAME, "2.0");
            var never = fleet.awaitFinal(fleet.start(NAME, "2.0"));
            assertThat(never.text("/state")).isEqualTo("ROLLED_BACK");
            assertThat(never.text("/reason"))
                    .contains("controller api of 2.0 on node-westcentralus is CRASH_LOOP: as a test says")
                    .contains("failure budget: 0");
            assertThat(incidents(fleet)).anyMatch(summary -> summary.contains("api of 2.0"));

            // One that ends when users come is taken back from them.
            fleet.publishPair(NAME, "3.0");
            var id = fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", "3.0", "bake", "1h"))
                    .text("/id");
            await().atMost(LIMIT)
                    .until(() -> fleet.node("westcentralus").served(NAME).equals(version("3.0")));
            fleet.node("westcentralus").controllers("3.0", ControllerState.CRASH_LOOP);
            var crashed = fleet.awaitFinal(id);
            assertThat(crashed.text("/state")).isEqualTo("ROLLED_BACK");
            assertThat(crashed.text("/stages/2/state"))
                    .as("before the next stage")
                    .isEqualTo("PENDING");
            assertThat(incidents(fleet)).anyMatch(summary -> summary.contains("api of 3.0"));
            await().atMost(LIMIT)
                    .until(() -> fleet.node("westcentralus").served(NAME).equals(version("1.0")));

            // And one that fails calls is, too.
            fleet.publishPair(NAME, "4.0");
            var failing = fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", "4.0", "bake", "2s"))
                    .text("/id");
            fleet.node("westcentralus").failedCalls(50);
            var failed = fleet.awaitFinal(failing);
            assertThat(failed.text("/state")).isEqualTo("ROLLED_BACK");
            assertThat(failed.text("/stages/1/verdict")).contains("FAIL: westcentralus: 10.0 % of 500 calls failed");
        }
    }

    @Test
    void aRollbackStartsWhatHasEndedAndWaitsForItButNotForLong() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            deployPair(fleet, "1.0");
            deployPair(fleet, "2.0");
            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThat(fleet.node("westus").running(NAME)).containsExactly("2.0"));

            // They have ended since, and two regions have trouble with starting them.
            fleet.node("westus").controllers("1.0", ControllerState.STARTING);
            fleet.node("brazilsouth").controllers("1.0", ControllerState.STARTING);
            var id = fleet.post("/v1/rollbacks", Map.of("extension", NAME)).text("/id");
            awaitText(fleet, id, "controllers of 1.0 not ready in westus: api 1/2 (STARTING, ");
            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThat(fleet.node("westus").running(NAME)).containsExactly("1.0", "2.0"));
            fleet.node("westus").controllers("1.0", ControllerState.READY);

            var end = fleet.awaitFinal(id);
            assertThat(end.text("/state")).as("%s", end.body()).isEqualTo("SUCCEEDED");
            Fleet.REGIONS.forEach(
                    region -> assertThat(fleet.node(region).served(NAME)).isEqualTo(version("1.0")));
            assertThat(incidents(fleet))
                    .as("somebody must know")
                    .anyMatch(summary -> summary.contains("brazilsouth back on 1.0 before its controllers are ready"));
        }
    }
}
