package io.portolan.storage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.ConnectionFactory;
import org.sqlite.SQLiteConfig;

/**
 * A bounded pool of connections to one SQLite file, lent in the order of asking. Thread-safe.
 *
 * <p>A connection that comes back closed is replaced. Transactions are made with plain {@code begin} and {@code commit}:
 * the driver's own {@code commit()} begins the next transaction at once, which may fail after ours was kept.
 */
final class SqliteConnections implements ConnectionFactory, AutoCloseable {
    private final Path file;
    private final SQLiteConfig config;
    private final String afterOpen;
    private final int size;
    private final Duration wait;
    private final Semaphore permits;

    @GuardedBy("idle")
    private final ArrayDeque<Connection> idle = new ArrayDeque<>();

    @GuardedBy("idle")
    private final Map<Connection, KeptStatements> statements = new IdentityHashMap<>();

    @GuardedBy("idle")
    private boolean closed;

    /**
     * A pool without connections; they open when first needed.
     *
     * @param afterOpen statement that makes a new connection ready
     * @param size      at most so many are lent at once
     * @param wait      how long to wait for one
     */
    SqliteConnections(Path file, SQLiteConfig config, String afterOpen, int size, Duration wait) {
        this.file = file;
        this.config = config;
        this.afterOpen = afterOpen;
        this.size = size;
        this.wait = wait;
        this.permits = new Semaphore(size, true);
    }

    @Override
    public Connection openConnection() throws SQLException {
        acquire();
        try {
            synchronized (idle) {
                if (closed) {
                    throw new StorageFailure("opening " + file + ": the store is closed");
                }
                var connection = idle.poll();
                if (connection != null) {
                    return connection;
                }
            }
            return connect();
        } catch (SQLException | RuntimeException e) {
            permits.release();
            throw e;
        }
    }

    @Override
    public void closeConnection(Connection connection) throws SQLException {
        try {
            synchronized (idle) {
                if (!closed && !connection.isClosed()) {
                    idle.push(connection);
                    return;
                }
                statements.remove(connection);
            }
            connection.close();
        } finally {
            permits.release();
        }
    }

    /** What was prepared on a lent connection. */
    KeptStatements statements(Connection connection) {
        synchronized (idle) {
            return statements.computeIfAbsent(connection, first -> new KeptStatements());
        }
    }

    /** Waits for what runs, then closes all. */
    @Override
    public void close() {
        permits.acquireUninterruptibly(size);
        try {
            synchronized (idle) {
                closed = true;
                while (!idle.isEmpty()) {
                    idle.pop().close();
                }
                statements.clear();
            }
        } catch (SQLException e) {
            throw new ConnectionException(e);
        } finally {
            permits.release(size);
        }
    }

    private Connection connect() throws SQLException {
        var connection = config.createConnection("jdbc:sqlite:" + file);
        try (var statement = connection.createStatement()) {
            statement.execute(afterOpen);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private void acquire() {
        try {
            if (!permits.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new StorageFailure(
                        "opening " + file + ": no free connection for " + wait + " (limit: " + size + ")");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageFailure("opening " + file + ": interrupted while waiting for a connection", e);
        }
    }
}
