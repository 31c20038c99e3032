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

    /** Tells other processes on the same state, when and if the transaction commits. */
    void announce(Handle handle) {}

    /** What went wrong, and where one can do something about it, what. */
    String explain(JdbiException failure) {
        return String.valueOf(failure.getMessage());
    }

    /** Something was committed, here or in another process. */
    final void committed() {
        listeners.forEach(Listener::committed);
    }

    @Override
    public final <T> T read(Function<Reader, T> work) {
        try {
            return inSnapshot(handle -> work.apply(new SqlReader(handle)));
        } catch (JdbiException e) {
            throw new StorageFailure("reading state: " + explain(e), e);
        }
    }

    @Override
    public final <T> T write(Function<Writer, T> work) {
        T result = transact(handle -> {
            T written = work.apply(new SqlWriter(handle));
            announce(handle);
            return written;
        });
        committed();
        return result;
    }

    @Override
    public final <T> T writeQuietly(Function<Writer, T> work) {
        return transact(handle -> work.apply(new SqlWriter(handle)));
    }

    private <T> T transact(Function<Handle, T> work) {
        try {
            return inTransaction(work);
        } catch (JdbiException e) {
            throw new StorageFailure("writing state: " + explain(e), e);
        }
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
