package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.portolan.protocol.Json;
import io.portolan.storage.LogEntry;
import io.portolan.storage.PostgresSettings;
import io.portolan.storage.PostgresStateStore;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import io.portolan.testkit.PostgresServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** Replaying the log from nothing gives the present state, and where it does not, the difference is named. */
class LogReplayTest {
    @TempDir
    private Path folder;

    @Test
    void onSqliteAlsoAfterARandomSimulation() {
        try (var disk = new StormDisk(folder.resolve("state.db"), true)) {
            isTheStateAfterwards(disk, 250);
        }
        try (var store = SqliteStateStore.open(folder.resolve("named.db"))) {
            differencesAreNamed(store);
        }
    }

    @Test
    void onPostgresAlsoAfterARandomSimulation() throws Exception {
        assumeThat(PostgresServer.installed())
                .as("package postgresql is installed")
                .isTrue();
        try (var server = PostgresServer.start()) {
            try (var disk = new StormDisk(open(server))) {
                isTheStateAfterwards(disk, 50);
            }
            try (var store = open(server)) {
                differencesAreNamed(store);
            }
        }
    }

    private static StateStore open(PostgresServer server) throws SQLException {
        return PostgresStateStore.open(PostgresSettings.of(server.newDatabase(), PostgresServer.user(), ""));
    }

    private static void isTheStateAfterwards(StormDisk disk, int chaos) {
        new ControlStorm(disk, new Random(7), Parts.TRUE).play(chaos);

        assertThat(differences(disk)).isEmpty();
        assertThat(disk.<Integer>read(reader -> LogReplay.of(reader).size())).isGreaterThan(StormWorld.VERSIONS);
    }

    private static void differencesAreNamed(StateStore store) {
        var now = Instant.parse("2026-11-23T00:00:00Z");
        store.write(tx -> {
            StormWorld.declare(tx, StormWorld.REGIONS, now);
            StormWorld.join(tx, StormWorld.REGIONS.getFirst(), now);
            return true;
        });
        assertThat(differences(store)).isEmpty();

        store.write(tx -> {
            var version = Table.key(StormWorld.EXTENSION, StormWorld.version(3));
            var record = (ObjectNode) Json.mapper()
                    .readTree(tx.get("version", version).orElseThrow().bytes());
            tx.put("version", version, Writer.ANY, Json.bytes(record.put("publishedBy", "mallory")));
            tx.delete("node", "node-westcentralus", Writer.ANY);
            tx.put("window", "wi-9", Writer.ABSENT, Json.bytes(Map.of("schema", 1)));
            tx.append(new LogEntry("portolan.version.published", "x", "ada", "control", "", "{\"extension\":1}", now));
            return true;
        });

        assertThat(differences(store))
                .extracting(Replayed.Difference::toString)
                .satisfiesExactlyInAnyOrder(
                        row -> assertThat(row).contains("kind=log", "its data cannot be read", "extension: 1"),
                        version -> assertThat(version)
                                .contains("Contoso_Orders/3.0", "/publishedBy: the log tells \"ada\"", "\"mallory\""),
                        window -> assertThat(window).contains("wi-9", "the log tells nothing of it"),
                        node -> assertThat(node).contains("node-westcentralus", "the state has none"));
    }

    private static List<Replayed.Difference> differences(StateStore store) {
        return store.read(reader -> LogReplay.of(reader).differences(reader));
    }
}
