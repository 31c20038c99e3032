package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Slot;
import io.portolan.protocol.OperatorOverride;
import io.portolan.testkit.Operator;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An operator takes an extension back at the nodes themselves while there is no control plane, which takes that over later. */
@Timeout(300)
class OverrideWithoutControlTest {
    private static final String NAME = "Contoso_Orders";
    private static final String HEADER = "X-Portolan-Override";
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private final Operator operator = new Operator(Samples.PROD);

    @TempDir
    Path folder;

    @Test
    void row_6_11_anOperatorRevertsAtNodesWithoutControlPlaneAndItReconcilesLater() throws Exception {
        var random = new Random(20261127);
        var one = Release.write(folder, "1.0", random, 2, 2_000);
        var two = Release.write(folder, "2.0", random, 2, 2_000);
        try (var http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
                var world = new InProcessWorld(folder.resolve("world"))) {
            var rest = world.rest();
            rest.register(NAME, "orders");
            world.deploy(NAME, "1.0", one.folder());
            world.deploy(NAME, "2.0", two.folder());
            var listed = rest.post(
                    "/v1/environments/prod/operator-keys", Map.of("publicKey", operator.publicKey(), "name", "olivia"));
            assertThat(listed.status()).as("%s", listed.body()).isEqualTo(201);
            var order = operator.rollback(
                    NAME, Slot.PREVIOUS_LKG, InstantSource.system().instant());
            for (var region : InProcessWorld.REGIONS) {
                await().atMost(LIMIT)
                        .until(() ->
                                give(http, world, region, order, "?dryRun=true").statusCode() == 200);
                assertThat(Pages.version(world.nodeUri(region), "orders")).isEqualTo("2.0");
            }

            world.stopControl();
            for (var region : InProcessWorld.REGIONS) {
                var given = give(http, world, region, order, "");
                assertThat(given.statusCode()).as("%s", given.body()).isEqualTo(200);
                // At once: the next page is another one.
                isTakenBack(world, region, order);
            }
            for (var region : new String[] {"westus", "brazilsouth"}) {
                world.stopNode(region);
                world.startNode(region);
                await().atMost(LIMIT)
                        .ignoreExceptionsMatching(IOException.class::isInstance)
                        .untilAsserted(() -> isTakenBack(world, region, order));
            }

            world.startControl();

            await().atMost(LIMIT)
                    .ignoreExceptionsMatching(IOException.class::isInstance)
                    .untilAsserted(() -> assertThat(rest.get("/v1/overrides").text("/items/0/state"))
                            .isEqualTo("ADOPTED"));
            var end = rest.awaitFinal(rest.get("/v1/overrides").text("/items/0/rollout"));
            assertThat(end.text("/kind")).isEqualTo("rollback");
            assertThat(end.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(end.text("/version")).isEqualTo("1.0");
            assertThat(end.text("/reason")).contains(order.id(), "olivia");
            assertThat(end.text("/hold/withdrawn/0")).isEqualTo("2.0");
            assertThat(end.body().at("/regionsTotal").asInt()).isEqualTo(InProcessWorld.REGIONS.size());
            await().atMost(LIMIT).untilAsserted(() -> {
                for (var region : InProcessWorld.REGIONS) {
                    var page = Pages.get(world.nodeUri(region).resolve("/orders"));
                    assertThat(page.headers().firstValue("X-Portolan-Version")).contains("1.0");
                    assertThat(page.headers().firstValue(HEADER)).isEmpty();
                }
            });
            assertThat(rest.post("/v1/rollouts", Map.of("extension", NAME, "version", "2.0"))
                            .status())
                    .as("held")
                    .isEqualTo(409);
            assertThat(rest.get("/v1/log/verify").body().at("/ok").asBoolean()).isTrue();
            assertThat(rest.get("/v1/log/replay").body().at("/differences")).isEmpty();
        }
    }

    private HttpResponse<String> give(
            HttpClient http, InProcessWorld world, String region, OperatorOverride order, String query)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(world.nodeUri(region).resolve(OperatorOverride.PATH + query))
                        .timeout(Duration.ofSeconds(30))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(operator.sign(order)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static void isTakenBack(InProcessWorld world, String region, OperatorOverride order)
            throws IOException, InterruptedException {
        var page = Pages.get(world.nodeUri(region).resolve("/orders"));
        assertThat(page.statusCode()).as(region).isEqualTo(200);
        assertThat(page.headers().firstValue("X-Portolan-Version")).as(region).contains("1.0");
        assertThat(page.headers().firstValue(HEADER)).as(region).hasValueSatisfying(value -> assertThat(value)
                .contains(order.id()));
    }
}
