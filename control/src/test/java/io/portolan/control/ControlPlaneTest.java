package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.VersionLabel;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Json;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlPlaneTest {
    private static final String NAME = "Contoso_Orders";

    @TempDir
    Path folder;

    @Test
    void row_1_1_oneRolloutBringsTheVersionToEveryRegion() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            assertThat(fleet.publish(NAME, "1.0", "one").status()).isEqualTo(201);

            var end = fleet.awaitFinal(fleet.start(NAME, "1.0"));

            assertThat(end.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(end.text("/stages/0/state")).isEqualTo("SKIPPED");
            for (var region : Fleet.REGIONS) {
                assertThat(fleet.node(region).served(NAME)).contains(new VersionLabel("1.0"));
            }
            await().untilAsserted(() -> {
                var status = fleet.get("/v1/extensions/" + NAME + "/status");
                assertThat(status.body().at("/environments/0/regions"))
                        .hasSize(6)
                        .allSatisfy(region -> {
                            assertThat(region.at("/actual").asString()).isEqualTo("1.0");
                            assertThat(region.at("/converged").asBoolean()).isTrue();
                        });
            });
        }
    }

    @Test
    void row_1_2_fiveVersionsStandInFiveStages() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "5.0");
            // Each rollout is stopped one stage earlier, so every stage keeps another version.
            for (int last = 4; last >= 1; last--) {
                var version = last + ".0";
                fleet.publish(NAME, version, version);
                var reply = fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", version, "bake", "60s"));
                var id = reply.text("/id");
                for (int stage = 2; stage <= last; stage++) {
                    int index = stage - 1;
                    await().atMost(Duration.ofSeconds(20)).until(() -> fleet.get("/v1/rollouts/" + id)
                            .text("/stages/" + index + "/state")
                            .equals("BAKING"));
                    if (stage < last) {
                        fleet.post("/v1/rollouts/" + id + "/advance", Map.of());
                    }
                }
                if (last == 1) {
                    await().until(() -> fleet.get("/v1/rollouts/" + id)
                            .text("/stages/0/state")
                            .equals("SKIPPED"));
                    assertThat(fleet.post("/v1/rollouts/" + id + "/abort", Map.of())
                                    .status())
                            .isEqualTo(200);
                    fleet.awaitFinal(id);
                } else {
                    assertThat(fleet.post("/v1/rollouts/" + id + "/halt", Map.of())
                                    .status())
                            .isEqualTo(200);
                }
            }

            var served = Fleet.REGIONS.stream()
                    .map(region -> fleet.node(region).served(NAME).orElseThrow().value())
                    .toList();

            assertThat(served).containsExactly("2.0", "3.0", "4.0", "5.0", "5.0", "5.0");
        }
    }

    @Test
    void aRouteIsNotCalledAsARecordOfTheZone() throws Exception {
        try (var fleet = new Fleet(folder)) {
            var refused = fleet.post("/v1/extensions", Map.of("name", "Contoso_Www", "route", "www"));

            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.text("/detail")).contains("www is a record of the zone ext.portolan.test");
        }
    }

    @Test
    void row_1_6_otherContentUnderAKnownVersionIsRefused() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            assertThat(fleet.publish(NAME, "1.0.0.0", "one").status()).isEqualTo(201);

            assertThat(fleet.publish(NAME, "1.0.0.0", "one").status()).isEqualTo(200);
            var other = fleet.publish(NAME, "1.0.0.0", "two");

            assertThat(other.status()).isEqualTo(409);
            assertThat(other.text("/code")).isEqualTo("version-exists");
            assertThat(other.text("/detail")).contains("expected");
        }
    }

    @Test
    void waitsWithTheSwitchUntilNothingIsLacking() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.node("westus").lacks(NAME, "2.0", 4711);
            fleet.publish(NAME, "2.0", "two");

            var id = fleet.start(NAME, "2.0");

            await().atMost(Duration.ofSeconds(20)).until(() -> fleet.get("/v1/rollouts/" + id)
                    .text("/waitingFor/text")
                    .contains("4711"));
            assertThat(fleet.get("/v1/rollouts/" + id).text("/stages/3/state")).isEqualTo("APPLYING");
            assertThat(fleet.node("westus").served(NAME)).contains(new VersionLabel("1.0"));
            fleet.node("westus").lacksNothing();
            assertThat(fleet.awaitFinal(id).text("/state")).isEqualTo("SUCCEEDED");
        }
    }

    @Test
    void rollsBackEverywhereAtOnceAndHoldsTheWithdrawnVersion() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");

            var rollback = fleet.post("/v1/rollbacks", Map.of("extension", NAME), "Prefer", "wait=20");

            assertThat(rollback.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(rollback.text("/version")).isEqualTo("1.0");
            assertThat(rollback.body().at("/regionsConverged").asInt()).isEqualTo(6);
            assertThat(rollback.body().at("/blobsMoved").asInt()).isZero();
            assertThat(rollback.body().at("/elapsedMillis").asLong()).isNotNegative();
            for (var region : Fleet.REGIONS) {
                assertThat(fleet.node(region).served(NAME)).contains(new VersionLabel("1.0"));
            }
            var again = fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", "2.0"));
            assertThat(again.status()).isEqualTo(409);
            assertThat(again.text("/code")).isEqualTo("held");
            var nothingLeft = fleet.post("/v1/rollbacks", Map.of("extension", NAME));
            assertThat(nothingLeft.status()).isEqualTo(409);
            assertThat(nothingLeft.text("/code")).isEqualTo("nothing-to-roll-back-to");
            fleet.deploy(NAME, "3.0");
            assertThat(fleet.get("/v1/holds").body().at("/items")).isEmpty();
        }
    }

    @Test
    void abortRevertsTouchedRegionsOnly() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.publish(NAME, "2.0", "two");
            var id = fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", "2.0", "bake", "10m"))
                    .text("/id");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> fleet.node("westcentralus").served(NAME).equals(Optional.of(new VersionLabel("2.0"))));

            var aborted = fleet.post("/v1/rollouts/" + id + "/abort", Map.of("reason", "looks bad"));

            assertThat(aborted.text("/state")).isEqualTo("ROLLING_BACK");
            var end = fleet.awaitFinal(id);
            assertThat(end.text("/state")).isEqualTo("ROLLED_BACK");
            assertThat(end.text("/reason")).contains("looks bad");
            assertThat(fleet.node("westcentralus").served(NAME)).contains(new VersionLabel("1.0"));
            assertThat(fleet.post("/v1/rollouts/" + id + "/resume", Map.of()).status())
                    .isEqualTo(409);
        }
    }

    @Test
    void goesOnAfterARestart() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            var id = fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", "1.0", "bake", "1s"))
                    .text("/id");
            await().until(() ->
                    fleet.get("/v1/rollouts/" + id).text("/stages/1/state").equals("BAKING"));

            fleet.restartControl();

            assertThat(fleet.awaitFinal(id).text("/state")).isEqualTo("SUCCEEDED");
            assertThat(fleet.get("/v1/log/verify").body().at("/ok").asBoolean()).isTrue();
        }
    }

    @Test
    void aPoisonedDocumentStopsItsOwnExtensionOnly() throws Exception {
        var poison = new AtomicBoolean();
        DocumentFilter filter =
                (key, bytes) -> poison.get() && key.equals(new DocumentTree.Key(DocumentTree.Kind.extension, NAME))
                        ? "{\"schema\":1,\"name\":7".getBytes(StandardCharsets.UTF_8)
                        : bytes;
        try (var fleet = new Fleet(folder, filter, Fleet.REGIONS)) {
            fleet.register(NAME, "orders");
            fleet.register("Contoso_Stock", "stock");
            fleet.deploy(NAME, "1.0");
            fleet.deploy("Contoso_Stock", "1.0");
            poison.set(true);
            fleet.publish(NAME, "2.0", "two");
            var stuck = fleet.start(NAME, "2.0");

            await().atMost(Duration.ofSeconds(20)).until(() -> fleet.get("/v1/rollouts/" + stuck)
                    .text("/waitingFor/text")
                    .contains("quarantined"));
            fleet.deploy("Contoso_Stock", "2.0");
            var rollback = fleet.post("/v1/rollbacks", Map.of("extension", "Contoso_Stock"), "Prefer", "wait=20");

            assertThat(rollback.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(fleet.node("westus").served(NAME)).contains(new VersionLabel("1.0"));
            assertThat(fleet.node("westus").served("Contoso_Stock")).contains(new VersionLabel("1.0"));
        }
    }

    @Test
    void changesFromForeignOriginsAndHostsAreRefused() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var body = Json.bytes(Map.of("name", NAME, "route", "orders"));

            assertThat(fleet.send("POST", "/v1/extensions", body, "Origin", "https://evil.example")
                            .status())
                    .isEqualTo(403);
            assertThat(fleet.send("POST", "/v1/extensions", body, "Sec-Fetch-Site", "cross-site")
                            .status())
                    .isEqualTo(403);
            assertThat(rawStatus(fleet, "Host: evil.example")).isEqualTo(421);
            assertThat(fleet.send(
                                    "POST",
                                    "/v1/extensions",
                                    body,
                                    "Origin",
                                    fleet.uri().toString())
                            .status())
                    .isEqualTo(201);
        }
    }

    private static int rawStatus(Fleet fleet, String hostLine) throws Exception {
        try (var socket = new Socket("127.0.0.1", fleet.uri().getPort())) {
            socket.getOutputStream()
                    .write(("POST /v1/extensions HTTP/1.1\r\n" + hostLine + "\r\nContent-Length: 2\r\n\r\n{}")
                            .getBytes(StandardCharsets.US_ASCII));
            var line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            return Integer.parseInt(line.split(" ", -1)[1]);
        }
    }

    @Test
    void atRestNothingIsWritten() throws Exception {
        var compiled = new java.util.concurrent.atomic.AtomicInteger();
        DocumentFilter counting = (key, bytes) -> {
            if (key.kind() == DocumentTree.Kind.environment) {
                compiled.incrementAndGet();
            }
            return bytes;
        };
        try (var fleet = new Fleet(folder, counting, List.of())) {
            fleet.register(NAME, "orders");
            await().until(() -> fleet.get("/v1/environments/prod/revision").status() == 200);
            int before = compiled.get();
            // The engine looks once a second for what expires; a look that makes it look again would count to dozens.
            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);

            assertThat(compiled.get() - before).isLessThan(15);
        }
    }

    @Test
    void dryRunsChangeNothing() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var reply = fleet.post("/v1/extensions?dryRun=true", Map.of("name", NAME, "route", "orders"));

            assertThat(reply.status()).isEqualTo(200);
            assertThat(fleet.get("/v1/extensions").body().at("/items")).isEmpty();
        }
    }

    @Test
    void anIdempotencyKeyGivesTheFirstAnswerAgain() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.publish(NAME, "1.0", "one");
            var body = Map.of("extension", NAME, "version", "1.0", "bake", "10m");

            var first = fleet.post("/v1/rollouts", body, "Idempotency-Key", "k1");
            var second = fleet.post("/v1/rollouts", body, "Idempotency-Key", "k1");
            var other =
                    fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", "1.1"), "Idempotency-Key", "k1");

            assertThat(second.text("/id")).isEqualTo(first.text("/id"));
            assertThat(other.text("/code")).isEqualTo("idempotency-mismatch");
            assertThat(fleet.get("/v1/rollouts").body().at("/items")).hasSize(1);
        }
    }

    @Test
    void eventsCanBeResumedWhereTheyStopped() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            fleet.register(NAME, "orders");

            var rows = fleet.get("/v1/log").body().at("/items");
            long first = rows.get(0).at("/id").asLong();
            var lines = new ArrayList<String>();
            try (var socket = new Socket("127.0.0.1", fleet.uri().getPort())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write(("GET /v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: " + first + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                while (lines.stream().noneMatch(line -> line.contains("portolan.extension.registered"))) {
                    lines.add(reader.readLine());
                }
            }
            assertThat(lines).contains("id: " + (first + 1)).doesNotContain("id: " + first);
        }
    }

    @Test
    void theDescriptionNamesExactlyTheRoutesThatAreOffered() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            var described = new TreeSet<String>();
            var paths = fleet.get("/v1/openapi.json").body().at("/paths");
            for (var path : paths.propertyNames()) {
                paths.get(path)
                        .propertyNames()
                        .forEach(method -> described.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path));
            }

            assertThat(described).isEqualTo(new TreeSet<>(fleet.offered()));
        }
    }

    @Test
    void acknowledgementsAreOneMoreObserverOfRegions() throws Exception {
        try (var fleet = new Fleet(folder)) {
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(fleet.get("/v1/environments/prod/-/observations")
                                    .body()
                                    .path("targets")
                                    .properties())
                            .hasSize(6)
                            .allSatisfy(region ->
                                    assertThat(region.getValue().asString()).isEqualTo("ONLINE")));

            fleet.partition("westus");

            await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
                var table = fleet.get("/v1/environments/prod/-/observations").body();
                assertThat(table.at("/targets/westus").asString()).isEqualTo("DEGRADED");
                assertThat(table.at("/targets/westeurope").asString()).isEqualTo("ONLINE");
                assertThat(table.path("tried").asInt()).isEqualTo(6);
                assertThat(table.path("bad").asInt()).isEqualTo(1);
            });
            fleet.restartControl();
            // Nobody is taken away for being silent towards a process that has just begun.
            assertThat(fleet.get("/v1/environments/prod/-/observations")
                            .body()
                            .at("/targets/westus")
                            .asString())
                    .isEqualTo("CHECKING");
        }
    }
}
