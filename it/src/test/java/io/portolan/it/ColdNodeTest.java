package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.protocol.Json;
import io.portolan.sync.PeerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rule F7: a node with an empty disk starts while control plane and store are gone, and its peers are up. */
class ColdNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String COLD = "brazilsouth";

    @TempDir
    private Path folder;

    @Test
    void f7StartsFromPeersAndJoinsWhenTheControlPlaneIsBack() throws Exception {
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            world.rest().register("Contoso_Orders", "orders");
            world.deploy("Contoso_Orders", "1.0", Sources.page(folder.resolve("one"), "one"));
            world.awaitConverged("Contoso_Orders");
            var key = Json.mapper()
                    .readTree(Files.readAllBytes(world.nodeFolder("westus").resolve("trust.json")))
                    .at("/keys/0")
                    .asString();
            world.stopNode(COLD);
            delete(world.nodeFolder(COLD));
            world.stopControl();

            world.startNode(COLD, new PeerSettings(List.of(world.nodeUri("westus")), key));

            var node = world.nodeUri(COLD);
            await().atMost(PATIENCE).until(() -> Pages.version(node, "orders"), "1.0"::equals);
            await().atMost(PATIENCE)
                    .until(() -> Pages.get(node.resolve("/readyz")).statusCode() == 200);
            for (var path : List.of("/orders/Content/1.0/app.js", "/orders/Content/1.0/style.css")) {
                assertThat(Pages.get(node.resolve(path)).body())
                        .isEqualTo(
                                Pages.get(world.nodeUri("westus").resolve(path)).body());
            }

            world.startControl();
            world.deploy("Contoso_Orders", "2.0", Sources.page(folder.resolve("two"), "two"));

            assertThat(Pages.version(node, "orders")).isEqualTo("2.0");
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
