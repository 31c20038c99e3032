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
import io.portolan.planner.rollout.Step;
import io.portolan.protocol.Json;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** A fault of ours about one team's rollout: the other teams' go on. */
class UndecidableRolloutTest {
    private static final ExtensionName BROKEN = new ExtensionName("Contoso_Broken");

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));

    /** Whether the plan of the broken one is none that could have been started. */
    private boolean withoutProgress;

    @TempDir
    private Path folder;

    @Test
    void keepsNoOtherFromItsEnd() {
        keepsNoOther("decided", (rollout, scene, now) -> {
            throw new NullPointerException("a fault of the rules', as this test wants it");
        });
    }

    @Test
    void norDoesOneWhoseStepCannotBeRecorded() {
        var looks = new AtomicInteger();
        keepsNoOther("taken on", (rollout, scene, now) -> {
            // Decided again in the transaction that records it.
            if (looks.incrementAndGet() % 2 == 0) {
                throw new ArithmeticException("a fault of the rules', as this test wants it");
            }
            return RolloutPlanner.next(rollout, scene, now);
        });
    }

    @Test
    void norDoesOneOfWhichItCannotBeToldWhetherItStandsForTooLong() {
        withoutProgress = true;
        keepsNoOther(
                "taken on", (rollout, scene, now) -> new Step.Wait("for ever", null, null, List.of("region nodes")));
    }

    private void keepsNoOther(String what, RolloutSteps.Rules broken) {
        try (var store = SqliteStateStore.open(folder.resolve("state.db"), SqliteStateStore.Durability.PROCESS_END)) {
            store.write(tx -> {
                StormWorld.whole(tx, clock.instant());
                declareBroken(tx);
                return true;
            });
            var fleet =
                    new SimulatedFleet(store, StormWorld.PROD, StormWorld.EXTENSION, StormWorld.REGIONS, new Random(1));
            fleet.makeWell();
            var process = new SimulatedControl(store, Signer.generate(), clock, parts(broken));
            start(process, BROKEN);
            start(process, StormWorld.EXTENSION);
            if (withoutProgress) {
                store.write(tx -> {
                    var key = Table.rolloutKey("ro-1");
                    var record = (ObjectNode) Json.mapper()
                            .readTree(tx.get(Table.ROLLOUTS.kind(), key)
                                    .orElseThrow()
                                    .bytes());
                    ((ObjectNode) record.at("/plan/limits")).putNull("progress");
                    return tx.put(Table.ROLLOUTS.kind(), key, Writer.ANY, Json.bytes(record));
                });
            }

            for (int i = 0; i < 400 && state(store, StormWorld.EXTENSION) != RolloutState.SUCCEEDED; i++) {
                fleet.report(process, clock.instant());
                process.engine.turn();
                clock.advance(Duration.ofSeconds(4));
            }

            assertThat(state(store, StormWorld.EXTENSION)).isEqualTo(RolloutState.SUCCEEDED);
            assertThat(state(store, BROKEN)).isEqualTo(RolloutState.RUNNING);
            var waiting = process.engine.waiting("ro-1").orElseThrow().step();
            assertThat(waiting.text()).startsWith("it cannot be " + what + ", by a fault of Portolan's: ");
            assertThat(waiting.actors()).contains("anyone who may abort it");
        }
    }

    private static Parts parts(RolloutSteps.Rules broken) {
        return new Parts() {
            @Override
            public RolloutSteps.Rules rules() {
                return (rollout, scene, now) -> rollout.extension().equals(BROKEN)
                        ? broken.next(rollout, scene, now)
                        : RolloutPlanner.next(rollout, scene, now);
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
