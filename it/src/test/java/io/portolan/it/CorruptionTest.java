package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.protocol.Json;
import io.portolan.testkit.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Content that is damaged on the way to a node, or on its disk. */
@Timeout(180)
class CorruptionTest {
    private static final String NAME = "Contoso_Orders";
    private static final String REGION = "westus";
    /** Of the first stage that has regions. */
    private static final String FIRST = "westcentralus";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final Random random = seeded();

    private static Random seeded() {
        long seed = Long.getLong("portolan.seed", 20261123);
        System.out.println("seed=" + seed);
        return new Random(seed);
    }

    @Test
    void aBlobCorruptedOnTheWayIsRefusedWithTheReasonAndTheRolloutGoesOnByItselfAfterwards() throws Exception {
        var one = Release.write(folder, "1.0", random, 3, 5_000);
        var two = Release.write(folder, "2.0", random, 3, 5_000);
        try (var store = FaultyStore.everywhere();
                var world = new InProcessWorld(folder.resolve("world"), store)) {
            world.rest().register(NAME, "orders");
            world.deploy(NAME, "1.0", one.folder());
            // Beyond the page and within the assets.
            store.set(new Fault.CorruptBody(4_000, "/v1/blobs/"));
            assertThat(world.publish(NAME, "2.0", two.folder()).status()).isEqualTo(201);

            var rollout = world.rest().start(NAME, "2.0");

            await().atMost(LIMIT).untilAsserted(() -> {
                assertThat(world.rest().get("/v1/rollouts/" + rollout).text("/waitingFor/text"))
                        .contains("node-" + FIRST)
                        .contains("digest")
                        .contains("2.0");
                assertThat(region(world, FIRST).at("/nodes/0/lastError").asString())
                        .contains(NAME + " 2.0")
                        .contains("digest");
                assertThat(diagnosed(world, FIRST)).contains(NAME + " 2.0").contains("digest");
            });
            assertThat(store.corrupted()).isPositive();
            assertServed(world, FIRST, "1.0", List.of(one, two));
            assertThat(region(world, FIRST).at("/desired").asString()).isEqualTo("1.0");
            for (var asset : two.assets().values()) {
                assertThat(Blobs.file(world.nodeFolder(FIRST).resolve("blobs"), asset))
                        .doesNotExist();
            }

            store.set(new Fault.Pass());
            world.rest().awaitSucceeded(rollout);

            assertServed(world, FIRST, "2.0", List.of(one, two));
            await().atMost(LIMIT).untilAsserted(() -> {
                assertThat(region(world, FIRST).at("/nodes/0/lastError").asString())
                        .isEmpty();
                assertThat(diagnosed(world, FIRST)).isEmpty();
            });
        }
    }

    @Test
    void aBlobDamagedOnDiskIsNeverServedAndIsRepaired() throws Exception {
        // One asset that is held in memory, one that is sent from its file.
        var small = Release.write(folder, "1.0", random, 2, 5_000);
        var large = Release.write(folder, "2.0", random, 2, 400_000);
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            world.rest().register(NAME, "orders");
            world.deploy(NAME, "1.0", small.folder());
            world.deploy(NAME, "2.0", large.folder());
            world.stopNode(REGION);
            for (var release : List.of(small, large)) {
                damage(blob(world, release, "asset-0.js"));
                Files.write(blob(world, release, "asset-1.js"), new byte[17]);
            }

            world.startNode(REGION);
            int[] right = new int[1];
            try (var node = new KeepAlive(world.nodeUri(REGION))) {
                await().atMost(LIMIT).untilAsserted(() -> {
                    for (var release : List.of(small, large)) {
                        for (var asset : release.assets().entrySet()) {
                            var answer = node.get("/orders/Content/" + release.version() + "/" + asset.getKey());
                            if (answer.status() == 200) {
                                assertThat(Digest.of(answer.body())).isEqualTo(Digest.of(asset.getValue()));
                                right[0]++;
                            } else {
                                assertThat(answer.status()).isEqualTo(503);
                            }
                        }
                    }
                    assertThat(right[0]).isGreaterThanOrEqualTo(8);
                    for (var release : List.of(small, large)) {
                        for (var asset : release.assets().entrySet()) {
                            assertThat(blob(world, release, asset.getKey())).hasBinaryContent(asset.getValue());
                        }
                    }
                });
            }

            world.awaitConverged(NAME);
            assertServed(world, REGION, "2.0", List.of(small, large));
            DiskCheck.blobsAreWhole(world.nodeFolder(REGION).resolve("blobs"));
        }
    }

    /** Changes one byte in the middle; the size stays. */
    private static void damage(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    private static Path blob(InProcessWorld world, Release release, String asset) {
        return Blobs.file(world.nodeFolder(REGION).resolve("blobs"), release.asset(asset));
    }

    private static JsonNode region(InProcessWorld world, String name) throws Exception {
        return world.rest()
                .get("/v1/extensions/" + NAME + "/status")
                .body()
                .at("/environments/0/regions")
                .valueStream()
                .filter(region -> region.at("/region").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What the node's diagnostics say is wrong with the extension. */
    private static String diagnosed(InProcessWorld world, String region) throws IOException {
        try (var node = new KeepAlive(world.nodeUri(region))) {
            return Json.mapper()
                    .readTree(node.get("/orders/api/diagnostics").body())
                    .at("/extensions/" + NAME + "/lastError")
                    .asString();
        }
    }

    private static void assertServed(InProcessWorld world, String region, String version, List<Release> releases)
            throws IOException {
        try (var visitor = new Visitor(world.nodeUri(region), "orders", releases)) {
            var seen = visitor.visit();
            assertThat(seen.wrong()).isEmpty();
            assertThat(seen.version()).isEqualTo(version);
        }
    }
}
