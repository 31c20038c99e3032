package io.portolan.control;

import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.util.Random;
import java.util.function.Function;

/** A state whose process dies before or after some of its commits. One thread at a time; closing it closes nothing. */
final class CrashingStore implements StateStore {
    private final StateStore store;
    private final Random random;
    private int oneIn;
    private int crashes;

    CrashingStore(StateStore store, Random random) {
        this.store = store;
        this.random = random;
    }

    /** The process is gone: nothing in it catches this. */
    static final class Crash extends Error {
        Crash(String when) {
            super("crash " + when);
        }
    }

    /** Dies at one in so many commits, 0 for never. */
    void crashing(int rarity) {
        oneIn = rarity;
    }

    int crashes() {
        return crashes;
    }

    @Override
    public <T> T read(Function<Reader, T> work) {
        return store.read(work);
    }

    @Override
    public <T> T write(Function<Writer, T> work) {
        T result = store.write(tx -> {
            T made = work.apply(tx);
            // All was written but the commit.
            maybe("before a commit");
            return made;
        });
        maybe("after a commit");
        return result;
    }

    @Override
    public <T> T writeQuietly(Function<Writer, T> work) {
        return write(work);
    }

    @Override
    public Subscription onCommit(Runnable listener) {
        return store.onCommit(listener);
    }

    @Override
    public void close() {}

    private void maybe(String when) {
        if (oneIn > 0 && random.nextInt(oneIn) == 0) {
            crashes++;
            throw new Crash(when);
        }
    }
}
