package io.portolan.storage;

import java.util.function.Function;

/**
 * Durable state of the control plane. Thread-safe.
 *
 * <p>A write is durable when {@link #write} returns: it survives {@code kill -9} and loss of power.
 */
public interface StateStore extends AutoCloseable {
    /** Runs the work against one consistent snapshot. */
    <T> T read(Function<Reader, T> work);

    /**
     * Runs the work in one serializable transaction; an exception undoes it all and is passed on.
     *
     * @throws Conflict when a generation or a revision number was taken by another
     */
    <T> T write(Function<Writer, T> work);

    /**
     * As {@link #write}, but tells no listener, here or in another process: for signs of life (a renewed lease, a heartbeat), which
     * nobody has to act on.
     */
    <T> T writeQuietly(Function<Writer, T> work);

    /**
     * Calls the listener after each committed write, on the writer's thread and outside of any lock; it must be quick,
     * and what it throws is logged and goes no further. Calls of concurrent writes may overlap. Writes of other processes on the
     * same state are told too, soon, on a thread of the store, several at once if they come close together.
     */
    Subscription onCommit(Runnable listener);

    @Override
    void close();

    /** Ends with {@link #close()}; closing again is nothing. Thread-safe. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
