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

    @Override
    void close();
}
