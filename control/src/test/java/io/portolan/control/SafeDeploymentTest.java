package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.VersionLabel;
import io.portolan.protocol.IncidentRecord;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans, approvals, windows, incidents and break-glass, over HTTP. */
class SafeDeploymentTest {
    private static final String NAME = "Contoso_Orders";

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
    void aDryRunPrintsThePlanAndKeepsNothing() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            var plan =
                    Map.of("name", "fast", "maxRegionsAtOnce", 2, "stages", Map.of("stage4", Map.of("approval", true)));

            var reply = fleet.post("/v1/rollouts?dryRun=true", start("1.0", "plan", plan));

            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text("/plan/name")).isEqualTo("fast");
            assertThat(reply.body().at("/plan/stages/4/waves").size()).isEqualTo(2);
            assertThat(reply.text("/plan/stages/1/bake")).isEqualTo("PT6H");
            assertThat(reply.body().at("/plan/stages/3/approval").asBoolean()).isTrue();
            assertThat(reply.text("/plan/predictedEnd")).isNotEmpty();
            assertThat(fleet.get("/v1/rollouts").body().at("/items")).isEmpty();
        }
    }

    @Test
    void waitsForTwoPersonsThenGoesOn() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            var plan = Map.of("twoPersons", true, "stages", Map.of("stage2", Map.of("approval", true)));
            var id = fleet.post("/v1/rollouts", start("1.0", "plan", plan), "X-Portolan-Actor", "ada")
                    .text("/id");
            awaitText(fleet, id, "waiting for approval");

            var own = fleet.post("/v1/rollouts/" + id + "/approve", Map.of(), "X-Portolan-Actor", "ada");
            assertThat(own.status()).isEqualTo(409);
            assertThat(own.text("/code")).isEqualTo("policy");
            var other = fleet.post("/v1/rollouts/" + id + "/approve", Map.of(), "X-Portolan-Actor", "grace");

            assertThat(other.text("/approvals/0/actor")).isEqualTo("grace");
            // What it waited for before is not what it waits for now.
            assertThat(other.text("/waitingFor/text")).doesNotContain("approval");
            assertThat(fleet.awaitFinal(id).text("/state")).isEqualTo("SUCCEEDED");
        }
    }

    @Test
    void aNewEnvironmentIsBasedOnWhatTheLastStageHadBeforeWhatWasHaltedInsideIt() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            fleet.publish(NAME, "2.0", "two");
            assertThat(fleet.awaitFinal(fleet.post("/v1/rollouts", start("1.0")).text("/id"))
                            .text("/state"))
                    .isEqualTo("SUCCEEDED");
            var plan = Map.of("stages", Map.of("stage5", Map.of("bake", "1h")));
            var id = fleet.post("/v1/rollouts", start("2.0", "plan", plan)).text("/id");
            awaitText(fleet, id, "stage5: baking");
            var halted = fleet.post("/v1/rollouts/" + id + "/halt", Map.of());
            assertThat(halted.text("/state")).isEqualTo("HALTED");

            var baseline = fleet.get("/v1/environments/prod/baseline");
            assertThat(baseline.status()).as("%s", baseline.body()).isEqualTo(200);
            assertThat(baseline.text("/extensions/0/version")).isEqualTo("1.0");
        }
    }

    @Test
    void anApprovalThatNamesNoStageIsOfTheNextOneThatNeedsIt() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            // Two stages come before it and need none.
            var plan = Map.of("stages", Map.of("stage2", Map.of("bake", "1h"), "stage4", Map.of("approval", true)));
            var id = fleet.post("/v1/rollouts", start("1.0", "plan", plan)).text("/id");
            var path = "/v1/rollouts/" + id;

            var first = fleet.post(path + "/approve", Map.of(), "X-Portolan-Actor", "grace");
            assertThat(first.text("/approvals/0/stage")).as("%s", first.body()).isEqualTo("stage4");
            var second = fleet.post(path + "/approve", Map.of(), "X-Portolan-Actor", "grace");
            assertThat(second.status()).isEqualTo(409);
            assertThat(second.text("/detail")).contains("no stage of it waits for an approval");
            var named = fleet.post(path + "/approve", Map.of("stage", "stage5"), "X-Portolan-Actor", "grace");
            assertThat(named.status()).isEqualTo(200);

            fleet.post(path + "/abort", Map.of());
            fleet.awaitFinal(id);
            var over = fleet.post(path + "/approve", Map.of(), "X-Portolan-Actor", "grace");
            assertThat(over.text("/detail")).contains(id + ": it is ");
        }
    }

    @Test
    void durationsThatNobodyCanMeanAreRefusedOverHttpToo() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            for (var what : List.of("progress", "approvalExpiry", "unsureLimit", "bake", "waveBake")) {
                for (var span : List.of("PT-5S", "PT9223372036854775807S")) {
                    var reply = fleet.post("/v1/rollouts", start("1.0", "plan", Map.of(what, span)));
                    assertThat(reply.status())
                            .as("%s %s: %s", what, span, reply.body())
                            .isEqualTo(422);
                    assertThat(reply.text("/detail")).startsWith(what + ": PT").endsWith("at most 365 days)");
                }
            }
        }
    }

    @Test
    void doesNotStartWhereItsWayBackServesAPortalNoMore() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            // Of a time when the environment had another portal: its own one gets 400 from it.
            assertThat(fleet.publish(NAME, "1.0", "one", "portal.old.test").status())
                    .isEqualTo(201);
            assertThat(fleet.awaitFinal(fleet.start(NAME, "1.0")).text("/state"))
                    .isEqualTo("SUCCEEDED");
            fleet.publish(NAME, "2.0", "two");
            var id = fleet.start(NAME, "2.0");
            awaitText(
                    fleet,
                    id,
                    "not ready to roll back: 1.0, which regions would go back to, has no configuration for"
                            + " portal host portal.portolan.test, for which 2.0 has one");
            assertThat(fleet.node("westcentralus").served(NAME)).contains(new VersionLabel("1.0"));
            assertThat(fleet.post("/v1/rollouts/" + id + "/abort", Map.of("reason", "it needs consent"))
                            .status())
                    .isEqualTo(200);
            fleet.awaitFinal(id);

            fleet.publish(NAME, "2.1", "two and more");
            var halting = fleet.post("/v1/rollouts", start("2.1", "plan", Map.of("onFail", "HALT")));
            assertThat(halting.status()).as("%s", halting.body()).isEqualTo(201);
            awaitText(fleet, halting.text("/id"), "waiting for approval");
            fleet.post("/v1/rollouts/" + halting.text("/id") + "/approve", Map.of(), "X-Portolan-Actor", "grace");

            assertThat(fleet.awaitFinal(halting.text("/id")).text("/state")).isEqualTo("SUCCEEDED");

            // From there on the way back serves the portal, with a configuration of its own as well as with any host's.
            fleet.publish(NAME, "3.0", "three", "portolan.test");
            assertThat(fleet.awaitFinal(fleet.start(NAME, "3.0")).text("/state"))
                    .isEqualTo("SUCCEEDED");
        }
    }

    @Test
    void aWindowStopsTheWayForwardAndNeverTheWayBack() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            var window = fleet.post(
                    "/v1/windows",
                    Map.of(
                            "kind",
                            "DENY",
                            "start",
                            "2020-01-01T00:00:00Z",
                            "end",
                            "2100-01-01T00:00:00Z",
                            "reason",
                            "freeze"));
            assertThat(window.status()).isEqualTo(201);
            fleet.publish(NAME, "3.0", "three");
            var id = fleet.start(NAME, "3.0");
            awaitText(fleet, id, "freeze");

            var rollback = fleet.post("/v1/rollbacks", Map.of("extension", NAME), "Prefer", "wait=20");

            assertThat(rollback.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(fleet.get("/v1/rollouts/" + id).text("/state")).isEqualTo("ROLLED_BACK");
            var removed = fleet.send("DELETE", "/v1/windows/" + window.text("/id"), new byte[0]);
            assertThat(removed.status()).isEqualTo(200);
            assertThat(fleet.get("/v1/windows").body().at("/items")).isEmpty();
        }
    }

    @Test
    void aWeeklyWindowNeedsAZoneAndDays() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var without = fleet.post(
                    "/v1/windows", Map.of("kind", "ALLOW", "days", "MON-THU", "from", "09:00", "to", "16:00"));
            assertThat(without.status()).isEqualTo(422);
            assertThat(without.text("/detail")).contains("time zone");
            var wrong = fleet.post(
                    "/v1/windows",
                    Map.of("kind", "ALLOW", "days", "MUN", "from", "09:00", "to", "16:00", "zone", "Europe/Amsterdam"));
            assertThat(wrong.status()).isEqualTo(422);
            var right = fleet.post(
                    "/v1/windows",
                    Map.of(
                            "kind",
                            "ALLOW",
                            "days",
                            "SAT-MON",
                            "from",
                            "09:00",
                            "to",
                            "16:00",
                            "zone",
                            "Europe/Amsterdam"));
            assertThat(right.body().at("/days").toString()).isEqualTo("[\"MONDAY\",\"SATURDAY\",\"SUNDAY\"]");
        }
    }

    @Test
    void anOpenIncidentStopsRolloutsUntilItIsResolved() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            var report = Map.of("key", "orders/down", "extension", NAME, "severity", 2, "summary", "orders fail");
            var incident = fleet.post("/v1/incidents", report).text("/id");
            // The same key again is the same incident.
            assertThat(fleet.post("/v1/incidents", report).text("/id")).isEqualTo(incident);
            var id = fleet.start(NAME, "1.0");
            awaitText(fleet, id, incident);

            fleet.post("/v1/incidents/" + incident + "/resolve", Map.of("reason", "fixed"));

            assertThat(fleet.awaitFinal(id).text("/state")).isEqualTo("SUCCEEDED");
            assertThat(fleet.get("/v1/incidents").body().at("/items")).isEmpty();
            assertThat(fleet.get("/v1/incidents/" + incident).text("/state")).isEqualTo("RESOLVED");
            assertThat(fleet.post("/v1/incidents/" + incident + "/resolve", Map.of())
                            .status())
                    .isEqualTo(409);
        }
    }

    @Test
    void whatANodeTellsIsOneIncidentAndIsResolvedWithIt() throws Exception {
        try (var fleet = new Fleet(folder)) {
            var damaged = new IncidentRecord(
                    "blob-1",
                    "blob-damaged/node-westus/ab12",
                    "node-westus",
                    NAME,
                    IncidentRecord.TRIGGERED,
                    3,
                    "bytes on disk were damaged",
                    Instant.parse("2026-11-23T10:00:00Z"),
                    Map.of("blob", "ab12"));
            fleet.node("westus").tells(damaged);
            await().untilAsserted(() -> assertThat(
                            fleet.get("/v1/incidents").body().at("/items").size())
                    .isEqualTo(1));
            // Another status of the node tells it again.
            fleet.node("westus").lacks(NAME, "1.0", 7);
            await().until(() -> fleet.get("/v1/nodes").body().toString().contains("\"missingBytes\":7"));
            var incident = fleet.get("/v1/incidents").body().at("/items/0");
            assertThat(incident.at("/evidence/node").asString()).isEqualTo("node-westus");
            assertThat(fleet.get("/v1/incidents?state=all").body().at("/items")).hasSize(1);

            fleet.node("westus").tells(damaged.with(IncidentRecord.RESOLVED, Map.of("repairedFrom", "store")));

            var id = incident.at("/id").asString();
            await().untilAsserted(() ->
                    assertThat(fleet.get("/v1/incidents/" + id).text("/state")).isEqualTo("RESOLVED"));
        }
    }

    @Test
    void row_1_3_aPlanWhoseStagesAreNotThoseOfTheDefinitionIsRefusedAndTheOldVersionServes() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.publish(NAME, "2.0", "two");

            var refused = fleet.post(
                    "/v1/rollouts",
                    Map.of(
                            "extension",
                            NAME,
                            "version",
                            "2.0",
                            "plan",
                            Map.of("stages", Map.of("stage9", Map.of("bake", "1h")))));

            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.text("/detail"))
                    .contains("stage9")
                    .contains("stage1")
                    .contains("stage5");
            for (var region : Fleet.REGIONS) {
                assertThat(fleet.node(region).served(NAME)).contains(new VersionLabel("1.0"));
            }
            assertThat(fleet.get("/v1/rollouts?state=RUNNING").body().at("/items"))
                    .isEmpty();
        }
    }

    @Test
    void row_6_10_breakGlassRecordsItsReasonAndAnAlertAndHasNoBake() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.publish(NAME, "2.0", "two");
            assertThat(fleet.post("/v1/rollouts", start("2.0", "kind", "break-glass"))
                            .status())
                    .isEqualTo(422);

            var id = fleet.post(
                            "/v1/rollouts",
                            start("2.0", "kind", "break-glass", "reason", "orders are lost"),
                            "X-Portolan-Actor",
                            "ada")
                    .text("/id");

            var end = fleet.awaitFinal(id);
            assertThat(end.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(end.text("/plan/stages/4/bake")).isEqualTo("PT0S");
            var log = fleet.get("/v1/log?limit=1000").body().toString();
            assertThat(log).contains("orders are lost").contains("\"actor\":\"ada\"");
            var alert = fleet.get("/v1/incidents").body().at("/items/0");
            assertThat(alert.at("/key").asString()).isEqualTo("break-glass/" + id);
            assertThat(alert.at("/summary").asString()).contains("ada", "2.0", "orders are lost");
            // It tells and stops nothing.
            fleet.deploy(NAME, "3.0");
        }
    }
}
