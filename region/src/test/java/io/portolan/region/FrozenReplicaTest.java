package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.protocol.Json;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a call sees whose only replica is frozen while it waits there. A real node, a real process, SIGSTOP. */
class FrozenReplicaTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String SERVER = """
            import { createServer } from 'node:http';
            createServer((request, response) => response.end(String(process.pid))).listen(Number(process.env.PORT), process.env.HOST);
            """;
    /** Looked at every five minutes: but for the call nobody would notice before it gave up. */
    private static final HealthCheck SELDOM =
            new HealthCheck("/healthz", Duration.ofMinutes(5), Duration.ofSeconds(2), 2, Duration.ofMinutes(5));

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();

    private static Release release() {
        return Release.simple("Contoso_Orders", "1.0")
                .file("controllers/quotes/server.mjs", SERVER)
                .controller(new ControllerSpec(
                        "quotes",
                        "quotes",
                        ControllerKind.PROCESS,
                        new ProcessSpec(ControllerRuntimeKind.NODE, "controllers/quotes/", List.of("server.mjs")),
                        "",
                        List.of(),
                        0,
                        Map.of(),
                        "",
                        SELDOM,
                        Map.of(),
                        Resources.UNLIMITED,
                        Replicas.ONE,
                        ControllerPlacement.ALL,
                        Duration.ofMinutes(5),
                        new CallTimeouts(Duration.ofSeconds(2), LIMIT, LIMIT),
                        List.of()));
    }

    @Test
    void aCallThatMustNotBeMadeTwiceEndsWithTheReplicaAndSaysThatItMayHaveBeenMade() throws Exception {
        try (var world = new NodeWorld(
                folder,
                FailPoints.NONE,
                settings -> settings.withControllers(ControllerSettings.DEFAULTS.allowing(List.of("*"))))) {
            world.publish(new Extension("Contoso_Orders", "orders")
                    .holds(world.server, release())
                    .gives("1.0"));
            await().atMost(LIMIT).until(() -> call(world, "GET").statusCode() == 200);
            long frozen = Long.parseLong(call(world, "POST").body());
            new ProcessBuilder("kill", "-STOP", String.valueOf(frozen)).start().waitFor();

            long begun = System.nanoTime();
            var answer = call(world, "POST");
            System.out.println("a call at a frozen replica: " + answer.statusCode() + " after "
                    + Duration.ofNanos(System.nanoTime() - begun).toMillis() + " ms");

            assertThat(answer.statusCode()).isEqualTo(502);
            var problem = Json.mapper().readTree(answer.body());
            assertThat(problem.path("code").asString()).isEqualTo("BROKEN");
            assertThat(problem.path("detail").asString()).endsWith("; it may have done what it was asked");
            await().atMost(LIMIT).until(() -> call(world, "POST").statusCode() == 200);
            assertThat(Long.parseLong(call(world, "POST").body())).isNotEqualTo(frozen);
        }
    }

    private HttpResponse<String> call(NodeWorld world, String method) throws Exception {
        return http.send(
                HttpRequest.newBuilder(world.node().uri().resolve("/orders/api/quotes/any"))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .timeout(LIMIT)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
