package io.portolan.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what other processes commit, by {@code LISTEN} on a connection of its own. Thread-safe.
 *
 * <p>After each new connection but the first it tells that something was committed, since announcements are lost while there is none;
 * between announcements it asks the server now and then, so that a dead connection is found.
 */
final class PostgresCommits implements AutoCloseable {
    static final String CHANNEL = "portolan_commit";

    private static final Logger LOG = LoggerFactory.getLogger(PostgresCommits.class);
    /** Pause between attempts to connect. */
    private static final Duration RETRY = Duration.ofSeconds(1);
    /** A connection that said nothing for so long is asked whether it lives. */
    private static final Duration CHECK_EVERY = Duration.ofSeconds(5);

    private static final String CONNECT_TIMEOUT_SECONDS = "5";
    /** Longest wait for an answer of the server; no statement of ours takes nearly as long. */
    private static final String ANSWER_TIMEOUT_SECONDS = "30";

    private final PostgresSettings settings;
    private final String origin;
    private final Runnable committed;
    private volatile boolean closed;
    private @Nullable Thread thread;

    PostgresCommits(PostgresSettings settings, String origin, Runnable committed) {
        this.settings = settings;
        this.origin = origin;
        this.committed = committed;
    }

    /** What every connection to the server has. */
    static Properties properties(PostgresSettings settings) {
        var properties = new Properties();
        properties.setProperty("connectTimeout", CONNECT_TIMEOUT_SECONDS);
        properties.setProperty("socketTimeout", ANSWER_TIMEOUT_SECONDS);
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("ApplicationName", "portolan");
        return properties;
    }

    /** Listens from now on: what is committed after this returns is heard. */
    void start() throws SQLException {
        var first = connect();
        thread = Thread.ofVirtual().name("state-commits").start(() -> run(first));
    }

    @Override
    public void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run(Connection first) {
        try (first) {
            listen(first);
        } catch (SQLException e) {
            lost(e);
        }
        boolean failing = true;
        while (pause()) {
            try (var connection = connect()) {
                LOG.info("state announcements heard again from={}", settings.url());
                failing = false;
                committed.run();
                listen(connection);
            } catch (SQLException e) {
                if (!failing) {
                    lost(e);
                }
                failing = true;
            }
        }
    }

    private void lost(SQLException e) {
        if (!closed) {
            LOG.warn("state announcements not heard from={} reason={}", settings.url(), e.getMessage());
        }
    }

    /** Before the next attempt; false when there is to be none. */
    private boolean pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(RETRY.toMillis());
            return !closed;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private Connection connect() throws SQLException {
        var properties = properties(settings);
        properties.setProperty("user", settings.user());
        properties.setProperty("password", settings.password());
        var connection = new Driver().connect(settings.url(), properties);
        if (connection == null) {
            throw new SQLException("url: " + settings.url() + " (expected: one for PostgreSQL)");
        }
        try (var statement = connection.createStatement()) {
            statement.execute("listen " + CHANNEL);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private void listen(Connection connection) throws SQLException {
        var postgres = connection.unwrap(PGConnection.class);
        while (!closed) {
            var heard = postgres.getNotifications((int) CHECK_EVERY.toMillis());
            boolean ofOthers = false;
            for (var notification : heard) {
                ofOthers |= !origin.equals(notification.getParameter());
            }
            if (ofOthers) {
                committed.run();
            }
            if (heard.length == 0) {
                try (var statement = connection.createStatement()) {
                    statement.execute("select 1");
                }
            }
        }
    }
}
