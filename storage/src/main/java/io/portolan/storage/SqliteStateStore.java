package io.portolan.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.sqlite.SQLiteConfig;

/**
 * State in one SQLite file. Thread-safe.
 *
 * <p>One connection writes, in the order in which threads ask; up to {@value #READERS} read snapshots meanwhile. The
 * write-ahead log is synced at every commit ({@code synchronous=FULL}), so what was answered survives loss of power.
 *
 * @see <a href="https://www.sqlite.org/wal.html">SQLite: write-ahead logging</a>
 */
public final class SqliteStateStore extends SqlStateStore {
    /** Snapshots read at the same time; further readers wait. */
    static final int READERS = 8;

    private static final Duration CONNECTION_WAIT = Duration.ofSeconds(30);
    /** For another process on the same file, such as a backup: our own threads never meet in SQLite. */
    private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(10);

    private static final int JOURNAL_LIMIT_BYTES = 64 << 20;
    private static final Schema SCHEMA = new Schema("text", "blob");

    private final SqliteConnections writers;
    private final SqliteConnections readers;
    private final Jdbi writing;
    private final Jdbi reading;
    private final ReentrantLock writer = new ReentrantLock(true);

    /** What a commit outlives. */
    public enum Durability {
        /** Loss of power: the log is synced at every commit. */
        POWER_LOSS(SQLiteConfig.SynchronousMode.FULL),
        /** The end of the process only, in any way: for simulations, which end processes and not machines. */
        PROCESS_END(SQLiteConfig.SynchronousMode.OFF);

        private final SQLiteConfig.SynchronousMode mode;

        Durability(SQLiteConfig.SynchronousMode mode) {
            this.mode = mode;
        }
    }

    private SqliteStateStore(Path file, Durability durability) {
        var config = config(durability);
        writers = new SqliteConnections(file, config, "pragma query_only = false", 1, CONNECTION_WAIT);
        readers = new SqliteConnections(file, config, "pragma query_only = true", READERS, CONNECTION_WAIT);
        writing = Jdbi.create(writers);
        reading = Jdbi.create(readers);
        writing.setStatementBuilderFactory(writers::statements);
        reading.setStatementBuilderFactory(readers::statements);
    }

    /**
     * Opens the file, creating it and its folder where missing, and brings its tables up to date.
     *
     * @throws StorageFailure when it cannot be opened, is no state file, or was written by a newer program
     */
    public static SqliteStateStore open(Path file) {
        return open(file, Durability.POWER_LOSS);
    }

    /** As {@link #open(Path)}, with commits that outlive less. */
    public static SqliteStateStore open(Path file, Durability durability) {
        var path = file.toAbsolutePath().normalize();
        try {
            Files.createDirectories(path.resolveSibling("."));
        } catch (IOException e) {
            throw new StorageFailure("opening state " + path + ": " + e, e);
        }
        var store = new SqliteStateStore(path, durability);
        try {
            store.inTransaction(handle -> {
                Migrations.run(handle, "state " + path, SCHEMA.steps());
                return path;
            });
            return store;
        } catch (JdbiException e) {
            store.close();
            throw new StorageFailure("opening state " + path + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    @Override
    <T> T inSnapshot(Function<Handle, T> work) {
        try (var handle = reading.open()) {
            return transact(handle, "begin deferred", work);
        }
    }

    @Override
    <T> T inTransaction(Function<Handle, T> work) {
        if (writer.isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "writing state: inside another write of this thread (expected: one at a time)");
        }
        writer.lock();
        try (var handle = writing.open()) {
            return transact(handle, "begin immediate", work);
        } finally {
            writer.unlock();
        }
    }

    /** Waits for running transactions. */
    @Override
    public void close() {
        // Readers first: the last connection to close folds the write-ahead log into the file, and readers may not
        // write.
        readers.close();
        writers.close();
    }

    private static <T> T transact(Handle handle, String begin, Function<Handle, T> work) {
        handle.execute(begin);
        try {
            T result = work.apply(handle);
            handle.execute("commit");
            return result;
        } catch (Throwable failure) {
            rollBack(handle, failure);
            throw failure;
        }
    }

    private static void rollBack(Handle handle, Throwable failure) {
        try {
            handle.execute("rollback");
        } catch (JdbiException e) {
            failure.addSuppressed(e);
            try {
                // Closing ends whatever is left of the transaction; the pool opens another connection.
                handle.getConnection().close();
            } catch (SQLException closing) {
                failure.addSuppressed(closing);
            }
        }
    }

    private static SQLiteConfig config(Durability durability) {
        var config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(durability.mode);
        config.setBusyTimeout((int) BUSY_TIMEOUT.toMillis());
        config.enforceForeignKeys(true);
        config.setJournalSizeLimit(JOURNAL_LIMIT_BYTES);
        return config;
    }
}
