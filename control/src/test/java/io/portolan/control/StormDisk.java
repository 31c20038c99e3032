package io.portolan.control;

import io.portolan.storage.Reader;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Function;

/**
 * The embedded store in a file, on a machine that loses power whenever its process crashes. What the store has synced is there
 * afterwards; one that does not sync comes back as it was some commits ago. One thread at a time.
 */
final class StormDisk implements StateStore {
    private static final List<String> FILES = List.of("", "-wal");
    /** A disk that nobody tells to sync writes by itself now and then. */
    private static final int COMMITS = 7;

    private static final List<String> REMAINS = List.of("", "-wal", "-shm", ".kept", ".kept-wal");

    private final Path file;
    private final boolean syncs;
    private StateStore store;
    private int commits;

    /** Another store, which syncs. */
    StormDisk(StateStore store) {
        this.store = store;
        file = Path.of("");
        syncs = true;
    }

    /** {@code syncs}: whether a commit is on the disk when it returns. */
    StormDisk(Path file, boolean syncs) {
        this.file = file;
        this.syncs = syncs;
        store = open();
        keep();
    }

    private StateStore open() {
        // In virtual time the machine never really loses power.
        return SqliteStateStore.open(file, SqliteStateStore.Durability.PROCESS_END);
    }

    void powerLost() {
        if (syncs) {
            return;
        }
        store.close();
        try {
            for (var suffix : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(Path.of(file + suffix));
            }
            for (var suffix : FILES) {
                if (Files.exists(Path.of(file + ".kept" + suffix))) {
                    Files.copy(Path.of(file + ".kept" + suffix), Path.of(file + suffix));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store = open();
    }

    private void keep() {
        if (syncs) {
            return;
        }
        try {
            for (var suffix : FILES) {
                var part = Path.of(file + suffix);
                if (Files.exists(part)) {
                    Files.copy(part, Path.of(file + ".kept" + suffix), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T> T committed(T result) {
        if (++commits % COMMITS == 0) {
            keep();
        }
        return result;
    }

    @Override
    public <T> T read(Function<Reader, T> work) {
        return store.read(work);
    }

    @Override
    public <T> T write(Function<Writer, T> work) {
        return committed(store.write(work));
    }

    @Override
    public <T> T writeQuietly(Function<Writer, T> work) {
        return committed(store.writeQuietly(work));
    }

    @Override
    public Subscription onCommit(Runnable listener) {
        return store.onCommit(listener);
    }

    @Override
    public void close() {
        store.close();
        if (file.equals(Path.of(""))) {
            return;
        }
        try {
            for (var suffix : REMAINS) {
                Files.deleteIfExists(Path.of(file + suffix));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
