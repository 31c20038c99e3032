package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.planner.bringup.Sight;
import io.portolan.protocol.NodeStatus;
import io.portolan.testkit.MutableClock;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What cannot be read is not taken for good, and not for nobody. */
class SightsTest {
    private static final Instant START = Instant.parse("2026-11-27T12:00:00Z");

    private final MutableClock clock = new MutableClock(START);
    private final NodeRegistry registry = new NodeRegistry();
    private final Records.Node node = new Records.Node(
            Records.SCHEMA,
            "node-uksouth",
            "region",
            new EnvironmentName("prod"),
            new RegionName("uksouth"),
            "key",
            "http://127.0.0.1:1",
            START);

    @Test
    void aNodeThatLivesAndCannotBeReadHasAnUnknownNumberOfUsers() {
        try (var http = HttpClient.newHttpClient();
                var inspector = new RegionInspector(http, browser(), new Changes(), clock)) {
            var sights = new Sights(new FleetObserver(registry), registry, inspector);

            assertThat(sights.traffic(List.of(node), List.of(), clock.instant()))
                    .as("never heard of since this process began")
                    .isEqualTo(new Sight.Traffic(false, 0));
            registry.heard(status(), clock.instant());
            assertThat(sights.traffic(List.of(node), List.of(), clock.instant()))
                    .as("heard of a moment ago")
                    .isEqualTo(new Sight.Traffic(false, 0));

            clock.advance(NodeRegistry.SILENCE.plusSeconds(1));
            assertThat(sights.traffic(List.of(node), List.of(), clock.instant()))
                    .as("fallen silent")
                    .isEqualTo(new Sight.Traffic(true, 0));
        }
    }

    @Test
    void aNodeWhoseAnswersCannotBeReadIsNotGood() {
        try (var http = HttpClient.newHttpClient();
                var inspector = new RegionInspector(http, browser(), new Changes(), clock)) {
            var sights = new Sights(new FleetObserver(registry), registry, inspector);

            assertThat(sights.health(List.of(node), List.of()).verdict()).isEqualTo(Sight.Health.Verdict.UNKNOWN);
        }
    }

    private PageBrowser browser() {
        return new PageBrowser(BrowserSettings.OFF, Path.of("browsers"), clock);
    }

    private NodeStatus status() {
        return new NodeStatus(
                node.id(),
                node.environment(),
                node.region(),
                "region",
                node.url(),
                "boot",
                1,
                1,
                1,
                "",
                List.of(),
                0,
                0,
                List.of(),
                0,
                List.of(),
                0,
                "",
                List.of(),
                List.of(),
                clock.instant());
    }
}
