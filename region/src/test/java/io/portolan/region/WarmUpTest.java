package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that asks itself first serves meanwhile, becomes ready in a bounded time, and counts none of it. */
class WarmUpTest {
    @Test
    void becomesReadyAfterwardsAndCountsNothing(@TempDir Path folder) throws IOException {
        try (var world =
                new NodeWorld(folder, FailPoints.NONE, settings -> settings.withWarmUp(Duration.ofMillis(500)))) {
            world.publish(new Extension("Contoso_Orders", "orders")
                    .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                    .gives("1.0"));
            assertThat(world.get("/readyz").text()).doesNotContain("stopping");
            world.awaitVersion("orders", "1.0");

            await().atMost(NodeWorld.LIMIT).until(() -> world.node().isReady());

            assertThat(world.get("/readyz").status()).isEqualTo(200);
            long counted = world.get("/metrics")
                    .text()
                    .lines()
                    .filter(line -> line.startsWith("portolan_node_responses_total{status=\"2xx\"} "))
                    .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
            assertThat(counted).isLessThan(50);
        }
    }
}
