package io.portolan.storage;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * State in a PostgreSQL database, shared by any number of processes. Thread-safe.
 *
 * <p>Every write transaction begins with one advisory lock of the database, which ends with it: writers of all processes come one
 * after another, as the log's hash chain needs anyway (each row names the one before). Optimistic isolation would let all but one of
 * concurrent writers do their work in vain and try again, since every change appends to the log. Under the lock {@code READ COMMITTED}
 * is as good as serializable: nobody else writes, and each statement sees all that was committed before the lock was given, which a
 * snapshot taken earlier would not. A reader takes one snapshot ({@code REPEATABLE READ}) and no lock.
 *
 * <p>A process that stands still inside a write (stopped, swapped out, cut off) keeps the lock until the server ends its transaction
 * ({@link PostgresSettings#stillStand}).
 *
 * @see <a href="https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS">PostgreSQL: advisory locks</a>
 */
public final class PostgresStateStore extends SqlStateStore {
    /** Key of the writers' lock: the letters PORTOLAN. */
    static final long WRITERS_LOCK = 0x504F52544F4C414EL;

    private static final Schema SCHEMA = new Schema("text collate \"C\"", "bytea");

    private final PostgresSettings settings;
    /** Tells this process' announcements from those of others. */
    private final String origin = UUID.randomUUID().toString();

    private final HikariDataSource writers;
    private final HikariDataSource readers;
    private final Jdbi writing;
    private final Jdbi reading;
    private final ReentrantLock writer = new ReentrantLock(true);
    private final PostgresCommits commits;

    private PostgresStateStore(PostgresSettings settings) {
        this.settings = settings;
        writers = new HikariDataSource(pool(settings, "writer", 1, "TRANSACTION_READ_COMMITTED", false));
        readers = new HikariDataSource(
                pool(settings, "readers", settings.readers(), "TRANSACTION_REPEATABLE_READ", true));
        writing = Jdbi.create(writers);
        reading = Jdbi.create(readers);
        commits = new PostgresCommits(settings, origin, this::committed);
    }

    /**
     * Opens the database and brings its tables up to date.
     *
     * @throws StorageFailure when it does not answer, or its tables were made by a newer program
     */
    public static PostgresStateStore open(PostgresSettings settings) {
        PostgresStateStore store;
        try {
            store = new PostgresStateStore(settings);
        } catch (PoolInitializationException e) {
            throw new StorageFailure("opening state " + settings + ": " + PostgresFaults.explain(e, settings), e);
        }
        try {
            store.inTransaction(handle -> {
                requireUnicode(handle, settings);
                Migrations.run(handle, "state " + settings, SCHEMA.steps());
                return settings;
            });
            store.commits.start();
            return store;
        } catch (JdbiException | SQLException e) {
            store.close();
            throw new StorageFailure("opening state " + settings + ": " + PostgresFaults.explain(e, settings), e);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    @Override
    <T> T inSnapshot(Function<Handle, T> work) {
        try (var handle = reading.open()) {
            return handle.inTransaction(work::apply);
        }
    }

    @Override
    <T> T inTransaction(Function<Handle, T> work) {
        if (writer.isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "writing state: inside another write of this thread (expected: one at a time)");
        }
        // Threads of this process wait here and not in the database, where each would need a connection.
        writer.lock();
        try (var handle = writing.open()) {
            return handle.inTransaction(transaction -> {
                transaction.execute("select pg_advisory_xact_lock(?)", WRITERS_LOCK);
                return work.apply(transaction);
            });
        } finally {
            writer.unlock();
        }
    }

    @Override
    void announce(Handle handle) {
        handle.execute("select pg_notify(?, ?)", PostgresCommits.CHANNEL, origin);
    }

    @Override
    String explain(JdbiException failure) {
        return PostgresFaults.explain(failure, settings);
    }

    /** Waits for a running write; reads that run are ended. */
    @Override
    public void close() {
        commits.close();
        readers.close();
        writer.lock();
        try {
            writers.close();
        } finally {
            writer.unlock();
        }
    }

    private static void requireUnicode(Handle handle, PostgresSettings settings) {
        var encoding = handle.createQuery("select current_setting('server_encoding')")
                .mapTo(String.class)
                .one();
        if (!encoding.equals("UTF8")) {
            throw new StorageFailure("opening state " + settings + ": server_encoding: " + encoding
                    + " (expected: UTF8; create database ... encoding 'UTF8' template template0)");
        }
    }

    private static HikariConfig pool(
            PostgresSettings settings, String name, int size, String isolation, boolean readOnly) {
        var config = new HikariConfig();
        config.setPoolName("state-" + name);
        config.setJdbcUrl(settings.url());
        config.setUsername(settings.user());
        config.setPassword(settings.password());
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(1);
        config.setTransactionIsolation(isolation);
        config.setReadOnly(readOnly);
        config.setConnectionTimeout(settings.patience().toMillis());
        PostgresCommits.properties(settings).forEach((key, value) -> config.addDataSourceProperty((String) key, value));
        config.setConnectionInitSql(String.join(
                "; ",
                "set lock_timeout = " + settings.patience().toMillis(),
                "set idle_in_transaction_session_timeout = "
                        + settings.stillStand().toMillis(),
                // What was answered is durable, also where the server's default is not; a stricter default stays.
                "select case when current_setting('synchronous_commit') = 'off'"
                        + " then set_config('synchronous_commit', 'on', false) end"));
        return config;
    }
}
