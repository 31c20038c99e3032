package io.portolan.control;

import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.util.function.Function;

/** A state in which something else happens just before one of its calls. One thread at a time; closing it closes nothing. */
final class Between implements StateStore {
    private final StateStore store;
    private int left;
    private Runnable what = () -> {};

    Between(StateStore store) {
        this.store = store;
    }

    /** Once, before the so-manieth call from now; never for 0. */
    void before(int call, Runnable event) {
        left = call;
        what = event;
    }

    /** Whether it has happened. */
    boolean isDone() {
        return left <= 0;
    }

    private StateStore called() {
        if (left > 0 && --left == 0) {
            what.run();
        }
        return store;
    }

    @Override
    public <T> T read(Function<Reader, T> work) {
        return called().read(work);
    }

    @Override
    public <T> T write(Function<Writer, T> work) {
        return called().write(work);
    }

    @Override
    public <T> T writeQuietly(Function<Writer, T> work) {
        return called().writeQuietly(work);
    }

    @Override
    public Subscription onCommit(Runnable listener) {
        return store.onCommit(listener);
    }

    @Override
    public void close() {}
}
