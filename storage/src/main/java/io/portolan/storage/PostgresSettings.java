package io.portolan.storage;

import java.time.Duration;

/**
 * Where a PostgreSQL is, and how long this process lets others wait for it. Immutable; its text shows no password.
 *
 * @param url         JDBC URL, such as {@code jdbc:postgresql://db1,db2/portolan?targetServerType=primary}; without a password
 * @param user        role that owns the tables
 * @param password    empty text for none
 * @param readers     snapshots read at the same time; further readers wait
 * @param patience    longest wait for a connection, and for the writers' lock
 * @param stillStand  a transaction in which this process does nothing for so long is ended by the server, so that a frozen process
 *                    cannot keep the writers' lock
 */
public record PostgresSettings(
        String url, String user, String password, int readers, Duration patience, Duration stillStand) {
    private static final String SCHEME = "jdbc:postgresql:";
    private static final int READERS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration STILL_STAND = Duration.ofSeconds(5);

    public PostgresSettings {
        if (!url.startsWith(SCHEME)) {
            throw new IllegalArgumentException(url + " (expected: " + SCHEME + "//HOST/DATABASE)");
        }
        if (url.contains("password=")) {
            // It would stand in logs and messages.
            throw new IllegalArgumentException("a password in the URL (expected: in a file of its own)");
        }
        if (readers < 1) {
            throw new IllegalArgumentException("readers: " + readers + " (expected: 1 or more)");
        }
    }

    /** With the usual limits. */
    public static PostgresSettings of(String url, String user, String password) {
        return new PostgresSettings(url, user, password, READERS, PATIENCE, STILL_STAND);
    }

    @Override
    public String toString() {
        return user + "@" + url;
    }
}
