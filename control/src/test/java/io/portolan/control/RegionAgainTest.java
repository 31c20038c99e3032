package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.RegionDocument;
import io.portolan.placement.data.RegionCatalogue;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.BringUpStep;
import io.portolan.planner.bringup.Steering;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import io.portolan.storage.LogEntry;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A region that was drained and retired, and comes again under its code: nothing that was said of the first one counts. */
class RegionAgainTest {
    private static final RegionName AGAIN = StormWorld.COMING.getFirst();
    private static final String KEY = Table.key(StormWorld.PROD, AGAIN);

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));
    private final Signer signer = Signer.generate();
    private StateStore store;

    @TempDir
    private Path folder;

    @BeforeEach
    void open() {
        store = SqliteStateStore.open(folder.resolve("state.db"));
        store.write(tx -> {
            StormWorld.whole(tx, clock.instant());
            var facts = new ControlSettings.Region(
                    AGAIN,
                    AGAIN.value(),
                    RegionCatalogue.bundled().find(AGAIN).orElseThrow().location(),
                    List.of(),
                    List.of("127.0.1.9"),
                    List.of("http://127.0.1.9:7080"),
                    100);
            var row = new Records.BringingUp(
                    Records.SCHEMA,
                    facts,
                    BringUp.declared(AGAIN, StormWorld.PROD, 1, "", clock.instant()),
                    null,
                    List.of());
            Table.BRING_UPS.put(tx, KEY, Writer.ABSENT, row);
            BringUpWriting.append(
                    tx, row, RegionState.DECLARED, "ENTERED", "declared", List.of(), "ada", "test", clock.instant());
            return true;
        });
        enter(RegionState.LIVE, way -> way);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void enter(RegionState state, UnaryOperator<BringUp> way) {
        store.write(tx -> {
            var row = Table.BRING_UPS.get(tx, KEY).orElseThrow();
            var next = way.apply(row.value().way()).enter(state, "", clock.instant());
            var change = new BringUpStep.Change(BringUpStep.Kind.ENTERED, next, "for this test", List.of());
            return BringUpWriting.write(tx, KEY, row, change, "ada", "test", clock.instant());
        });
    }

    private BringUp leaving(BringUp way) {
        return Steering.leave(way, "", clock.instant()).bringUp();
    }

    /** As the API records it. */
    private void drain() {
        store.write(tx -> {
            var intent = new Records.RegionIntent(
                    Records.SCHEMA,
                    AGAIN,
                    StormWorld.PROD,
                    RegionState.DRAINING,
                    "storm",
                    clock.instant(),
                    Duration.ZERO);
            Table.REGION_INTENTS.put(tx, KEY, Writer.ABSENT, intent);
            var data = Map.of(LogReplay.RECORD_KEY, KEY, "record", Map.of(Table.REGION_INTENTS.kind(), intent));
            return tx.append(new LogEntry(
                    "portolan.region.drained", AGAIN.value(), "ada", "test", "", Json.text(data), clock.instant()));
        });
    }

    private void addAgain() {
        var process = new SimulatedControl(store, signer, clock, Parts.TRUE);
        assertThat(process.post("/v1/regions", Map.of("name", AGAIN), Map.of()).status())
                .isEqualTo(201);
        process.forget();
        enter(RegionState.LIVE, way -> way);
    }

    /** Its state in a revision that is compiled now. */
    private RegionState compiled() {
        new RevisionPublisher(store, signer, DocumentFilter.NONE, clock, FailPoints.NONE).publish(StormWorld.PROD);
        return store.read(reader -> {
            var newest = reader.newestRevision(StormWorld.PROD).orElseThrow();
            var digest = Optional.ofNullable(Revisions.documents(reader, newest)
                            .get(new DocumentTree.Key(DocumentTree.Kind.region, AGAIN.value())))
                    .orElseThrow();
            return Json.read(reader.object(digest).orElseThrow(), RegionDocument.class)
                    .state();
        });
    }

    private void isReplayed() {
        assertThat(store.<List<Replayed.Difference>>read(
                        reader -> LogReplay.of(reader).differences(reader)))
                .isEmpty();
    }

    @Test
    void isNotDrainedWhenItIsLiveAgain() {
        drain();
        assertThat(compiled()).isEqualTo(RegionState.DRAINING);
        enter(RegionState.RETIRED, this::leaving);
        isReplayed();

        addAgain();

        assertThat(compiled()).isEqualTo(RegionState.LIVE);
        assertThat(store.<Map<RegionName, RegionState>>read(
                        reader -> RegionsApi.states(reader, StormWorld.PROD, clock.instant())))
                .doesNotContainKey(AGAIN);
        isReplayed();
    }

    /** A build before this one kept what was said. */
    @Test
    void norIsOneThatWasRetiredWithWhatWasSaidOfIt() {
        enter(RegionState.RETIRED, this::leaving);
        drain();

        addAgain();

        assertThat(compiled()).isEqualTo(RegionState.LIVE);
        isReplayed();
    }
}
