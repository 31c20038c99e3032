package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.region.RegionNode;
import io.portolan.region.RegionSettings;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.HaltingFailPoints;
import io.portolan.testkit.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The control plane is killed at every step of a region's way, and started again: the end is the same, and nothing happens twice. */
@Timeout(500)
class BringUpCrashTest {
    private static final Duration LIMIT = Duration.ofSeconds(240);
    private static final String NEW = "japaneast";

    @TempDir
    Path folder;

    @Test
    void rg20_a_region_reaches_its_users_though_the_control_plane_dies_in_every_state() throws Exception {
        reachesItsUsers(CrashMain.EMBEDDED);
    }

    @Test
    void rg20_the_same_with_its_state_in_postgresql() throws Exception {
        assumeThat(PostgresServer.installed())
                .as("PostgreSQL is installed; ./portolan test insists on it")
                .isTrue();
        try (var server = PostgresServer.start()) {
            reachesItsUsers(server.newDatabase());
        }
    }

    private void reachesItsUsers(String database) throws Exception {
        var settings = WorldSettings.free(folder.resolve("world"), CrashWorld.REGIONS);
        var errors = folder.resolve("child.log");
        Files.createDirectories(settings.folder());
        var child = CrashChild.start(settings, CrashMain.CONTROL, database, errors);
        var nodes = new ArrayList<AutoCloseable>();
        var deaths = new ArrayList<FailPoint>();
        try {
            for (var region : CrashWorld.REGIONS) {
                nodes.add(CrashMain.start(settings, region, FailPoints.NONE));
            }
            var rest = new Rest(settings.controlUri());
            var user = new CrashScenario(settings.controlUri(), folder);
            user.register();
            user.publish(Release.write(folder, "1.0", new Random(20261127), 3, 5_000));
            user.rollOut("1.0", Duration.ofMillis(50));
            assertThat(rest.post("/v1/regions", Map.of("name", NEW)).status()).isEqualTo(201);
            var token = rest.post("/v1/regions/" + NEW + "/tokens", Map.of()).text("/token");
            var points = new ArrayDeque<>(List.of(
                    FailPoint.REGION_STEP_DECIDED,
                    FailPoint.REGION_STEP_RECORDED,
                    FailPoint.REGION_ENROLLED,
                    FailPoint.REGION_STEP_RECORDED,
                    FailPoint.REGION_POINTED));
            var armed = points.remove();
            child.arm(armed.name());
            nodes.add(node(settings, token));
            // From the last of these points on it dies at every step, until there is none left.
            while (true) {
                var present = child;
                var waited = armed;
                await().atMost(LIMIT).until(() -> !present.isAlive() || isPast(state(rest), waited));
                if (present.isAlive()) {
                    if (state(rest).equals("LIVE")) {
                        if (!dies(present)) {
                            break;
                        }
                        continue;
                    }
                    // It was passed before it could be armed: the process was quicker than this test.
                } else {
                    assertThat(present.awaitExit()).isEqualTo(HaltingFailPoints.EXIT_CODE);
                    deaths.add(armed);
                    child = CrashChild.start(settings, CrashMain.CONTROL, database, errors);
                }
                armed = points.isEmpty() ? FailPoint.REGION_STEP_RECORDED : points.remove();
                child.arm(armed.name());
            }

            assertThat(deaths)
                    .hasSizeGreaterThan(5)
                    .contains(FailPoint.REGION_STEP_DECIDED, FailPoint.REGION_STEP_RECORDED);
            assertThat(entered(rest))
                    .containsExactly(
                            "DECLARED",
                            "PREFLIGHT",
                            "ENROLLING",
                            "SEEDING",
                            "WIRING",
                            "VERIFYING",
                            "DARK",
                            "CANARY",
                            "RAMPING",
                            "LIVE");
            assertThat(rest.get("/v1/nodes").body().at("/items").valueStream().filter(node -> node.at("/region")
                            .asString()
                            .equals(NEW)))
                    .hasSize(1);
            assertThat(rest.get("/v1/regions").body().at("/items").valueStream().filter(region -> region.at("/name")
                            .asString()
                            .equals(NEW)))
                    .hasSize(1);
            assertThat(rest.get("/v1/log/replay").body().at("/differences")).isEmpty();
            System.out.println("deaths=" + deaths);
        } finally {
            for (var node : nodes.reversed()) {
                node.close();
            }
            child.close();
        }
    }

    private RegionNode node(WorldSettings settings, String token) throws IOException {
        int port = WorldSettings.freePort("127.0.1.7");
        var replica = new ReplicaSettings(
                "node-" + NEW,
                "region",
                new EnvironmentName("prod"),
                new RegionName(NEW),
                "http://127.0.1.7:" + port,
                settings.controlUri(),
                token,
                folder.resolve("added"),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        return RegionNode.start(RegionSettings.of(replica, "127.0.1.7", port), InstantSource.system(), FailPoints.NONE);
    }

    /** Whether it was seen between the step that gave the region all of its users and its own death by that step. */
    private static boolean dies(CrashChild child) {
        try {
            await().atMost(Duration.ofSeconds(3)).until(() -> !child.isAlive());
            return true;
        } catch (ConditionTimeoutException lives) {
            return false;
        }
    }

    /** Whether a region in that state will not pass the point any more. */
    private static boolean isPast(String state, FailPoint point) {
        if (state.isEmpty()) {
            return false;
        }
        var at = RegionState.valueOf(state).ordinal();
        return switch (point) {
            case REGION_ENROLLED -> at >= RegionState.SEEDING.ordinal();
            case REGION_POINTED -> at >= RegionState.WIRING.ordinal();
            default -> at >= RegionState.LIVE.ordinal();
        };
    }

    private static String state(Rest rest) {
        try {
            return rest.get("/v1/regions/" + NEW).text("/state");
        } catch (IOException away) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** States in the order in which they were entered, each time one was. */
    private static List<String> entered(Rest rest) throws Exception {
        var states = new ArrayList<String>();
        for (JsonNode step : rest.get("/v1/regions/" + NEW).body().at("/timeline")) {
            var after = step.at("/after").asString();
            if (states.isEmpty() || !states.getFirst().equals(after)) {
                states.addFirst(after);
            }
        }
        return states;
    }
}
