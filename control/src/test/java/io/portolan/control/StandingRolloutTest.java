package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.protocol.Signer;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.SqliteStateStore;
import io.portolan.testkit.MutableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rollout that waits for a region that does not come: somebody is told, once. */
class StandingRolloutTest {
    private static final RegionName MISSING = new RegionName("brazilsouth");

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));

    @TempDir
    private Path folder;

    @Test
    void isAnIncidentOnceAfterThreeTimesThePlansTime() {
        try (var store = SqliteStateStore.open(folder.resolve("state.db"), SqliteStateStore.Durability.PROCESS_END)) {
            store.write(tx -> {
                StormWorld.whole(tx, clock.instant());
                return true;
            });
            var fleet =
                    new SimulatedFleet(store, StormWorld.PROD, StormWorld.EXTENSION, StormWorld.REGIONS, new Random(1));
            fleet.makeWell();
            StormWorld.REGIONS.stream().filter(MISSING::equals).forEach(fleet::leave);
            var process = new SimulatedControl(store, Signer.generate(), clock, Parts.TRUE);
            process.post(
                    "/v1/rollouts",
                    // Its gate flaps, and is not what this is about.
                    new RolloutBody.Start(
                            StormWorld.EXTENSION,
                            StormWorld.PROD,
                            StormWorld.version(1),
                            null,
                            "30s",
                            "because",
                            null,
                            null,
                            null,
                            null,
                            false),
                    Map.of());
            for (int i = 0; i < 150; i++) {
                fleet.report(process, clock.instant());
                process.engine.turn();
                clock.advance(Duration.ofSeconds(4));
            }
            assertThat(store.<List<Records.Incident>>read(Incidents::open)).isEmpty();

            for (int i = 0; i < 36; i++) {
                clock.advance(Duration.ofMinutes(1));
                fleet.report(process, clock.instant());
                process.engine.turn();
            }
            var open = store.<List<Records.Incident>>read(Incidents::open);
            assertThat(open).hasSize(1);
            assertThat(open.getFirst().severity()).isEqualTo(3);
            assertThat(open.getFirst().summary()).contains("has stood for").contains(MISSING.value());
            process.post("/v1/incidents/" + open.getFirst().id() + "/resolve", Map.of("reason", "we know"), Map.of());
            clock.advance(Duration.ofMinutes(1));
            process.engine.turn();
            assertThat(store.<List<Records.Incident>>read(Incidents::open)).isEmpty();
        }
    }
}
