package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.control.DocumentFilter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** One extension's document is poisoned; everybody else goes on. */
@Timeout(180)
class PoisonTest {
    private static final String POISONED = "Contoso_Poisoned";
    private static final String SOUND = "Contoso_Sound";

    @TempDir
    Path folder;

    @Test
    void aPoisonedExtensionKeepsItsVersionWhileAnotherIsRolledOutAndRolledBack() throws Exception {
        long seed = Long.getLong("portolan.seed", 20261123);
        System.out.println("seed=" + seed);
        var random = new Random(seed);
        var one = Release.write(folder, "1.0", random, 2, 2_000);
        var two = Release.write(folder, "2.0", random, 2, 2_000);
        var releases = List.of(one, two);
        var poison = new AtomicBoolean();
        DocumentFilter filter = (key, bytes) -> poison.get() && key.name().equals(POISONED)
                ? "{\"schema\":1,\"name\":".getBytes(StandardCharsets.UTF_8)
                : bytes;
        try (var world = new InProcessWorld(folder.resolve("world"), InProcessWorld.Wiring.DIRECT, filter)) {
            world.rest().register(POISONED, "poisoned");
            world.rest().register(SOUND, "sound");
            world.deploy(POISONED, "1.0", one.folder());
            world.deploy(SOUND, "1.0", one.folder());
            assertThat(world.publish(POISONED, "2.0", two.folder()).status()).isEqualTo(201);
            poison.set(true);

            var stuck = world.rest().start(POISONED, "2.0");
            world.deploy(SOUND, "2.0", two.folder());
            assertServed(world, "sound", "2.0", releases);
            assertServed(world, "poisoned", "1.0", releases);
            var back =
                    world.rest().post("/v1/rollbacks", Map.of("extension", SOUND, "to", "auto"), "Prefer", "wait=60");

            assertThat(back.text("/state")).as("%s", back.body()).isEqualTo("SUCCEEDED");
            System.out.println("rollback beside the poison elapsedMillis="
                    + back.body().at("/elapsedMillis").asLong());
            assertServed(world, "sound", "1.0", releases);
            assertServed(world, "poisoned", "1.0", releases);
            for (var region : regions(world)) {
                var quarantined = region.at("/nodes/0/quarantined/0");
                assertThat(quarantined.at("/extension").asString()).isEqualTo(POISONED);
                assertThat(quarantined.at("/reason").asString()).isNotEmpty();
            }
            var waiting = world.rest().get("/v1/rollouts/" + stuck);
            assertThat(waiting.text("/state")).isEqualTo("RUNNING");
            assertThat(waiting.text("/waitingFor/text")).contains("quarantined it");
            try (var node = new KeepAlive(world.nodeUri("westus"))) {
                assertThat(node.get("/poisoned/api/diagnostics").text()).contains("1.0");
                assertThat(node.get("/readyz").status()).isEqualTo(200);
            }

            poison.set(false);
            // The next change of anything is compiled without the poison.
            world.rest().register("Contoso_Third", "third");
            world.rest().awaitSucceeded(stuck);

            assertServed(world, "poisoned", "2.0", releases);
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(regions(world))
                    .allSatisfy(region ->
                            assertThat(region.at("/nodes/0/quarantined")).isEmpty()));
        }
    }

    private static JsonNode regions(InProcessWorld world) throws Exception {
        return world.rest().get("/v1/extensions/" + POISONED + "/status").body().at("/environments/0/regions");
    }

    private static void assertServed(InProcessWorld world, String route, String version, List<Release> releases)
            throws Exception {
        for (var region : InProcessWorld.REGIONS) {
            try (var visitor = new Visitor(world.nodeUri(region), route, releases)) {
                var seen = visitor.visit();
                assertThat(seen.wrong()).as(region).isEmpty();
                assertThat(seen.version()).as("%s in %s", route, region).isEqualTo(version);
            }
        }
    }
}
