package io.portolan.storage;

import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State in the tables of {@link Schema}, in SQL that SQLite and PostgreSQL both run; a subclass supplies connections and
 * transactions. Thread-safe.
 */
abstract class SqlStateStore implements StateStore {
    private static final Logger LOG = LoggerFactory.getLogger(SqlStateStore.class);

    private final CopyOnWriteArrayList<Listener> listeners = new CopyOnWriteArrayList<>();

    /** Runs the work in a transaction that sees one snapshot and changes nothing. */
    abstract <T> T inSnapshot(Function<Handle, T> work);

    /** Runs the work in a serializable transaction; on return it is durable and no lock is held. */
    abstract <T> T inTransaction(Function<Handle, T> work);

    @Override
    public final <T> T read(Function<Reader, T> work) {
        try {
            return inSnapshot(handle -> work.apply(new SqlReader(handle)));
        } catch (JdbiException e) {
            throw new StorageFailure("reading state: " + e.getMessage(), e);
        }
    }

    @Override
    public final <T> T write(Function<Writer, T> work) {
        T result;
        try {
            result = inTransaction(handle -> work.apply(new SqlWriter(handle)));
        } catch (JdbiException e) {
            throw new StorageFailure("writing state: " + e.getMessage(), e);
        }
        listeners.forEach(Listener::committed);
        return result;
    }

    @Override
    public final Subscription onCommit(Runnable action) {
        var listener = new Listener(Objects.requireNonNull(action, "action"));
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Compared by identity, so that one action can be subscribed twice. */
    private static final class Listener {
        private final Runnable action;

        Listener(Runnable action) {
            this.action = action;
        }

        void committed() {
            try {
                action.run();
            } catch (RuntimeException e) {
                // The write is durable already: its caller must not take it for failed.
                LOG.error("commit listener failed", e);
            }
        }
    }
}
