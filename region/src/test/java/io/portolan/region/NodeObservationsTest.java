package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.protocol.Json;
import io.portolan.protocol.ObservationTable;
import io.portolan.testkit.Samples;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node sees of others, and where it sends browsers; over real HTTP. */
class NodeObservationsTest {
    @TempDir
    private Path folder;

    @Test
    void tellsWhatItSeesAndRanksBases() throws Exception {
        try (var world = new NodeWorld(folder, io.portolan.model.FailPoints.NONE)) {
            world.server.put(Samples.region(
                    "southeastasia",
                    java.util.Objects.requireNonNull(Samples.DEV_REGIONS.get("southeastasia")),
                    "127.0.1.5",
                    "http://127.0.0.1:1"));
            world.publish(new Extension("Contoso_Orders", "orders")
                    .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                    .gives("1.0"));
            world.awaitVersion("orders", "1.0");

            var table = await().atMost(Duration.ofSeconds(60))
                    .until(
                            () -> Json.read(world.get(ObservationTable.PATH).body(), ObservationTable.class),
                            read -> read.targets().containsKey("southeastasia"));
            assertThat(table.kind()).isEqualTo("region");
            assertThat(table.targets()).doesNotContainKey(table.place());

            var answer = world.get("/-/bases/orders");
            var bases = Json.mapper().readTree(answer.body());
            assertThat(answer.status()).isEqualTo(200);
            assertThat(bases.at("/extension").asString()).isEqualTo("Contoso_Orders");
            assertThat(bases.at("/bases/0/region").asString()).isEqualTo(table.place());
            assertThat(bases.at("/bases/0/version").asString()).isEqualTo("1.0");
            assertThat(bases.has("alias") && !bases.at("/alias").isNull()).isFalse();
            for (var named : java.util.List.of("1.0", "nosuch")) {
                var asked = world.get("/-/bases/orders?alias=" + named);
                assertThat(Json.mapper().readTree(asked.body()).at("/alias").asBoolean())
                        .as(named)
                        .isEqualTo(named.equals("1.0"));
            }
            assertThat(world.get("/-/bases/nothing").status()).isEqualTo(404);
        }
    }
}
