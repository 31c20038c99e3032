package io.portolan.control;

import io.portolan.storage.LogEntry;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Function;

/** A state whose writers forget some of what they are told to write. One thread at a time; closing it closes nothing. */
final class LeavingOut implements StateStore {
    private final StateStore store;
    private final String method;
    private final String kind;
    private final int every;
    private int asked;

    /**
     * Forgets.
     *
     * @param method {@code put} or {@code append}
     * @param kind   kind of the documents, or type of the rows
     * @param every  one in so many
     */
    LeavingOut(StateStore store, String method, String kind, int every) {
        this.store = store;
        this.method = method;
        this.kind = kind;
        this.every = every;
    }

    @Override
    public <T> T read(Function<Reader, T> work) {
        return store.read(work);
    }

    @Override
    public <T> T write(Function<Writer, T> work) {
        return store.write(tx -> work.apply(forgetful(tx)));
    }

    @Override
    public <T> T writeQuietly(Function<Writer, T> work) {
        return store.writeQuietly(tx -> work.apply(forgetful(tx)));
    }

    @Override
    public Subscription onCommit(Runnable listener) {
        return store.onCommit(listener);
    }

    @Override
    public void close() {}

    private Writer forgetful(Writer tx) {
        return (Writer) Proxy.newProxyInstance(
                Writer.class.getClassLoader(),
                new Class<?>[] {Writer.class},
                (proxy, called, arguments) -> call(tx, called, arguments));
    }

    private Object call(Writer tx, Method called, Object[] arguments) throws Throwable {
        if (called.getName().equals(method) && isKind(arguments[0]) && ++asked % every == 0) {
            return method.equals("put") ? 1L : tx.lastLogRow().orElseThrow();
        }
        try {
            return called.invoke(tx, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private boolean isKind(Object argument) {
        return argument instanceof LogEntry entry ? entry.type().equals(kind) : kind.equals(argument);
    }
}
