package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.placement.data.RegionCatalogue;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.bringup.BringUpPlanner;
import io.portolan.planner.bringup.Steering;
import io.portolan.planner.rollout.Deployment;
import io.portolan.protocol.Join;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Single turns over regions on their way, with others who write at the same time. */
class BringUpStepsTest {
    private static final RegionName NEW = StormWorld.COMING.getFirst();
    private static final String KEY = Table.key(StormWorld.PROD, NEW);

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));
    private final NodeRegistry registry = new NodeRegistry();
    private String fault = "";

    @TempDir
    private Path folder;

    private StateStore world() {
        var store = SqliteStateStore.open(folder.resolve("state.db"));
        store.write(tx -> {
            StormWorld.regions(tx, StormWorld.REGIONS, clock.instant());
            return true;
        });
        return store;
    }

    private BringUpSteps steps(StateStore store) {
        var inspector = new SimulatedInspector(new Changes(), clock, region -> Optional.of(fault));
        var observer = new FleetObserver(registry);
        return new BringUpSteps(store, new Sights(observer, registry, inspector), observer, inspector, FailPoints.NONE);
    }

    /** The region is there, on a way that is made of one that was declared. */
    private void put(StateStore store, UnaryOperator<BringUp> way) {
        var now = clock.instant();
        var ask = new Records.Ask(
                "node-" + NEW, "key", "http://node-" + NEW, new Join.Facts(now, "2026a", 1L << 40), now);
        var declared = BringUp.declared(NEW, StormWorld.PROD, 1, "", now);
        var known = RegionCatalogue.bundled().find(NEW).orElseThrow();
        var facts = new ControlSettings.Region(
                NEW,
                known.displayName(),
                known.location(),
                RegionCatalogue.pairs(NEW),
                List.of("127.0.1.9"),
                List.of("http://node-" + NEW),
                1);
        store.write(tx -> Table.BRING_UPS.put(
                tx,
                KEY,
                Writer.ANY,
                new Records.BringingUp(Records.SCHEMA, facts, way.apply(declared), ask, List.of())));
    }

    private static BringUp way(StateStore store) {
        return store.read(reader -> Table.BRING_UPS.get(reader, KEY))
                .orElseThrow()
                .value()
                .way();
    }

    @Test
    void whatAPersonDecidesWhileAStepIsBeingDecidedStands() {
        try (var store = world()) {
            int looks = 0;
            while (true) {
                put(store, way -> way);
                var other = new Between(store);
                other.before(
                        ++looks,
                        () -> store.write(tx -> {
                            var row = Table.BRING_UPS.get(tx, KEY).orElseThrow();
                            var held = Steering.hold(row.value().way(), "a person holds it", clock.instant());
                            return Table.BRING_UPS.put(
                                    tx, KEY, row.generation(), row.value().at(held.bringUp()));
                        }));
                steps(other).turn(clock.instant());
                if (!other.isDone()) {
                    break;
                }
                assertThat(way(store).state()).as("held before look %d", looks).isEqualTo(RegionState.HELD);
                assertThat(way(store).reason()).contains("a person holds it");
            }
            assertThat(looks).as("looks between which a person could come").isGreaterThan(3);
        }
    }

    @Test
    void aNodeThatIsKeptFromItsPartIsToldOfOnceAndCallsForNoTurnWithoutEnd() {
        try (var store = world()) {
            put(store, way -> way.enter(RegionState.LIVE, "", clock.instant()));
            store.write(tx -> Table.NODES.put(
                    tx,
                    "node-" + NEW,
                    Writer.ABSENT,
                    new Records.Node(
                                    Records.SCHEMA,
                                    "node-" + NEW,
                                    "region",
                                    StormWorld.PROD,
                                    NEW,
                                    "key",
                                    "http://node-" + NEW,
                                    clock.instant())
                            .verified(false)));
            fault = "other bytes";
            var commits = new AtomicInteger();
            var steps = steps(store);
            steps.turn(clock.instant());
            assertThat(store.<List<Records.Incident>>read(Incidents::open))
                    .extracting(Records.Incident::summary)
                    .containsExactly("node-" + NEW + " is kept from its part in " + NEW + ": pages: FAIL, other bytes");
            var counted = store.onCommit(commits::incrementAndGet);
            steps.turn(clock.instant());
            steps.turn(clock.instant());
            counted.close();
            assertThat(commits).as("commits, each of which calls for a turn").hasValue(0);

            fault = "";
            steps.turn(clock.instant());
            assertThat(store.<List<Records.Incident>>read(Incidents::open)).isEmpty();
        }
    }

    @Test
    void anExtensionThatNoStageHasStopsARegionBeforeItsFirstUserOnly() {
        try (var store = world()) {
            store.write(tx -> {
                StormWorld.declare(tx, StormWorld.REGIONS, clock.instant());
                return Table.DEPLOYMENTS.put(
                        tx,
                        Table.key(StormWorld.PROD, StormWorld.EXTENSION),
                        Writer.ANY,
                        // A rollout that was cancelled on its way to the region's stage.
                        Deployment.none(StormWorld.EXTENSION, StormWorld.PROD).staging(Map.of("stage2", "1.0")));
            });
            for (var state : List.of(RegionState.SEEDING, RegionState.RAMPING)) {
                put(store, way -> way.enter(state, "", clock.instant()));
                var steps = steps(store);
                steps.turn(clock.instant());
                var waits = steps.waiting(KEY).map(waiting -> waiting.step().text());
                assertThat((way(store).reason() + waits).contains("there is no last known good"))
                        .as("%s: %s, %s", state, way(store).reason(), waits)
                        .isEqualTo(state == RegionState.SEEDING);
            }
        }
    }

    @Test
    void rg10_oneTurnIsOneLookAtAnInventoryThatCannotBeRead() {
        try (var store = world()) {
            // It had an extension, and the list of all is empty.
            put(store, way -> way.enter(RegionState.SEEDING, "", clock.instant())
                    .knowing(2));
            var steps = steps(store);
            for (int turn = 1; turn < BringUpPlanner.BLIND_AFTER; turn++) {
                steps.turn(clock.instant());
                assertThat(way(store).misses()).isEqualTo(turn);
                assertThat(store.<List<Records.Incident>>read(Incidents::open)).isEmpty();
            }
            steps.turn(clock.instant());
            assertThat(store.<List<Records.Incident>>read(Incidents::open)).hasSize(1);
        }
    }
}
