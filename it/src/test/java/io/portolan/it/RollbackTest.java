package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rollback after completed rollouts, its figures from the nodes' signed status. */
@Timeout(120)
class RollbackTest {
    private static final String NAME = "Contoso_Orders";

    @TempDir
    Path folder;

    @Test
    void goesBackInEveryRegionWithoutMovingABlobAndMovesExactlyTheOneThatIsMissing() throws Exception {
        long seed = Long.getLong("portolan.seed", 20261123);
        System.out.println("seed=" + seed);
        var random = new Random(seed);
        var one = Release.write(folder, "1.0", random, 4, 20_000);
        var two = Release.write(folder, "2.0", random, 4, 20_000);
        var three = Release.write(folder, "3.0", random, 4, 20_000);
        var releases = List.of(one, two, three);
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            world.rest().register(NAME, "orders");
            world.deploy(NAME, "1.0", one.folder());
            world.deploy(NAME, "2.0", two.folder());

            var back = rollBack(world);

            assertThat(back.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(back.text("/version")).isEqualTo("1.0");
            assertThat(back.body().at("/regionsTotal").asInt()).isEqualTo(6);
            assertThat(back.body().at("/regionsConverged").asInt()).isEqualTo(6);
            assertThat(back.body().at("/blobsMoved").asLong(-1)).isZero();
            assertServed(world, "1.0", releases);

            var held = world.rest().post("/v1/rollouts", Map.of("extension", NAME, "version", "2.0"));
            assertThat(held.status()).isEqualTo(409);
            assertThat(held.text("/code")).isEqualToIgnoringCase("held");
            assertServed(world, "1.0", releases);

            // A newer version lifts the hold; on the way back one blob of 1.0 is gone from one disk.
            world.deploy(NAME, "3.0", three.folder());
            assertServed(world, "3.0", releases);
            deleteBlob(world, "westeurope", one.asset("asset-2.js"));

            var again = rollBack(world);

            assertThat(again.text("/state")).isEqualTo("SUCCEEDED");
            assertThat(again.text("/version")).isEqualTo("1.0");
            assertThat(again.body().at("/regionsConverged").asInt()).isEqualTo(6);
            assertThat(again.body().at("/blobsMoved").asLong(-1)).isEqualTo(1);
            assertServed(world, "1.0", releases);
        }
    }

    private static Rest.Reply rollBack(InProcessWorld world) throws Exception {
        var back = world.rest().post("/v1/rollbacks", Map.of("extension", NAME, "to", "auto"), "Prefer", "wait=60");
        assertThat(back.status()).as("%s", back.body()).isEqualTo(200);
        System.out.println("rollback to=" + back.text("/version")
                + " regions=" + back.body().at("/regionsConverged").asInt()
                + " elapsedMillis=" + back.body().at("/elapsedMillis").asLong()
                + " blobsMoved=" + back.body().at("/blobsMoved").asLong());
        return back;
    }

    private static void deleteBlob(InProcessWorld world, String region, byte[] content) throws Exception {
        Files.delete(Blobs.file(world.nodeFolder(region).resolve("blobs"), content));
    }

    private static void assertServed(InProcessWorld world, String version, List<Release> releases) throws Exception {
        for (var region : InProcessWorld.REGIONS) {
            try (var visitor = new Visitor(world.nodeUri(region), "orders", releases)) {
                var seen = visitor.visit();
                assertThat(seen.wrong()).as(region).isEmpty();
                assertThat(seen.version()).as(region).isEqualTo(version);
            }
        }
    }
}
