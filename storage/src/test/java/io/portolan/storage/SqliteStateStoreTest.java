package io.portolan.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqliteStateStoreTest extends StateStoreContract {
    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("control/state.db");
    }

    @Override
    StateStore open() {
        return SqliteStateStore.open(file());
    }

    @Test
    void leavesOneFileWhenClosed() throws Exception {
        closeStore();

        try (var files = Files.list(file().resolveSibling("."))) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactly("state.db");
        }
    }

    @Test
    void syncsEveryCommit() {
        try (var store = SqliteStateStore.open(file())) {
            int full = 2;
            assertThat(store.<Integer>inTransaction(handle -> handle.createQuery("pragma synchronous")
                            .mapTo(int.class)
                            .one()))
                    .isEqualTo(full);
            assertThat(store.<String>inTransaction(handle -> handle.createQuery("pragma journal_mode")
                            .mapTo(String.class)
                            .one()))
                    .isEqualTo("wal");
        }
    }

    @Test
    void readersCannotWrite() {
        try (var store = SqliteStateStore.open(file())) {
            assertThatThrownBy(() -> store.inSnapshot(handle -> handle.execute("delete from log")))
                    .hasMessageContaining("readonly");
        }
    }

    @Test
    void goesOnAfterAWriteThatEndedItsOwnTransaction() {
        try (var store = SqliteStateStore.open(file())) {
            assertThatThrownBy(() -> store.inTransaction(handle -> {
                        handle.execute("rollback");
                        return handle.execute("no such statement");
                    }))
                    .hasMessageContaining("no such statement");

            assertThat(store.<Long>write(w -> w.put("k", "a", Writer.ABSENT, new byte[0])))
                    .isEqualTo(1);
        }
    }

    @Test
    void refusesTablesOfANewerProgram() {
        sql("insert into schema_version (version) values (7)");

        assertThatThrownBy(this::open)
                .isInstanceOf(StorageFailure.class)
                .hasMessageContaining(file() + ": schema: 7 (expected: at most 2;")
                .hasMessageContaining("newer portolan");
        assertThatThrownBy(this::open).hasMessageContaining("schema: 7");
    }

    @Test
    void refusesAFileThatIsNotADatabase() throws Exception {
        var other = folder.resolve("other.db");
        Files.write(
                other,
                "this is no database, but some text that is long enough to be one"
                        .repeat(40)
                        .getBytes(UTF_8));

        assertThatThrownBy(() -> SqliteStateStore.open(other))
                .isInstanceOf(StorageFailure.class)
                .hasMessageContaining("other.db");
        assertThat(Files.readString(other)).startsWith("this is no database");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "3 ; update log set reason = 'harmless' where id = 3",
                "3 ; update log set actor = 'eve' where id = 3",
                "3 ; update log set type = 'other' where id = 3",
                "3 ; update log set subject = 'other' where id = 3",
                "3 ; update log set origin = 'other' where id = 3",
                "3 ; update log set data = '{\"a\":1}' where id = 3",
                "3 ; update log set at = '2026-11-23T10:00:01Z' where id = 3",
                "3 ; update log set at = 'yesterday' where id = 3",
                "3 ; update log set hash = '' where id = 3",
                "3 ; update log set previous = replace(previous, substr(previous, 1, 1), 'x') where id = 3",
                "3 ; update log set hash = (select hash from log where id = 2) where id = 3",
                "3 ; update log set previous = (select hash from log where id = 1) where id = 3",
                "3 ; update log set reason = actor, actor = reason where id = 3",
                "3 ; update log set subject = subject || actor, actor = '' where id = 3",
                "4 ; delete from log where id = 3",
                "2 ; delete from log where id = 1",
                "9 ; update log set id = 9 where id = 5",
                "6 ; insert into log select 6, type, subject, actor, origin, reason, data, at, previous, hash from log where id = 5",
                "3 ; update log set reason = (select reason from log where id = 4) where id = 3",
            })
    void findsTheFirstRowThatWasTamperedWith(long broken, String tampering) {
        try (var store = open()) {
            for (int i = 1; i <= 5; i++) {
                var entry = new LogEntry(
                        "portolan.test",
                        "s" + i,
                        "ada",
                        "::1",
                        "reason " + i,
                        "{}",
                        Instant.parse("2026-11-23T10:00:00Z"));
                store.write(w -> w.append(entry));
            }
            assertThat(broken(store)).isEmpty();

            sql(tampering);

            assertThat(broken(store).orElseThrow().id()).isEqualTo(broken);
        }
    }

    private static Optional<LogChain.Broken> broken(StateStore store) {
        return store.read(LogChain::verify);
    }

    private void sql(String statement) {
        Jdbi.create("jdbc:sqlite:" + file()).useHandle(handle -> handle.execute(statement));
    }
}
