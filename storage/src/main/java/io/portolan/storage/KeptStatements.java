package io.portolan.storage;

import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jdbi.v3.core.statement.StatementBuilder;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * The prepared statements of one connection, kept for the next time: to prepare one costs SQLite more than to run it, and there are a
 * dozen texts in all. One thread at a time, as its connection.
 *
 * <p>A statement is taken out while it is in use, so the same text may be in use twice. Closing the connection closes them.
 */
final class KeptStatements implements StatementBuilder {
    /** Texts kept; the least recently used one leaves. */
    private static final int LIMIT = 64;

    private final Map<String, PreparedStatement> idle = new LinkedHashMap<>(16, 0.75f, true);

    @Override
    public Statement create(Connection connection, StatementContext context) throws SQLException {
        return connection.createStatement();
    }

    @Override
    public PreparedStatement create(Connection connection, String sql, StatementContext context) throws SQLException {
        // As it was written, with names for its parameters: that is what it is given back under.
        var kept = idle.remove(context.getRawSql());
        return kept != null && !kept.isClosed() ? kept : connection.prepareStatement(sql);
    }

    @Override
    public CallableStatement createCall(Connection connection, String sql, StatementContext context)
            throws SQLException {
        return connection.prepareCall(sql);
    }

    @Override
    public void close(Connection connection, String sql, Statement statement) throws SQLException {
        if (!(statement instanceof PreparedStatement prepared) || idle.containsKey(sql)) {
            statement.close();
            return;
        }
        prepared.clearParameters();
        idle.put(sql, prepared);
        if (idle.size() > LIMIT) {
            var oldest = idle.entrySet().iterator();
            oldest.next().getValue().close();
            oldest.remove();
        }
    }
}
