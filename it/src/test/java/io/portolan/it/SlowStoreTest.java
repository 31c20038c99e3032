package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** One region's way to the store carries 1 MB/s. */
@Timeout(180)
class SlowStoreTest {
    private static final String NAME = "Contoso_Orders";
    private static final String SLOW = "westus";
    private static final long BYTES_PER_SECOND = 1_000_000;
    private static final List<String> EARLIER = List.of("westcentralus", "southcentralus");
    private static final List<String> LATER = List.of("westeurope", "southeastasia", "brazilsouth");

    @TempDir
    Path folder;

    @Test
    void noRegionIsSwitchedBeforeNothingIsLackingThere() throws Exception {
        long seed = Long.getLong("portolan.seed", 20261123);
        var random = new Random(seed);
        var one = Release.write(folder, "1.0", random, 2, 1_000);
        var two = Release.write(folder, "2.0", random, 12, 500_000);
        try (var store = new FaultyStore(SLOW);
                var world = new InProcessWorld(folder.resolve("world"), store)) {
            world.rest().register(NAME, "orders");
            world.deploy(NAME, "1.0", one.folder());
            store.set(new Fault.Throttle(BYTES_PER_SECOND));
            assertThat(world.publish(NAME, "2.0", two.folder()).status()).isEqualTo(201);

            var rollout = world.rest().start(NAME, "2.0");
            var waits = new TreeSet<String>();
            int[] looks = new int[1];
            boolean[] earlierWentOn = new boolean[1];
            await().atMost(Duration.ofSeconds(120))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        var regions = regions(world);
                        // Asked after the pointers: what was held then is held still.
                        var nodes = world.rest().get("/v1/nodes").body().at("/items");
                        for (var region : regions) {
                            if (region.at("/desired").asString().equals("2.0")) {
                                assertHolds(nodes, region.at("/region").asString());
                                looks[0]++;
                            }
                        }
                        assertThat(desired(regions, SLOW).equals("2.0") || !anyDesires(regions, LATER, "2.0"))
                                .as("a later stage went before the slow region's")
                                .isTrue();
                        earlierWentOn[0] |= EARLIER.stream().allMatch(region -> actual(regions, region)
                                        .equals("2.0"))
                                && desired(regions, SLOW).equals("1.0");
                        var now = world.rest().get("/v1/rollouts/" + rollout);
                        waits.add(now.text("/waitingFor/text"));
                        return now.text("/state").equals("SUCCEEDED");
                    });

            System.out.println("seed=" + seed + " looks=" + looks[0] + " throttledBytes=" + store.responseBytes());
            assertThat(earlierWentOn[0]).as("earlier stages switched meanwhile").isTrue();
            assertThat(waits).anySatisfy(text -> assertThat(text)
                    .contains("node-" + SLOW)
                    .containsPattern("lacks [1-9][0-9]* bytes of 2\\.0"));
            for (var region : InProcessWorld.REGIONS) {
                try (var visitor = new Visitor(world.nodeUri(region), "orders", List.of(one, two))) {
                    var seen = visitor.visit();
                    assertThat(seen.wrong()).as(region).isEmpty();
                    assertThat(seen.version()).as(region).isEqualTo("2.0");
                }
            }
        }
    }

    private static JsonNode regions(InProcessWorld world) throws Exception {
        return world.rest().get("/v1/extensions/" + NAME + "/status").body().at("/environments/0/regions");
    }

    private static void assertHolds(JsonNode nodes, String region) {
        var node = nodes.valueStream()
                .filter(each -> each.at("/region").asString().equals(region))
                .findFirst()
                .orElseThrow();
        assertThat(node.at("/status/lackingCount").asInt(-1))
                .as("lackingCount of %s, which was switched to 2.0", region)
                .isZero();
    }

    private static boolean anyDesires(JsonNode regions, List<String> names, String version) {
        return names.stream().anyMatch(name -> desired(regions, name).equals(version));
    }

    private static String desired(JsonNode regions, String name) {
        return of(regions, name).at("/desired").asString();
    }

    private static String actual(JsonNode regions, String name) {
        return of(regions, name).at("/actual").asString();
    }

    private static JsonNode of(JsonNode regions, String name) {
        return regions.valueStream()
                .filter(region -> region.at("/region").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
