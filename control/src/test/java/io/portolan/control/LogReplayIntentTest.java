package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.EnvironmentName;
import io.portolan.model.Slot;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.OverrideReport;
import io.portolan.storage.PostgresSettings;
import io.portolan.storage.PostgresStateStore;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.Operator;
import io.portolan.testkit.PostgresServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Whatever people say over HTTP is told by the log, on either database: replayed from nothing it gives the present state. */
class LogReplayIntentTest {
    private static final String NAME = "Contoso_Orders";

    @TempDir
    private Path folder;

    @Test
    void everyKindOfIntentIsToldByTheLog() throws Exception {
        try (var fleet = new Fleet(folder)) {
            deployments(fleet);
        }
    }

    @Test
    void everyOtherWordOfAPersonIsToldByTheLog() throws Exception {
        try (var fleet = new Fleet(folder)) {
            everythingElse(fleet);
        }
        try (var store = SqliteStateStore.open(folder.resolve("control").resolve("state.db"))) {
            eachKindIsCompared(store);
        }
    }

    @Test
    void onPostgresToo() throws Exception {
        assumeThat(PostgresServer.installed())
                .as("package postgresql is installed")
                .isTrue();
        try (var server = PostgresServer.start()) {
            try (var fleet = fleet("one", settings(server))) {
                deployments(fleet);
            }
            var database = settings(server);
            try (var fleet = fleet("two", database)) {
                everythingElse(fleet);
            }
            try (var store = PostgresStateStore.open(database)) {
                eachKindIsCompared(store);
            }
        }
    }

    private static PostgresSettings settings(PostgresServer server) throws Exception {
        return PostgresSettings.of(server.newDatabase(), PostgresServer.user(), "");
    }

    private Fleet fleet(String name, PostgresSettings database) throws Exception {
        return new Fleet(
                folder.resolve(name),
                DocumentFilter.NONE,
                Fleet.REGIONS,
                new StateDatabase.Shared(database, StateDatabase.Shared.RENEW, StateDatabase.Shared.TTL));
    }

    /** Deployments: what people do to versions, rollouts, names, windows, holds and incidents. */
    private static void deployments(Fleet fleet) throws Exception {
        fleet.register(NAME, "orders");
        fleet.send("PATCH", "/v1/extensions/" + NAME, Json.bytes(Map.of("owners", new String[] {"ada"})));
        fleet.deploy(NAME, "1.0");
        fleet.deploy(NAME, "2.0");
        var named = fleet.send(
                "PUT",
                "/v1/extensions/" + NAME + "/environments/prod/names/next",
                Json.bytes(Map.of("version", "2.0")));
        assertThat(named.status()).isEqualTo(200);
        fleet.send(
                "PUT",
                "/v1/extensions/" + NAME + "/environments/prod/names/gone",
                Json.bytes(Map.of("version", "2.0")));
        fleet.send("DELETE", "/v1/extensions/" + NAME + "/environments/prod/names/gone", new byte[0]);
        var window = Map.of("kind", "DENY", "start", "2030-01-01T00:00:00Z", "end", "2030-01-02T00:00:00Z");
        assertThat(fleet.post("/v1/windows", window).status()).isEqualTo(201);
        var removed = fleet.post("/v1/windows", window).text("/id");
        assertThat(fleet.send("DELETE", "/v1/windows/" + removed, new byte[0]).status())
                .isEqualTo(200);
        var rollback = fleet.post("/v1/rollbacks", Map.of("extension", NAME), "Prefer", "wait=30");
        assertThat(rollback.status()).isEqualTo(200);
        assertThat(fleet.send("DELETE", "/v1/holds/" + NAME, new byte[0]).status())
                .isEqualTo(200);
        fleet.publish(NAME, "3.0", "three");
        assertThat(fleet.post("/v1/extensions/" + NAME + "/versions/3.0/revoke", Map.of())
                        .status())
                .isEqualTo(200);
        var incident = Map.of("key", "k", "summary", "it is slow", "severity", 3);
        assertThat(fleet.post("/v1/incidents", incident).status()).isEqualTo(201);

        var replay = isReplayed(fleet);
        // Environment, extension, three versions, deployment, three rollouts, window, incident and six nodes at
        // least.
        assertThat(replay.at("/documents").asInt()).isGreaterThanOrEqualTo(17);
    }

