package io.portolan.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresStateStoreTest extends StateStoreContract {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static PostgresServer server;

    private String url = "";

    @BeforeAll
    static void startServer() throws Exception {
        assumeThat(PostgresServer.installed())
                .as("package postgresql is installed")
                .isTrue();
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Override
    StateStore open() {
        return PostgresStateStore.open(settings());
    }

    private PostgresSettings settings() {
        if (url.isEmpty()) {
            try {
                url = server.newDatabase();
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }
        return PostgresSettings.of(url, PostgresServer.user(), "");
    }

    private PostgresSettings impatient() {
        return new PostgresSettings(url, PostgresServer.user(), "", 2, Duration.ofMillis(600), Duration.ofMillis(300));
    }

    @BeforeEach
    void nobodyElse() {
        assertThat(log(0, 1)).isEmpty();
    }

    @Test
    void tellsOfWritesOfOtherProcesses() {
        var heard = new AtomicInteger();
        try (var other = open()) {
            other.onCommit(heard::incrementAndGet);

            store.writeQuietly(w -> w.put("k", "quiet", Writer.ABSENT, new byte[0]));
            assertThatThrownBy(() -> put("k", "a", 7, "")).isInstanceOf(Conflict.class);
            append("told");

            await().atMost(LIMIT).untilAsserted(() -> assertThat(heard).hasValue(1));
            append("told too");
            await().atMost(LIMIT).untilAsserted(() -> assertThat(heard).hasValue(2));
        }
    }

    @Test
    void hearsOthersAgainAfterItsConnectionsBroke() throws Exception {
        var heard = new AtomicInteger();
        try (var other = open()) {
            other.onCommit(heard::incrementAndGet);

            PostgresServer.execute(
                    url,
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                            + " where datname = current_database() and pid <> pg_backend_pid()");

            // What was written while it was deaf counts: it tells of that when it hears again.
            await().atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(StorageFailure.class)
                    .until(() -> append("while it was deaf").id() > 0);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(heard.get()).isPositive());
            await().atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(StorageFailure.class)
                    .untilAsserted(() -> assertThat(
                                    other.<Integer>read(r -> r.log(0, 1000).size()))
                            .isPositive());
        }
    }

    /** What a SIGSTOP does to a process in the middle of a write. */
    @Test
    void aWriterThatStandsStillLosesTheLockAndKeepsNothing() throws Exception {
        var inside = new CountDownLatch(1);
        var others = new CountDownLatch(1);
        try (var frozen = PostgresStateStore.open(impatient());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var stopped = threads.submit(() -> frozen.<Long>write(w -> {
                w.put("k", "frozen", Writer.ABSENT, new byte[0]);
                inside.countDown();
                waitFor(others);
                return w.put("k", "frozen too", Writer.ABSENT, new byte[0]);
            }));
            waitFor(inside);

            append("others go on");
            others.countDown();

            assertThatThrownBy(stopped::get).hasCauseInstanceOf(StorageFailure.class);
            assertThat(keys("")).isEmpty();
            await().atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(StorageFailure.class)
                    .untilAsserted(() -> assertThat(frozen.<LogRow>write(w -> w.append(entry("back")))
                                    .id())
                            .isEqualTo(2));
        }
    }

    @Test
    void saysWhoKeepsAWriterWaiting() throws Exception {
        var inside = new CountDownLatch(1);
        var enough = new CountDownLatch(1);
        try (var other = PostgresStateStore.open(impatient());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var busy = threads.submit(() -> store.<String>write(w -> {
                inside.countDown();
                waitFor(enough);
                return "done";
            }));
            waitFor(inside);

            assertThatThrownBy(() -> other.write(w -> w.append(entry("late"))))
                    .isInstanceOf(StorageFailure.class)
                    .hasMessageContaining("another control-plane process kept the writers' lock");
            enough.countDown();
            assertThat(join(busy)).isEqualTo("done");
        }
    }

    @Test
    void makesItsTablesOnceThoughManyStart() throws Exception {
        url = server.newDatabase();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var starting = java.util.stream.IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(this::open))
                    .toList();
            for (var one : starting) {
                join(one).close();
            }
        }
        try (var one = PostgresStateStore.open(settings())) {
            assertThat(one.<Integer>inSnapshot(handle -> handle.createQuery("select count(*) from schema_version")
                            .mapTo(int.class)
                            .one()))
                    .isEqualTo(2);
        }
    }

    @Test
    void isDurableWhereTheServersDefaultIsNot() throws Exception {
        PostgresServer.execute(
                url, "alter database " + url.substring(url.lastIndexOf('/') + 1) + " set synchronous_commit = off");
        try (var one = PostgresStateStore.open(settings())) {
            assertThat(one.<String>inTransaction(handle -> handle.createQuery("show synchronous_commit")
                            .mapTo(String.class)
                            .one()))
                    .isEqualTo("on");
        }
    }

    @Test
    void readersCannotWrite() {
        try (var one = PostgresStateStore.open(settings())) {
            assertThatThrownBy(() -> one.inSnapshot(handle -> handle.execute("delete from log")))
                    .hasMessageContaining("read-only");
        }
    }

    @Test
    void refusesTablesOfANewerProgram() throws Exception {
        PostgresServer.execute(url, "insert into schema_version (version) values (7)");

        assertThatThrownBy(this::open)
                .isInstanceOf(StorageFailure.class)
                .hasMessageContaining("schema: 7 (expected: at most 2;")
                .hasMessageContaining("newer portolan");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "jdbc:postgresql://127.0.0.1:1/none       ; postgres ; PostgreSQL does not answer",
                "jdbc:postgresql://127.0.0.1:{port}/none  ; postgres ; create the database",
                "jdbc:postgresql://127.0.0.1:{port}/test1 ; nobody1  ; check database-user and database-password",
            })
    void saysWhatToDoWhenItCannotStart(String address, String user, String advice) {
        var settings = new PostgresSettings(
                address.replace("{port}", Integer.toString(server.port())),
                user,
                "secret-7",
                1,
                Duration.ofMillis(500),
                Duration.ofSeconds(1));

        assertThatThrownBy(() -> PostgresStateStore.open(settings))
                .isInstanceOf(StorageFailure.class)
                .hasMessageStartingWith("opening state " + user + "@jdbc:postgresql://127.0.0.1:")
                .hasMessageContaining(advice)
                .hasMessageNotContaining("secret-7");
    }

    @Test
    void refusesASettingThatWouldLeakItsPassword() {
        assertThatThrownBy(() -> PostgresSettings.of("jdbc:postgresql://db/p?password=x", "u", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("password=x");
        assertThat(PostgresSettings.of("jdbc:postgresql://db/p", "u", "secret-7")
                        .toString())
                .doesNotContain("secret-7");
        assertThatThrownBy(() -> PostgresSettings.of("jdbc:mysql://db/p", "u", ""))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void findsARowThatWasTamperedWith() throws Exception {
        for (int i = 1; i <= 4; i++) {
            append("s" + i);
        }
        PostgresServer.execute(url, "update log set actor = 'eve' where id = 3");

        assertThat(broken().orElseThrow().id()).isEqualTo(3);
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Test
    void keepsBytesOfEveryValue() {
        var all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        store.write(w -> w.put("k", "bytes", Writer.ABSENT, all));

        assertThat(document("k", "bytes").orElseThrow().bytes()).isEqualTo(all);
        assertThat(new String(all, 65, 2, UTF_8)).isEqualTo("AB");
    }
}
