package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rollouts of one stage, with and without health checks, and check-only runs, over HTTP; each test has an extension of its own. */
class RolloutShapesTest {
    @TempDir
    private static Path folder;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static Fleet fleet;

    @BeforeAll
    static void start() throws Exception {
        fleet = new Fleet(folder);
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    private static Map<String, Object> body(String name, String version, Object... more) {
        var body = new HashMap<String, Object>(Map.of("extension", name, "version", version));
        for (int i = 0; i < more.length; i += 2) {
            body.put((String) more[i], more[i + 1]);
        }
        return body;
    }

    private static Fleet.Reply finding(Fleet.Reply check, int stage, String name) {
        var findings = check.body().at(stage < 0 ? "/findings" : "/stages/" + stage + "/findings");
        return findings.valueStream()
                .filter(each -> each.path("check").asString().equals(name))
                .map(each -> new Fleet.Reply(200, each, check.raw()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " in " + findings));
    }

    /** What every region should serve and serves, and the tag that any change of it changes. */
    private static List<String> intent(String name) throws Exception {
        var environment = fleet.get("/v1/extensions/" + name + "/status").body().at("/environments/0");
        var regions = new ArrayList<String>();
        regions.add(environment.path("etag").asString());
        environment
                .path("regions")
                .forEach(region -> regions.add(region.path("region").asString() + " "
                        + region.path("desired").asString() + " "
                        + region.path("actual").asString()));
        return regions;
    }

    private static String served(String region, String name) {
        return fleet.node(region).served(name).map(VersionLabel::value).orElse("");
    }

    @Test
    void row_6_15_aSingleStageIsRolledOutAloneAndAPipelineOfThemEndsAtLastKnownGood() throws Exception {
        var name = "Contoso_Stages";
        fleet.register(name, "stages");
        fleet.deploy(name, "1.0");
        fleet.publish(name, "2.0", "two");
        var tried = fleet.post("/v1/rollouts?dryRun=true", body(name, "2.0", "through", "stage3"));
        assertThat(tried.body().at("/plan/left").valueStream().map(each -> each.asString()))
                .containsExactly("stage4", "stage5");
        assertThat(fleet.post("/v1/rollouts", body(name, "2.0", "stage", "stage9"))
                        .status())
                .isEqualTo(422);
        assertThat(fleet.post("/v1/rollouts", body(name, "2.0", "stage", "stage2", "through", "stage3"))
                        .status())
                .isEqualTo(422);

        var one = fleet.awaitFinal(
                fleet.post("/v1/rollouts", body(name, "2.0", "stage", "stage3")).text("/id"));

        assertThat(one.text("/state")).isEqualTo("SUCCEEDED");
        assertThat(one.body().at("/stages").size()).isEqualTo(1);
        assertThat(served("southcentralus", name)).isEqualTo("2.0");
        assertThat(served("westcentralus", name)).isEqualTo("1.0");
        assertThat(served("westeurope", name)).isEqualTo("1.0");
        assertThat(fleet.node("westus").extension(name).orElseThrow().slots().toString())
                .contains("1.0")
                .doesNotContain("2.0");
        for (var stage : List.of("stage2", "stage4", "stage5")) {
            var end = fleet.awaitFinal(fleet.post("/v1/rollouts", body(name, "2.0", "stage", stage))
                    .text("/id"));
            assertThat(end.text("/state")).as(stage).isEqualTo("SUCCEEDED");
        }
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(fleet.node("westus")
                        .extension(name)
                        .orElseThrow()
                        .slots()
                        .values())
                .contains(new VersionLabel("2.0"), new VersionLabel("1.0")));
        assertThat(served("westeurope", name)).isEqualTo("2.0");
    }

