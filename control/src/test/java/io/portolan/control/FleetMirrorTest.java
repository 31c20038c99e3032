package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.NodeStatus;
import io.portolan.storage.PostgresSettings;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes on one state; the node reports to the first, the second has to know. */
class FleetMirrorTest {
    private static final Duration BEAT = Duration.ofSeconds(2);
    private static final StateDatabase SHARED = new StateDatabase.Shared(
            PostgresSettings.of("jdbc:postgresql://db/portolan", "u", ""), BEAT, Duration.ofSeconds(8));
    private static final RegionName WESTUS = new RegionName("westus");
    private static final NodeStatus.Lacking LACKS_TWO =
            new NodeStatus.Lacking(new ExtensionName("Contoso_Orders"), new VersionLabel("2.0"), 700);

    @TempDir
    private Path folder;

    private StateStore store;
    private Side here;
    private Side there;

    /** One process: its clock, what it knows, its mirror. */
    private final class Side {
        final MutableClock clock;
        final NodeRegistry registry = new NodeRegistry();
        final FleetMirror mirror;

        Side(String name, String time) {
            clock = new MutableClock(Instant.parse(time));
            var changes = new Changes();
            var lease = new EngineLease(store, SHARED, name, changes, clock);
            mirror = new FleetMirror(store, new FencedStore(store, lease), lease, registry, changes, BEAT, clock);
            mirror.turn();
        }

        /** As the interface does with a status. */
        void receive(NodeStatus status) {
            if (registry.matters(status)) {
                store.write(tx ->
                        Table.REPORTS.put(tx, status.id(), Writer.ANY, new Records.NodeReport(Records.SCHEMA, status)));
            }
            registry.heard(status, clock.instant());
        }

        Optional<NodeStatus> known() {
            return registry.of("node-westus").map(NodeRegistry.Seen::status);
        }

        boolean silent() {
            return registry.of("node-westus")
                    .map(seen -> NodeRegistry.silent(seen, clock.instant()))
                    .orElse(true);
        }
    }

    @BeforeEach
    void open() {
        store = SqliteStateStore.open(folder.resolve("state.db"));
        here = new Side("one", "2026-11-23T10:00:00Z");
        there = new Side("two", "2025-11-23T10:00:00Z");
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static NodeStatus status(String boot, long sequence, long revision, NodeStatus.Lacking... lacking) {
        return new NodeStatus(
                "node-westus",
                new EnvironmentName("prod"),
                WESTUS,
                "region",
                "http://127.0.1.1:1",
                boot,
                sequence,
                1,
                revision,
                "0".repeat(64),
                List.of(lacking),
                lacking.length,
                sequence * 10,
                List.of(),
                0,
                List.of(),
                0,
                "",
                List.of(),
                List.of(),
                Instant.EPOCH);
    }

    private void pass(Duration time) {
        here.clock.advance(time);
        there.clock.advance(time);
        here.mirror.turn();
        there.mirror.turn();
    }

    @Test
    void whatMattersIsKnownElsewhereAtTheNextLook() {
        var acknowledged = status("a", 1, 7);
        here.receive(acknowledged);
        there.mirror.turn();
        assertThat(there.known()).contains(acknowledged);

        var lacks = status("a", 2, 7, LACKS_TWO);
        here.receive(lacks);
        there.mirror.turn();
        assertThat(there.known().orElseThrow().holds(LACKS_TWO.extension(), LACKS_TWO.version()))
                .isFalse();
        assertThat(there.registry.of("node-westus").orElseThrow().receivedAt()).isEqualTo(there.clock.instant());
    }

    @Test
    void aNodeThatOnlyLivesIsNotSilentElsewhere() {
        here.receive(status("a", 1, 7));
        there.mirror.turn();
        long reports = reportGeneration();
        for (long sequence = 2; sequence < 12; sequence++) {
            here.receive(status("a", sequence, 7));
            pass(Duration.ofSeconds(5));
            assertThat(there.silent()).isFalse();
        }
        assertThat(there.known().orElseThrow().blobsFetched()).isEqualTo(110);
        assertThat(reportGeneration()).as("written once only").isEqualTo(reports);

        pass(NodeRegistry.SILENCE.plusSeconds(1));
        pass(Duration.ZERO);
        assertThat(there.silent()).isTrue();
        assertThat(here.silent()).isTrue();
    }

    @Test
    void whatADeadProcessLeftBehindIsNoSignOfLife() {
        here.receive(status("a", 1, 7));
        pass(BEAT);
        var late = new Side("three", "2026-11-23T10:00:09Z");
        late.clock.advance(BEAT);
        late.mirror.turn();
        assertThat(late.known()).isEmpty();

        here.receive(status("a", 2, 7));
        pass(BEAT);
        late.mirror.turn();
        assertThat(late.known().orElseThrow().revision()).isEqualTo(7);
        assertThat(late.silent()).isFalse();
    }

    @Test
    void aNodeMayReportToAnyProcessAfterAnother() {
        here.receive(status("a", 1, 7));
        pass(BEAT);
        there.receive(status("a", 2, 8));
        pass(BEAT);
        assertThat(here.known().orElseThrow().revision()).isEqualTo(8);

        here.receive(status("a", 3, 9));
        pass(BEAT);
        assertThat(there.known().orElseThrow().revision()).isEqualTo(9);
        assertThat(here.known().orElseThrow().revision()).isEqualTo(9);

        // A restarted node says the same with another boot, from 1 on.
        there.receive(status("b", 1, 9));
        pass(BEAT);
        assertThat(here.known().orElseThrow().bootId()).isEqualTo("b");
    }

    @Test
    void takesBackWhatItRecordedAtItsEnd() {
        here.receive(status("a", 1, 7));
        pass(BEAT);
        assertThat(heard()).isEqualTo(1);

        here.mirror.close();
        assertThat(heard()).isZero();
    }

    private int heard() {
        return store.read(reader -> Table.HEARD.list(reader, "").size());
    }

    private long reportGeneration() {
        return store.read(
                reader -> Table.REPORTS.get(reader, "node-westus").orElseThrow().generation());
    }
}
