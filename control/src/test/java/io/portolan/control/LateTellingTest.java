package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Deployment;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.protocol.Signer;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import io.portolan.testkit.Operator;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node told of an operator's order, when the processes that heard it die before they have looked at it. */
class LateTellingTest {
    private static final RegionName LATE = new RegionName("westus");
    private static final VersionLabel OLD = StormWorld.version(1);
    private static final VersionLabel NEW = StormWorld.version(2);

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));
    private final Signer signer = Signer.generate();
    private final Operator operator = new Operator(StormWorld.PROD);
    private final Map<RegionName, Long> sequences = new HashMap<>();

    @TempDir
    private Path folder;

    private StateStore world() {
        return world("state.db");
    }

    private StateStore world(String file) {
        var store = SqliteStateStore.open(folder.resolve(file));
        store.write(tx -> {
            StormWorld.whole(tx, clock.instant());
            var pointers = new HashMap<RegionName, String>();
            StormWorld.REGIONS.forEach(region -> pointers.put(region, NEW.value()));
            return Table.DEPLOYMENTS.put(
                    tx,
                    Table.key(StormWorld.PROD, StormWorld.EXTENSION),
                    Writer.ABSENT,
                    Deployment.none(StormWorld.EXTENSION, StormWorld.PROD)
                            .pointing(pointers, 0)
                            .slotting(Map.of(Slot.LKG, NEW, Slot.PREVIOUS_LKG, OLD))
                            .remembering(OLD)
                            .remembering(NEW));
        });
        return store;
    }

    private SimulatedControl process(StateStore store) {
        return new SimulatedControl(store, signer, clock, Parts.TRUE);
    }

    private OverrideReport report(OperatorOverride order) {
        return new OverrideReport(
                order.id(),
                order.action(),
                order.extension(),
                order.region(),
                OLD.value(),
                operator.key().keyId(),
                clock.instant(),
                Json.read(operator.sign(order), Envelope.class));
    }

    private void tell(SimulatedControl process, RegionName region, Optional<OverrideReport> override) {
        var status = new NodeStatus(
                "node-" + region,
                StormWorld.PROD,
                region,
                "region",
                "http://node-" + region,
                "boot-1",
                sequences.merge(region, 1L, Long::sum),
                1,
                1,
                "",
                List.of(),
                0,
                0,
                List.of(),
                0,
                override.stream().toList(),
                1L << 40,
                "",
                List.of(),
                List.of(),
                List.of(),
                0,
                clock.instant());
        process.heard(status, clock.instant(), true);
    }

    private static Deployment deployment(StateStore store) {
        return store.read(reader ->
                Lookup.deployment(reader, StormWorld.PROD, StormWorld.EXTENSION).value());
    }

    /** An order that five regions told of is a rollback there; the sixth was not reached by then. */
    private OverrideReport adopted(StateStore store) {
        var process = process(store);
        process.post(
                "/v1/environments/prod/operator-keys",
                Map.of("publicKey", operator.publicKey(), "name", "olivia"),
                Map.of());
        process.engine.turn();
        var report = report(operator.rollback(StormWorld.EXTENSION.value(), Slot.PREVIOUS_LKG, clock.instant()));
        for (var region : StormWorld.REGIONS) {
            tell(process, region, region.equals(LATE) ? Optional.empty() : Optional.of(report));
        }
        process.engine.turn();
        clock.advance(OverrideAdoption.GATHER.plusSeconds(1));
        process.engine.turn();
        process.forget();
        assertThat(deployment(store).versionIn(LATE)).contains(NEW);
        assertThat(StormWorld.REGIONS)
                .filteredOn(region -> !region.equals(LATE))
                .allMatch(region -> deployment(store).versionIn(region).equals(Optional.of(OLD)));
        return report;
    }

    @Test
    void aLateOrderSurvivesEveryProcessThatHeardOfIt() {
        try (var store = world()) {
            var report = adopted(store);
            // The node has told twice, so it relies on the control plane; nobody who heard it lives.
            for (int i = 0; i < 2; i++) {
                var dying = process(store);
                tell(dying, LATE, Optional.of(report));
                dying.forget();
                clock.advance(Duration.ofSeconds(5));
            }
            var living = process(store);
            for (var region : StormWorld.REGIONS) {
                tell(living, region, Optional.empty());
            }
            living.engine.turn();

            assertThat(deployment(store).versionIn(LATE)).contains(OLD);
            assertThat(deployment(store).regionHolds()).containsKey(LATE);
            assertThat(store.<List<Table.Row<OverrideTellings.Telling>>>read(OverrideTellings::all))
                    .isEmpty();
        }
    }

    /** Whenever in the turn that is, as it may be: a turn reads what was told, looks at it, and lets it go. */
    @Test
    void whatIsToldWhileATurnIsUnderWayIsNotForgotten() {
        boolean told = true;
        for (int when = 1; told; when++) {
            try (var store = world("state-" + when + ".db")) {
                var report = adopted(store);
                var between = new Between(store);
                var living = process(between);
                // One that obeys it for longer keeps the engine looking at it.
                tell(living, StormWorld.REGIONS.getFirst(), Optional.of(report));
                between.before(when, () -> {
                    tell(living, LATE, Optional.of(report));
                    // It was accepted, and a revision lists the order as settled: the node lets it go.
                    tell(living, LATE, Optional.empty());
                });
                living.engine.turn();
                told = between.isDone();
                between.before(0, () -> {});
                living.engine.turn();

                assertThat(deployment(store).versionIn(LATE).equals(Optional.of(OLD)))
                        .as("taken back if told, here before call %d of a turn", when)
                        .isEqualTo(told);
            }
        }
    }

    @Test
    void anOrderThatWasTakenBackBeforeAnybodyLookedStartsNothing() {
        try (var store = world()) {
            var process = process(store);
            process.post(
                    "/v1/environments/prod/operator-keys",
                    Map.of("publicKey", operator.publicKey(), "name", "olivia"),
                    Map.of());
            process.engine.turn();
            var report = report(operator.rollback(StormWorld.EXTENSION.value(), Slot.PREVIOUS_LKG, clock.instant()));
            tell(process, LATE, Optional.of(report));
            process.forget();
            clock.advance(Duration.ofSeconds(5));
            var next = process(store);
            for (var region : StormWorld.REGIONS) {
                tell(next, region, Optional.empty());
            }
            for (int i = 0; i < 4; i++) {
                next.engine.turn();
                clock.advance(Duration.ofSeconds(5));
            }

            assertThat(StormWorld.REGIONS)
                    .allMatch(region -> deployment(store).versionIn(region).equals(Optional.of(NEW)));
            assertThat(store.<List<Table.Row<OverrideTellings.Telling>>>read(OverrideTellings::all))
                    .isEmpty();
        }
    }
}