    @Test
    void row_6_15_healthChecksJudgeItUnlessSomebodySaysOtherwiseWithAReason() throws Exception {
        var name = "Contoso_Checks";
        fleet.register(name, "checks");
        fleet.publishPair(name, "1.0");
        assertThat(fleet.awaitFinal(fleet.start(name, "1.0")).text("/state")).isEqualTo("SUCCEEDED");
        // One call in ten fails from here on: above what the gate of controllers lets pass.
        fleet.node("westcentralus").failedCalls(40);
        try {
            fleet.publishPair(name, "2.0");
            var with = fleet.awaitFinal(fleet.start(name, "2.0"));
            assertThat(with.text("/state")).isEqualTo("ROLLED_BACK");
            assertThat(with.text("/reason")).contains("calls failed");

            fleet.publishPair(name, "2.1");
            var refused = fleet.post("/v1/rollouts", body(name, "2.1", "checks", false));
            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.text("/detail")).contains("--reason");
            var without = fleet.awaitFinal(
                    fleet.post("/v1/rollouts", body(name, "2.1", "checks", false, "reason", "the caller is broken"))
                            .text("/id"));

            assertThat(without.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(without.body().at("/plan/checks").asBoolean()).isFalse();
            assertThat(without.text("/stages/1/verdict")).contains("health checks left out, as asked");
        } finally {
            fleet.node("westcentralus").failedCalls(0);
        }
    }

    @Test
    void row_6_15_checkOnlySaysWhatWouldHappenAndChangesNothing() throws Exception {
        var name = "Contoso_Asked";
        fleet.register(name, "asked");
        fleet.publishPair(name, "1.0");
        assertThat(fleet.awaitFinal(fleet.start(name, "1.0")).text("/state")).isEqualTo("SUCCEEDED");
        fleet.publishPair(name, "2.0");
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            var good = fleet.post("/v1/rollout-checks?dryRun=true", body(name, "2.0"));
            assertThat(good.text("/outcome")).as("%s", good.body()).isEqualTo("NOTE");
        });
        assertThat(fleet.get("/v1/rollout-checks").body().at("/items")).isEmpty();
        var before = intent(name);
        var revision = fleet.get("/v1/environments/prod/revision").raw().body();
        fleet.node("westus").controllers("1.0", ControllerState.CRASH_LOOP);
        try {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> fleet.post("/v1/rollout-checks?dryRun=true", body(name, "2.0"))
                            .text("/outcome")
                            .equals("FAIL"));

            var check = fleet.post("/v1/rollout-checks", body(name, "2.0", "reason", "before the night"));

            assertThat(check.status()).isEqualTo(201);
            assertThat(check.text("/outcome")).isEqualTo("FAIL");
            // Only that its content is still to be fetched.
            assertThat(check.text("/stages/1/outcome")).isEqualTo("NOTE");
            assertThat(finding(check, 1, "gate").text("/outcome")).isEqualTo("PASS");
            assertThat(finding(check, 3, "health").text("/reason")).contains("westus", "api");
            assertThat(finding(check, -1, "validation").text("/outcome")).isEqualTo("PASS");
            assertThat(finding(check, 4, "capacity").text("/reason")).contains("taking out");
            var id = check.text("/id");
            assertThat(fleet.get("/v1/rollout-checks/" + id).text("/outcome")).isEqualTo("FAIL");
            assertThat(fleet.get("/v1/rollout-checks/" + id + "/explain").text("/text"))
                    .startsWith("a rollout of 2.0 to ")
                    .contains("would have failed: stage4, health: westus");
            assertThat(fleet.get("/v1/log?limit=500").body().toString())
                    .contains("portolan.rollout.checked", "rollout-check/" + id);
        } finally {
            fleet.node("westus").controllers("1.0", ControllerState.READY);
        }
        // Nothing moved, and nodes were told of nothing.
        assertThat(intent(name)).isEqualTo(before);
        assertThat(fleet.get("/v1/environments/prod/revision").raw().body()).isEqualTo(revision);
        assertThat(fleet.get("/v1/rollouts?extension=" + name)
                        .body()
                        .at("/items")
                        .size())
                .isEqualTo(1);
        assertThat(fleet.get("/v1/log/replay").body().at("/differences")).isEmpty();
    }
}
