package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RolloutState;
import io.portolan.model.Route;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Gate;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.RolloutPlanner;
import io.portolan.protocol.Signer;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault of ours about one team's rollout: the other teams' go on. */
class UndecidableRolloutTest {
    private static final ExtensionName BROKEN = new ExtensionName("Contoso_Broken");

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));

    @TempDir
    private Path folder;

    @Test
    void keepsNoOtherFromItsEnd() {
        try (var store = SqliteStateStore.open(folder.resolve("state.db"), SqliteStateStore.Durability.PROCESS_END)) {
            store.write(tx -> {
                StormWorld.whole(tx, clock.instant());
                declareBroken(tx);
                return true;
            });
            var fleet =
                    new SimulatedFleet(store, StormWorld.PROD, StormWorld.EXTENSION, StormWorld.REGIONS, new Random(1));
            fleet.makeWell();
            var process = new SimulatedControl(store, Signer.generate(), clock, parts());
            start(process, BROKEN);
            start(process, StormWorld.EXTENSION);

            for (int i = 0; i < 400 && state(store, StormWorld.EXTENSION) != RolloutState.SUCCEEDED; i++) {
                fleet.report(process, clock.instant());
                process.engine.turn();
                clock.advance(Duration.ofSeconds(4));
            }

            assertThat(state(store, StormWorld.EXTENSION)).isEqualTo(RolloutState.SUCCEEDED);
            assertThat(state(store, BROKEN)).isEqualTo(RolloutState.RUNNING);
            var waiting = process.engine.waiting("ro-1").orElseThrow().step();
            assertThat(waiting.text()).startsWith("it cannot be decided, by a fault of Portolan's: ");
            assertThat(waiting.actors()).contains("anyone who may abort it");
        }
    }

    private static Parts parts() {
        return new Parts() {
            @Override
            public RolloutSteps.Rules rules() {
                return (rollout, scene, now) -> {
                    if (rollout.extension().equals(BROKEN)) {
                        throw new NullPointerException("a fault of the rules', as this test wants it");
                    }
                    return RolloutPlanner.next(rollout, scene, now);
                };
            }

            @Override
            public Gate gate() {
                return Gate.TIME;
            }
        };
    }

    private void declareBroken(Writer tx) {
        var digest = Digest.of("broken".getBytes(StandardCharsets.UTF_8));
        Table.EXTENSIONS.put(
                tx,
                BROKEN.value(),
                Writer.ABSENT,
                new Records.Extension(
                        Records.SCHEMA, BROKEN, new Route("broken"), List.of(), Map.of(), clock.instant()));
        Table.VERSIONS.put(
                tx,
                Table.key(BROKEN, StormWorld.version(1)),
                Writer.ABSENT,
                new Records.Version(
                        Records.SCHEMA,
                        BROKEN,
                        StormWorld.version(1),
                        digest,
                        digest,
                        1,
                        1,
                        clock.instant(),
                        "ada",
                        VersionState.PUBLISHED,
                        List.of(),
                        1,
                        List.of()));
    }

    private static void start(SimulatedControl process, ExtensionName extension) {
        var answer = process.post(
                "/v1/rollouts",
                new RolloutBody.Start(
                        extension,
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
        assertThat(answer.status()).isEqualTo(201);
    }

    private static RolloutState state(StateStore store, ExtensionName extension) {
        return store.<List<Table.Row<Rollout>>>read(reader -> Table.ROLLOUTS.list(reader, "")).stream()
                .map(Table.Row::value)
                .filter(rollout -> rollout.extension().equals(extension))
                .map(Rollout::state)
                .findFirst()
                .orElseThrow();
    }
}