    /** What is no deployment: routing, regions, locations, delivery, and operators' keys and orders. */
    private static void everythingElse(Fleet fleet) throws Exception {
        var operator = new Operator(new EnvironmentName("prod"));
        fleet.register(NAME, "orders");
        fleet.publish(NAME, "0.9", "asked about only");
        assertThat(fleet.post("/v1/rollout-checks", Map.of("extension", NAME, "version", "0.9"))
                        .status())
                .isEqualTo(201);
        put(fleet, "/v1/extensions/" + NAME + "/environments/prod/profile", """
                {"method":"weighted","endpoints":[{"region":"westus","weight":10},{"region":"westeurope","weight":90}]}
                """);
        put(fleet, "/v1/environments/prod/delivery", """
                {"worker":"off","cdns":[{"name":"edge","url":"https://cdn.example.net/CDN"}]}
                """);
        var cdn = "/v1/environments/prod/cdns/edge/";
        assertThat(fleet.post(cdn + "trip", Map.of("reason", "wrong bytes")).status())
                .isEqualTo(200);
        assertThat(fleet.post(cdn + "reset", Map.of("reason", "mended", "share", 10))
                        .status())
                .isEqualTo(200);
        put(fleet, "/v1/environments/prod/location?name=offices.csv", "81.2.69.0/24,51.5,-0.12,London\n");
        var keys = "/v1/environments/prod/operator-keys";
        for (var key : List.of(new Operator(new EnvironmentName("prod")), operator)) {
            assertThat(fleet.post(keys, Map.of("publicKey", key.publicKey(), "name", "olivia"))
                            .status())
                    .isEqualTo(201);
        }
        var gone = fleet.get(keys)
                .body()
                .at("/items")
                .valueStream()
                .map(item -> item.at("/keyId").asString())
                .filter(id -> !id.equals(operator.key().keyId()))
                .findFirst()
                .orElseThrow();
        assertThat(fleet.send("DELETE", keys + "/" + gone, new byte[0]).status())
                .isEqualTo(200);
        fleet.deploy(NAME, "1.0");
        fleet.deploy(NAME, "2.0");
        var drained = fleet.post("/v1/regions/brazilsouth/drain", Map.of("reason", "storm"));
        assertThat(drained.status()).as("%s", drained.body()).isEqualTo(200);
        assertThat(fleet.post("/v1/regions", Map.of("name", "japaneast", "reason", "users there"))
                        .status())
                .isEqualTo(201);
        assertThat(fleet.post("/v1/regions/japaneast/tokens", Map.of()).status())
                .isEqualTo(201);
        for (var verb : List.of("hold", "resume", "retire")) {
            assertThat(fleet.post("/v1/regions/japaneast/" + verb, Map.of("reason", "a try"))
                            .status())
                    .as(verb)
                    .isEqualTo(200);
        }
        var order = operator.rollback(
                NAME, Slot.PREVIOUS_LKG, InstantSource.system().instant());
        for (var region : Fleet.REGIONS) {
            fleet.node(region)
                    .obeys(new OverrideReport(
                            order.id(),
                            order.action(),
                            order.extension(),
                            order.region(),
                            "1.0",
                            operator.key().keyId(),
                            InstantSource.system().instant(),
                            Json.read(operator.sign(order), Envelope.class)));
        }
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(fleet.get("/v1/overrides").text("/items/0/state"))
                        .isEqualTo("ADOPTED"));
        fleet.awaitFinal(fleet.get("/v1/overrides").text("/items/0/rollout"));

        isReplayed(fleet);

        // The last word counts, also where it takes back the one before.
        assertThat(fleet.send("DELETE", "/v1/extensions/" + NAME + "/environments/prod/profile", new byte[0])
                        .status())
                .isEqualTo(200);
        assertThat(fleet.send("DELETE", "/v1/environments/prod/location", new byte[0])
                        .status())
                .isEqualTo(200);
        assertThat(fleet.post("/v1/regions/brazilsouth/undrain", Map.of()).status())
                .isEqualTo(200);
        isReplayed(fleet);
    }

    /** The state that {@link #everythingElse} left has every kind but those of deployments, and a difference in each is found. */
    private static void eachKindIsCompared(StateStore store) {
        var none = new ArrayList<String>();
        for (var table : Replayed.TABLES) {
            if (!table.equals(Table.WINDOWS)
                    && store.<Boolean>read(
                            reader -> reader.list(table.kind(), "").isEmpty())) {
                none.add(table.kind());
            }
        }
        assertThat(none).as("kinds of which this says nothing").containsOnly("incident");
        // What differs in one of them is found.
        store.write(tx -> {
            for (var kind : List.of(
                    "profile",
                    "region-intent",
                    "latency-map",
                    "operator-key",
                    "override",
                    "delivery",
                    "cdn-breaker",
                    "bring-up",
                    "node-token")) {
                var document = tx.list(kind, "").getFirst();
                var record = (ObjectNode) Json.mapper().readTree(document.bytes());
                tx.put(kind, document.key(), Writer.ANY, Json.bytes(record.put("schema", 99)));
            }
            return true;
        });
        assertThat(differences(store))
                .extracting(Replayed.Difference::kind)
                .containsExactlyInAnyOrder(
                        "profile",
                        "region-intent",
                        "latency-map",
                        "operator-key",
                        "override",
                        "delivery",
                        "cdn-breaker",
                        "bring-up",
                        "node-token");
    }

    private static void put(Fleet fleet, String path, String body) throws Exception {
        var reply = fleet.send("PUT", path, body.getBytes(StandardCharsets.UTF_8));
        assertThat(reply.status()).as("%s: %s", path, reply.body()).isEqualTo(200);
    }

    private static JsonNode isReplayed(Fleet fleet) throws Exception {
        var replay = fleet.get("/v1/log/replay").body();
        assertThat(replay.at("/differences")).isEmpty();
        assertThat(replay.at("/ok").asBoolean()).isTrue();
        return replay;
    }

    private static List<Replayed.Difference> differences(StateStore store) {
        return store.read(reader -> LogReplay.of(reader).differences(reader));
    }
}
