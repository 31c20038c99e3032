package io.portolan.control;

import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.util.function.Function;

/**
 * The state as the engine sees it: each of its writes begins with the check that this process holds the engine's lease, in the same
 * transaction, so that an old holder that wakes up can change nothing. Thread-safe; closing it closes nothing.
 */
final class FencedStore implements StateStore {
    private final StateStore store;
    private final EngineLease lease;

    FencedStore(StateStore store, EngineLease lease) {
        this.store = store;
        this.lease = lease;
    }

    @Override
    public <T> T read(Function<Reader, T> work) {
        return store.read(work);
    }

    @Override
    public <T> T write(Function<Writer, T> work) {
        return store.write(tx -> {
            lease.check(tx);
            return work.apply(tx);
        });
    }

    @Override
    public <T> T writeQuietly(Function<Writer, T> work) {
        return store.writeQuietly(tx -> {
            lease.check(tx);
            return work.apply(tx);
        });
    }

    @Override
    public Subscription onCommit(Runnable listener) {
        return store.onCommit(listener);
    }

    @Override
    public void close() {}
}
