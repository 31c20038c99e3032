package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A version is rolled out, and rolled back, under clients that ask without pause over connections that they keep. */
@Timeout(240)
class LoadTest {
    private static final String NAME = "Contoso_Orders";
    private static final int CLIENTS = 50;

    @TempDir
    Path folder;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong visits = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong repeated = new AtomicLong();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    @Test
    void noAnswerFailsOrIsMixedWhileAVersionIsRolledOutAndRolledBack() throws Exception {
        long seed = Long.getLong("portolan.seed", 20261123);
        var random = new Random(seed);
        var one = Release.write(folder, "1.0", random, 6, 30_000);
        var two = Release.write(folder, "2.0", random, 6, 30_000);
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            world.rest().register(NAME, "orders");
            world.deploy(NAME, "1.0", one.folder());
            assertThat(world.publish(NAME, "2.0", two.folder()).status()).isEqualTo(201);

            var back = rollOutAndBackUnderLoad(world, List.of(one, two));

            System.out.println("seed=" + seed + " clients=" + CLIENTS + " visits=" + visits + " answers=" + answers
                    + " wrong=" + wrong.size() + " repeatedOnClosedIdle=" + repeated + " rollbackMillis="
                    + back.body().at("/elapsedMillis").asLong() + " blobsMoved="
                    + back.body().at("/blobsMoved").asLong());
            assertThat(wrong).isEmpty();
            assertThat(answers.get()).isGreaterThan(CLIENTS);
            assertThat(back.text("/state")).as("%s", back.body()).isEqualTo("SUCCEEDED");
            assertThat(back.body().at("/blobsMoved").asLong(-1)).isZero();
            assertEachRegionHeldEverythingWhenItWasSwitched(world);
        }
    }

    /** Gives the rollback; all clients have ended. */
    private Rest.Reply rollOutAndBackUnderLoad(InProcessWorld world, List<Release> releases) throws Exception {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    var region = InProcessWorld.REGIONS.get(i % InProcessWorld.REGIONS.size());
                    clients.execute(() -> visitWithoutPause(world, region, releases));
                }
                awaitSeenEverywhere("1.0");
                world.rest().awaitSucceeded(world.rest().start(NAME, "2.0"));
                awaitSeenEverywhere("2.0");
                seen.clear();
                var back = world.rest()
                        .post("/v1/rollbacks", Map.of("extension", NAME, "to", "auto"), "Prefer", "wait=60");
                awaitSeenEverywhere("1.0");
                return back;
            } finally {
                ended.set(true);
            }
        }
    }

    private void visitWithoutPause(InProcessWorld world, String region, List<Release> releases) {
        try (var visitor = new Visitor(world.nodeUri(region), "orders", releases)) {
            while (!ended.get()) {
                var visit = visitor.visit();
                if (!visit.wrong().isEmpty()) {
                    wrong.add(region + ": " + visit.wrong());
                }
                seen.add(region + " " + visit.version());
                visits.incrementAndGet();
            }
            answers.addAndGet(visitor.answers());
            repeated.addAndGet(visitor.repeated());
        } catch (IOException | RuntimeException e) {
            wrong.add(region + ": " + e);
        }
    }

    private void awaitSeenEverywhere(String version) {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            assertThat(wrong).isEmpty();
            return InProcessWorld.REGIONS.stream().allMatch(region -> seen.contains(region + " " + version));
        });
    }

    /** The log has every change of a node's status and every switch, in their order. */
    private static void assertEachRegionHeldEverythingWhenItWasSwitched(InProcessWorld world) throws Exception {
        var statuses = new HashMap<String, JsonNode>();
        var switched = new HashMap<String, String>();
        for (var row : world.rest().get("/v1/log?limit=1000").body().at("/items")) {
            var type = row.at("/type").asString();
            if (type.equals("portolan.node.status")) {
                statuses.put(row.at("/data/region").asString(), row.at("/data"));
            } else if (type.startsWith("portolan.rollout.")) {
                for (var region : row.at("/data/after/regions").properties()) {
                    var version = region.getValue().asString();
                    if (!version.equals(switched.put(region.getKey(), version)) && version.equals("2.0")) {
                        var status = statuses.get(region.getKey());
                        assertThat(status).as(region.getKey()).isNotNull();
                        assertThat(status.at("/lackingCount").asInt(-1))
                                .as("lackingCount of %s when it was switched", region.getKey())
                                .isZero();
                    }
                }
            }
        }
        assertThat(switched).hasSize(InProcessWorld.REGIONS.size());
    }
}
