package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.Slot;
import io.portolan.protocol.OperatorOverride;
import io.portolan.testkit.Operator;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.URI;
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

/**
 * A node process halts after it has written an operator's override and before it acts: started again it obeys, and the control plane
 * takes the override over for that region alone.
 */
@Timeout(180)
class OverrideCrashTest {
    private static final String NODE = CrashWorld.REGIONS.getFirst();
    private static final String OTHER = CrashWorld.REGIONS.getLast();
    private static final Duration SHORT_BAKE = Duration.ofMillis(50);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Operator operator = new Operator(Samples.PROD);
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path folder;

    private static URI at(CrashWorld world, String region, String path) {
        return URI.create(world.settings().nodeUri(region) + path);
    }

    private HttpResponse<String> give(CrashWorld world, OperatorOverride order, String query)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(at(world, NODE, OperatorOverride.PATH + query))
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofByteArray(operator.sign(order)))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private String served(CrashWorld world, String region) throws IOException, InterruptedException {
        var page = http.send(
                HttpRequest.newBuilder(at(world, region, "/" + CrashScenario.ROUTE))
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return page.headers().firstValue("X-Portolan-Version").orElse("");
    }

    @Test
    void anOrderThatWasWrittenIsObeyedAfterTheCrashAndTakenOver() throws Exception {
        var random = new Random(20261127);
        var one = Release.write(folder, "1.0", random, 2, 2_000);
        var two = Release.write(folder, "2.0", random, 2, 2_000);
        try (var world = new CrashWorld(folder, NODE, none -> FailPoints.NONE)) {
            var rest = new Rest(world.settings().controlUri());
            var user = new CrashScenario(world.settings().controlUri(), folder);
            user.register();
            user.publish(one);
            user.rollOut("1.0", SHORT_BAKE);
            user.publish(two);
            user.rollOut("2.0", SHORT_BAKE);
            var listed = rest.post(
                    "/v1/environments/prod/operator-keys", Map.of("publicKey", operator.publicKey(), "name", "olivia"));
            assertThat(listed.status()).as("%s", listed.body()).isEqualTo(201);
            var order = operator.rollback(
                    CrashScenario.NAME,
                    Slot.PREVIOUS_LKG,
                    InstantSource.system().instant());
            await().atMost(LIMIT).until(() -> give(world, order, "?dryRun=true").statusCode() == 200);

            world.crashAt(FailPoint.OVERRIDE_STORED);
            assertThatThrownBy(() -> give(world, order, ""))
                    .as("the process has halted")
                    .isInstanceOf(IOException.class);
            world.awaitRevived();

            await().atMost(LIMIT)
                    .ignoreExceptionsMatching(IOException.class::isInstance)
                    .untilAsserted(() -> assertThat(served(world, NODE)).isEqualTo("1.0"));
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(rest.get("/v1/overrides").text("/items/0/state"))
                            .isEqualTo("ADOPTED"));
            var end = rest.awaitFinal(rest.get("/v1/overrides").text("/items/0/rollout"));
            assertThat(end.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(end.body().at("/regionsTotal").asInt()).isEqualTo(1);
            assertThat(served(world, NODE)).isEqualTo("1.0");
            assertThat(served(world, OTHER)).isEqualTo("2.0");
            assertThat(rest.get("/v1/log/verify").body().at("/ok").asBoolean()).isTrue();
        }
    }
}
