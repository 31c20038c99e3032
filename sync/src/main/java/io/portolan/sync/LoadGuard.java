package io.portolan.sync;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RevisionId;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a crash loop: knows across processes what was being loaded when a process died, and says after {@link #STARTS} starts that
 * did not reach ready what must be set aside. Thread-safe.
 *
 * <p>A load begins before a revision's first object is read and ends when the node is ready, when the revision was refused, when
 * the node is closed in order, or when the process has outlived the load by {@link #READY_LIMIT}: a node that waits so long for
 * content does not crash. {@code loading.json} is durable before the load begins; the mark of the extension is not synced, since a
 * crash of the process (not of the machine) is what it is for.
 */
final class LoadGuard {
    /** Starts without reaching ready after which something is set aside. */
    static final int STARTS = 3;
    /** A load that this was survived for is not what crashes the node. */
    static final Duration READY_LIMIT = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(LoadGuard.class);
    private static final String LOADING = "loading.json";
    private static final String MARK = "loading.at";
    private static final String SET_ASIDE = "set-aside.json";
    /** A file that {@code portolan node release} makes in the node's folder to lift everything that was set aside. */
    private static final String RELEASE = "release";

    private static final int SCHEMA = 1;
    private static final int FILE_LIMIT_BYTES = 1 << 20;
    private static final int LOADS_LIMIT = 8;

    private final DurableFolder folder;
    private final InstantSource clock;
    private final BooleanSupplier ready;

    @GuardedBy("this")
    private List<Load> open;

    @GuardedBy("this")
    private Optional<Running> running = Optional.empty();

    @GuardedBy("this")
    private boolean wasReady;

    private volatile SetAside setAside;

    /**
     * A load that has not ended.
     *
     * @param starts starts that began it and did not reach ready
     * @param marks  extension and version that each process that died was at, the last {@link #STARTS}; empty text for none
     */
    record Load(String revision, Digest digest, int starts, List<String> marks) {
        Load {
            Objects.requireNonNull(revision, "revision");
            Objects.requireNonNull(digest, "digest");
            marks = List.copyOf(marks);
        }
    }

    /** The file's form; the last is the one that was begun last. */
    record Form(int schema, List<Load> loads) {
        Form {
            loads = List.copyOf(loads);
        }
    }

    private record Running(Digest digest, Instant began, boolean applied) {}

    /** What to do with a revision. */
    sealed interface Verdict {
        record Proceed() implements Verdict {}

        record SetAsideExtension(ExtensionName extension, String reason) implements Verdict {}

        record SetAsideRevision(String reason) implements Verdict {}
    }

    private LoadGuard(
            DurableFolder folder, InstantSource clock, BooleanSupplier ready, List<Load> open, SetAside setAside) {
        this.folder = folder;
        this.clock = clock;
        this.ready = ready;
        this.open = open;
        this.setAside = setAside;
    }

    /** Reads what an earlier process left. Damaged records are dropped and said: they cost three more starts at worst. */
    static LoadGuard open(DurableFolder folder, InstantSource clock, BooleanSupplier ready) throws IOException {
        var loads = new ArrayList<>(
                read(folder, LOADING, Form.class, new Form(SCHEMA, List.of())).loads());
        if (!loads.isEmpty()) {
            var mark = folder.read(MARK, FILE_LIMIT_BYTES)
                    .map(bytes -> new String(bytes, java.nio.charset.StandardCharsets.UTF_8).strip())
                    .orElse("");
            var last = loads.removeLast();
            var marks = new ArrayList<>(last.marks());
            marks.add(mark);
            loads.add(new Load(
                    last.revision(),
                    last.digest(),
                    last.starts(),
                    marks.subList(Math.max(0, marks.size() - STARTS), marks.size())));
            LOG.warn(
                    "loading revision={} at=\"{}\" did not end in an earlier process starts={}",
                    last.revision(),
                    mark,
                    last.starts());
        }
        folder.delete(MARK);
        return new LoadGuard(folder, clock, ready, loads, read(folder, SET_ASIDE, SetAside.class, SetAside.NONE));
    }

    private static <T> T read(DurableFolder folder, String name, Class<T> type, T none) throws IOException {
        var bytes = folder.read(name, FILE_LIMIT_BYTES);
        try {
            return bytes.isEmpty() ? none : Json.read(bytes.get(), type);
        } catch (IllegalArgumentException e) {
            LOG.warn("file={}/{} cannot be read, going on without it: {}", folder, name, e.toString());
            return none;
        }
    }

    /** What is set aside. */
    SetAside setAside() {
        return setAside;
    }

    /** Sets aside, durably if the disk takes it. */
    void setAside(SetAside next) {
        if (!next.equals(setAside)) {
            setAside = next;
            store(SET_ASIDE, next, next.isEmpty());
        }
    }

    /** A full disk must not stop a load: what is lost is the memory of it. */
    private void store(String name, Object content, boolean empty) {
        try {
            if (empty) {
                folder.delete(name);
            } else {
                folder.write(name, Json.bytes(content));
            }
        } catch (IOException e) {
            LOG.warn("file={}/{} cannot be written: {}", folder, name, e.toString());
        }
    }

    /** Whether a person asked to lift what is set aside; the asking is used up. Everything is forgotten with it. */
    synchronized boolean takeRelease() throws IOException {
        if (!folder.names().contains(RELEASE)) {
            return false;
        }
        setAside(SetAside.NONE);
        open = List.of();
        folder.delete(LOADING);
        folder.delete(RELEASE);
        LOG.warn("folder={} what was set aside is released", folder);
        return true;
    }

    /** Whether the revision may be loaded (once more). */
    synchronized Verdict verdict(RevisionId id, Digest digest) {
        var load = find(digest);
        if (load.isEmpty() || load.get().starts() < STARTS) {
            return new Verdict.Proceed();
        }
        var marks = load.get().marks();
        var words =
                marks.isEmpty() ? List.<String>of() : List.of(marks.getLast().split(" ", 2));
        var name = words.isEmpty() ? "" : words.getFirst();
        boolean same = !name.isEmpty()
                && marks.size() == STARTS
                && marks.stream().allMatch(mark -> mark.equals(name) || mark.startsWith(name + " "));
        var reason = "set aside at " + clock.instant().truncatedTo(ChronoUnit.SECONDS) + ": "
                + load.get().starts() + " starts that loaded " + (same ? marks.getLast() : "revision " + id)
                + " did not reach ready (portolan node release, on the node's machine, lifts it)";
        return same
                ? new Verdict.SetAsideExtension(new ExtensionName(name), reason)
                : new Verdict.SetAsideRevision(reason);
    }

    /** Durable before it returns, if the disk takes it: this revision is being loaded by this process. */
    synchronized void begin(RevisionId id, Digest digest) {
        var before = find(digest);
        // A process that was ready dies as a node, not as a start; the starts after it are what counts.
        boolean again = running.isPresent() && running.get().digest().equals(digest);
        int more = again || (before.isEmpty() && wasReady) ? 0 : 1;
        var loads = new ArrayList<>(open);
        loads.removeIf(load -> load.digest().equals(digest));
        loads.add(new Load(
                id.toString(),
                digest,
                before.map(Load::starts).orElse(0) + more,
                before.map(Load::marks).orElse(List.of())));
        open = List.copyOf(loads.subList(Math.max(0, loads.size() - LOADS_LIMIT), loads.size()));
        store(MARK, "", true);
        store(LOADING, new Form(SCHEMA, open), false);
        running = Optional.of(new Running(digest, clock.instant(), false));
    }

    /** Where the running load is; between two extensions nothing is marked. */
    LoadMarker marker() {
        return new Marker();
    }

    private final class Marker implements LoadMarker {
        @Override
        public void at(ExtensionName extension, String version) {
            if (isRunning()) {
                try {
                    folder.mark(MARK, version.isEmpty() ? extension.value() : extension + " " + version);
                } catch (IOException e) {
                    // A full disk must not stop a load; without the mark the whole revision is what is suspected.
                    LOG.warn("folder={} mark cannot be written: {}", folder, e.toString());
                }
            }
        }

        @Override
        public void done() {
            if (isRunning()) {
                store(MARK, "", true);
            }
        }
    }

    private synchronized boolean isRunning() {
        return running.isPresent();
    }

    /** The consumer uses the revision; the load ends when it is ready. */
    synchronized void applied() {
        running = running.map(load -> new Running(load.digest(), load.began(), true));
        settle();
    }

    /** Ends the load if the node is ready or has outlived it. */
    synchronized void settle() {
        boolean now = ready.getAsBoolean();
        if (running.isPresent() && running.get().applied()) {
            wasReady |= now;
            if (now || !clock.instant().isBefore(running.get().began().plus(READY_LIMIT))) {
                ended();
            }
        }
    }

    /** A stop in order ends a load that was applied: it says nothing of a crash. */
    synchronized void closed() {
        if (running.isPresent() && running.get().applied()) {
            ended();
        }
    }

    /** The load ended: its revision is in use and the node ready, or it was refused. */
    synchronized void ended() {
        if (running.isPresent()) {
            var digest = running.get().digest();
            running = Optional.empty();
            forget(digest);
            store(MARK, "", true);
        }
    }

    /** Counts anew for this revision. */
    synchronized void forget(Digest digest) {
        open = open.stream().filter(load -> !load.digest().equals(digest)).toList();
        store(LOADING, new Form(SCHEMA, open), open.isEmpty());
    }

    @GuardedBy("this")
    private Optional<Load> find(Digest digest) {
        return open.stream().filter(load -> load.digest().equals(digest)).findFirst();
    }
}
