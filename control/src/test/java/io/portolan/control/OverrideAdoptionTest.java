package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.EnvironmentName;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Revision;
import io.portolan.testkit.Operator;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A control plane that comes back takes over what operators ordered meanwhile; over HTTP. */
class OverrideAdoptionTest {
    private static final String NAME = "Contoso_Orders";
    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final Operator operator = new Operator(new EnvironmentName("prod"));

    @TempDir
    private Path folder;

    private static Instant now() {
        return InstantSource.system().instant();
    }

    private void listKey(Fleet fleet) throws Exception {
        var added = fleet.post(
                "/v1/environments/prod/operator-keys", Map.of("publicKey", operator.publicKey(), "name", "olivia"));
        assertThat(added.status()).as("%s", added.body()).isEqualTo(201);
    }

    static OverrideReport report(Operator by, OperatorOverride order, String version) {
        return new OverrideReport(
                order.id(),
                order.action(),
                order.extension(),
                order.region(),
                version,
                by.key().keyId(),
                now(),
                Json.read(by.sign(order), Envelope.class));
    }

    private static JsonNode override(Fleet fleet) throws Exception {
        return fleet.get("/v1/overrides").body().at("/items/0");
    }

    private static void awaitState(Fleet fleet, String state) {
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(override(fleet).at("/state").asString()).isEqualTo(state));
    }

    private static Revision newest(Fleet fleet) throws Exception {
        var envelope =
                Json.read(fleet.get("/v1/environments/prod/revision").raw().body(), Envelope.class);
        return Json.read(envelope.unverifiedPayload(), Revision.class);
    }

    private static Optional<VersionLabel> v(String text) {
        return Optional.of(new VersionLabel(text));
    }

    @Test
    void listsTheKeysOfOperatorsInTheRevision() throws Exception {
        try (var fleet = new Fleet(folder)) {
            listKey(fleet);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(newest(fleet).operatorKeys())
                    .containsExactly(operator.publicKey()));
            var keys = "/v1/environments/prod/operator-keys";
            assertThat(fleet.get(keys).text("/items/0/keyId"))
                    .isEqualTo(operator.key().keyId());
            var again = fleet.post(keys, Map.of("publicKey", operator.publicKey()));
            assertThat(again.status()).isEqualTo(200);
            assertThat(fleet.post(keys, Map.of("publicKey", "nonsense")).status())
                    .isEqualTo(422);

            fleet.send("DELETE", keys + "/" + operator.key().keyId(), new byte[0]);

            await().atMost(LIMIT).untilAsserted(() -> assertThat(newest(fleet).operatorKeys())
                    .isEmpty());
        }
    }

    @Test
    void row_6_11_reconcilesAnOverrideThatEveryNodeObeysAsARollbackWithAHold() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            listKey(fleet);
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            var order = operator.rollback(NAME, Slot.PREVIOUS_LKG, now());
            for (var region : Fleet.REGIONS) {
                fleet.node(region).obeys(report(operator, order, "1.0"));
            }

            awaitState(fleet, "ADOPTED");

            var rollout = override(fleet).at("/rollout").asString();
            var end = fleet.awaitFinal(rollout);
            assertThat(end.text("/kind")).isEqualTo("rollback");
            assertThat(end.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(end.text("/version")).isEqualTo("1.0");
            assertThat(end.text("/reason")).contains(order.id(), "olivia", "INC-512");
            assertThat(end.text("/hold/withdrawn/0")).isEqualTo("2.0");
            assertThat(newest(fleet).settledOverrides()).containsExactly(order.id());
            for (var region : Fleet.REGIONS) {
                assertThat(fleet.node(region).served(NAME)).isEqualTo(v("1.0"));
                assertThat(fleet.node(region).overrides()).isEmpty();
            }
            assertThat(fleet.post("/v1/rollouts", Map.of("extension", NAME, "version", "2.0"))
                            .status())
                    .as("held")
                    .isEqualTo(409);
            var rows = fleet.get("/v1/log?limit=200").body().toString();
            assertThat(rows).contains("operator-key/" + operator.key().keyId(), "portolan.override.adopted");

            // Told of again after a restart, it is not taken over a second time.
            fleet.restartControl();
            fleet.node("westus").obeys(report(operator, order, "1.0"));
            fleet.deploy(NAME, "3.0");
            assertThat(fleet.get("/v1/rollouts")
                            .body()
                            .at("/items")
                            .valueStream()
                            .filter(item -> item.at("/kind").asString().equals("rollback")))
                    .hasSize(1);
        }
    }

    @Test
    void takesBackOnlyTheRegionsThatObeyItAndHoldsThemThere() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            listKey(fleet);
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            var order = operator.rollback(NAME, Slot.PREVIOUS_LKG, now());
            fleet.node("westus").obeys(report(operator, order, "1.0"));
            fleet.node("westeurope").obeys(report(operator, order, "1.0"));

            awaitState(fleet, "ADOPTED");

            var end = fleet.awaitFinal(override(fleet).at("/rollout").asString());
            assertThat(end.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(end.body().at("/regionsTotal").asInt()).isEqualTo(2);
            assertThat(fleet.node("westus").served(NAME)).isEqualTo(v("1.0"));
            assertThat(fleet.node("westeurope").served(NAME)).isEqualTo(v("1.0"));
            assertThat(fleet.node("brazilsouth").served(NAME)).isEqualTo(v("2.0"));
            var held = fleet.get("/v1/holds")
                    .body()
                    .at("/items")
                    .valueStream()
                    .map(hold -> hold.at("/region").asString())
                    .toList();
            assertThat(held).containsExactlyInAnyOrder("westeurope", "westus");

            // A node that was reached, or is heard, only now: its users too were taken away from 2.0.
            fleet.node("brazilsouth").obeys(report(operator, order, "1.0"));
            await().atMost(LIMIT)
                    .until(() -> fleet.node("brazilsouth").served(NAME).equals(v("1.0")));
            assertThat(fleet.node("southeastasia").served(NAME)).isEqualTo(v("2.0"));
            assertThat(override(fleet).at("/detail").asString()).contains("brazilsouth told of it later, so ro-4");
            var late = fleet.awaitFinal("ro-4");
            assertThat(late.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(late.text("/reason")).contains(order.id(), "told of later");
            await().atMost(LIMIT)
                    .until(() -> fleet.node("brazilsouth").overrides().isEmpty());

            // What a person decided since stands, whoever tells of the order again.
            fleet.deploy(NAME, "3.0");
            fleet.node("southeastasia").obeys(report(operator, order, "1.0"));
            fleet.deploy(NAME, "4.0");
            assertThat(fleet.node("southeastasia").served(NAME)).isEqualTo(v("4.0"));
            assertThat(fleet.get("/v1/rollouts")
                            .body()
                            .at("/items")
                            .valueStream()
                            .filter(item -> item.at("/kind").asString().equals("rollback")))
                    .hasSize(2);
        }
    }

    @Test
    void whatWasDecidedHereSinceWinsAndAnIncidentSaysSo() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            listKey(fleet);
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            fleet.awaitFinal(
                    fleet.post("/v1/rollbacks", Map.of("extension", NAME)).text("/id"));
            // Its slot was last known good in the revision that the node had.
            var order = operator.rollback(NAME, Slot.LKG, now());
            fleet.node("westus").obeys(report(operator, order, "2.0"));

            awaitState(fleet, "REFUSED");

            assertThat(override(fleet).at("/detail").asString()).contains("withdrawn");
            var incident = fleet.get("/v1/incidents").body().at("/items/0");
            assertThat(incident.at("/key").asString()).isEqualTo("override/" + order.id());
            assertThat(incident.at("/severity").asInt()).isEqualTo(2);
            await().atMost(LIMIT).until(() -> fleet.node("westus").overrides().isEmpty());
        }
    }

    @Test
    void doesNotBelieveAnOrderThatNoListedKeySigned() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            listKey(fleet);
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            var stranger = new Operator(new EnvironmentName("prod"));
            var order = stranger.rollback(NAME, Slot.PREVIOUS_LKG, now());
            var known = operator.rollback(NAME, Slot.PREVIOUS_LKG, now());
            fleet.node("westus").obeys(report(stranger, order, "1.0"), report(operator, known, "1.0"));
            // Nor does a node that tells something else under the same id spoil the order.
            var forged = report(stranger, order, "2.0");
            fleet.node("brazilsouth")
                    .obeys(new OverrideReport(
                            known.id(),
                            known.action(),
                            NAME,
                            "",
                            "2.0",
                            operator.key().keyId(),
                            now(),
                            forged.envelope()));

            awaitState(fleet, "ADOPTED");

            assertThat(fleet.get("/v1/overrides").body().at("/items")).hasSize(1);
            assertThat(override(fleet).at("/id").asString()).isEqualTo(known.id());
            assertThat(fleet.get("/v1/incidents").text("/items/0/key")).isEqualTo("override/" + order.id());
        }
    }

    @Test
    void aDrainStaysInForceUntilItIsLiftedAndStopsNoRollout() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            listKey(fleet);
            fleet.deploy(NAME, "1.0");
            var drain = operator.drain("westus", now());
            fleet.node("westus").obeys(report(operator, drain, ""));

            awaitState(fleet, "REPORTED");

            fleet.deploy(NAME, "2.0");
            assertThat(override(fleet).at("/state").asString()).isEqualTo("REPORTED");
            fleet.node("westus").obeys();
            awaitState(fleet, "LIFTED");
        }
    }

    @Test
    void aNodeThatServesSomethingElseByAnOverrideHasNotConverged() throws Exception {
        try (var fleet = new Fleet(folder)) {
            fleet.register(NAME, "orders");
            fleet.deploy(NAME, "1.0");
            fleet.deploy(NAME, "2.0");
            var stranger = new Operator(new EnvironmentName("prod"));
            fleet.node("westus").obeys(report(stranger, stranger.rollback(NAME, Slot.PREVIOUS_LKG, now()), "1.0"));

            await().atMost(LIMIT).untilAsserted(() -> {
                var status = fleet.get("/v1/extensions/" + NAME + "/status").body();
                var region = status.at("/environments/0/regions")
                        .valueStream()
                        .filter(item -> item.at("/region").asString().equals("westus"))
                        .findFirst()
                        .orElseThrow();
                assertThat(region.at("/converged").asBoolean()).isFalse();
            });
        }
    }
}
