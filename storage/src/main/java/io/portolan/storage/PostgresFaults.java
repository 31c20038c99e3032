package io.portolan.storage;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/** Says of a failure of PostgreSQL what it was and what to do. Pure functions. */
final class PostgresFaults {
    private PostgresFaults() {}

    static String explain(Throwable failure, PostgresSettings settings) {
        var fault = deepest(failure);
        if (fault == null) {
            return String.valueOf(failure.getMessage());
        }
        var said = settings + ": " + fault.getMessage();
        var state = String.valueOf(fault.getSQLState());
        return switch (state) {
            case "55P03" ->
                said + " (another control-plane process kept the writers' lock for "
                        + settings.patience().toSeconds() + " s; nothing was changed, ask again)";
            case "25P03" ->
                said + " (this process stood still inside a transaction for "
                        + settings.stillStand().toSeconds() + " s; nothing was changed, ask again)";
            case "25006" ->
                said + " (this server is a standby: add targetServerType=primary and all its servers to the URL)";
            case "28P01", "28000" -> said + " (check database-user and database-password)";
            case "3D000" -> said + " (create the database: create database ... encoding 'UTF8')";
            case "42501" -> said + " (the role must own the tables, or may create them)";
            case "53300" ->
                said + " (raise max_connections: a control plane takes up to " + (settings.readers() + 2) + ")";
            case "53100" -> said + " (the server's disk is full)";
            default ->
                state.startsWith("08") || state.startsWith("57P") || fault instanceof SQLTransientConnectionException
                        ? said
                                + " (PostgreSQL does not answer; it is tried again, and region nodes and directors go on serving)"
                        : said;
        };
    }

    /** The last exception of the chain that the driver or the pool raised: it says most. */
    private static @Nullable SQLException deepest(Throwable failure) {
        @Nullable SQLException found = null;
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                found = sql;
            }
        }
        return found;
    }
}
