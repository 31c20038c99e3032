package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.model.Digest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers made ready, by request target and what the client accepts. Thread-safe; finding one takes no lock.
 *
 * <p>The general path answers first and has its answer {@linkplain #learn kept}; only what depends on nothing but state, host, target
 * and {@code Accept-Encoding} comes here ({@link Response.Reuse}). An answer found is one that the state in use would give: an asset's
 * is checked against each new state when it is first asked for under it, a page's is of one state only. Bounded by bytes; what was
 * not used for longest goes first, roughly (clock algorithm).
 *
 * <p>{@link #load} is the one place where the bytes of a blob that lies on disk become an answer in memory.
 */
final class HotAnswers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HotAnswers.class);
    /** An answer may take this part of the memory. */
    private static final int SHARE = 16;
    /** Clients of one target that accept different things. */
    private static final int MOST_VARIANTS = 8;
    /** Values of {@code Accept-Encoding} remembered; the browsers of the world send some dozens. */
    private static final int MOST_CODINGS = 1024;
    /** Places for digests of bodies that were asked for once; two that share one push each other out. */
    private static final int ASKED_ONCE = 1024;

    private final NodeBlobs blobs;
    private final Consumer<Digest> touched;
    private final long limitBytes;
    private final ConcurrentHashMap<String, Kept[]> byTarget = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, AcceptEncoding> codings = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Digest, Boolean> loading = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<@Nullable Digest> lastAsked = new AtomicReferenceArray<>(ASKED_ONCE);
    private final ExecutorService loaders = Threads.virtual("region-hot");

    @GuardedBy("this")
    private final ArrayDeque<Kept> clock = new ArrayDeque<>();

    @GuardedBy("this")
    private long bytes;

    @GuardedBy("this")
    private boolean closed;

    HotAnswers(NodeBlobs blobs, long limitBytes) {
        this.blobs = blobs;
        this.touched = blobs::touch;
        this.limitBytes = limitBytes;
    }

    private record Kept(AcceptEncoding accepted, HotAnswer answer) {}

    /** Longest body that is kept. */
    long mostBytes() {
        return limitBytes / SHARE;
    }

    /** What a value of {@code Accept-Encoding} accepts, the same object for the same value; null when there are too many values. */
    @Nullable
    AcceptEncoding accepted(String header) {
        var known = codings.get(header);
        if (known != null || codings.size() >= MOST_CODINGS) {
            return known;
        }
        return codings.computeIfAbsent(header, AcceptEncoding::parse);
    }

    /** The answer to a plain GET, if it is there; {@code accepted} comes from {@link #accepted}. */
    @Nullable
    HotAnswer find(String target, AcceptEncoding accepted, ServingState state, HostRule.Scope scope, long second) {
        var all = byTarget.get(target);
        if (all == null) {
            return null;
        }
        for (var kept : all) {
            if (kept.accepted() == accepted) {
                var answer = kept.answer();
                if (!isInScope(scope, answer.subject().route()) || !answer.isValid(state)) {
                    return null;
                }
                answer.use(second, touched);
                return answer;
            }
        }
        return null;
    }

    private static boolean isInScope(HostRule.Scope scope, String route) {
        return scope instanceof HostRule.Scope.AllRoutes
                || (scope instanceof HostRule.Scope.OneRoute one && one.route().equals(route));
    }

    /** Keeps an answer of the general path if it may be given again. */
    void learn(Request request, ServingState state, Dispatcher.Sendable answer) {
        var response = answer.head();
        if (response.subject().reuse() == Response.Reuse.NEVER
                || response.status() != 200
                || !request.method().equals("GET")
                || answer.length() > mostBytes()) {
            return;
        }
        var accepted = accepted(request.header("accept-encoding"));
        if (accepted == null) {
            return;
        }
        if (answer instanceof Dispatcher.Sendable.InMemory whole && whole.count() == whole.bytes().length) {
            put(request.target(), accepted, state, response, whole.bytes());
        } else if (response.body() instanceof Response.Body.Blob blob
                && loading.putIfAbsent(blob.digest(), true) == null) {
            loaders.execute(() -> load(request.target(), accepted, state, response, blob));
        }
    }

    /**
     * The same for an answer that comes from the disk, once it was asked for twice: such bodies are large, and what is asked for
     * once would drive out many small ones.
     */
    void learnIfAskedAgain(Request request, ServingState state, Dispatcher.Sendable answer) {
        if (answer instanceof Dispatcher.Sendable.OnDisk
                && answer.head().body() instanceof Response.Body.Blob blob
                && answer.length() <= mostBytes()
                && blob.digest().equals(lastAsked.getAndSet(slot(blob.digest()), blob.digest()))) {
            learn(request, state, answer);
        }
    }

    private int slot(Digest digest) {
        return Math.floorMod(digest.hashCode(), lastAsked.length());
    }

    /** Reads a blob as a whole, compares it with its hash, and keeps the answer. */
    private void load(
            String target, AcceptEncoding accepted, ServingState state, Response response, Response.Body.Blob blob) {
        try {
            put(target, accepted, state, response, blobs.readLocal(blob.digest(), (int) blob.length()));
        } catch (IOException e) {
            LOG.warn("blob={} cannot be loaded into memory: {}", blob.digest(), e.toString());
        } finally {
            loading.remove(blob.digest());
        }
    }

    private synchronized void put(
            String target, AcceptEncoding accepted, ServingState state, Response response, byte[] body) {
        if (closed) {
            return;
        }
        var before = byTarget.getOrDefault(target, new Kept[0]);
        for (var kept : before) {
            if (kept.accepted() == accepted) {
                if (kept.answer().isValid(state)) {
                    return;
                }
                remove(target, kept);
                clock.remove(kept);
            }
        }
        if (byTarget.getOrDefault(target, new Kept[0]).length >= MOST_VARIANTS) {
            return;
        }
        var made = new Kept(accepted, new HotAnswer(target, state, response, body));
        makeRoom(made.answer().weight());
        var rest = byTarget.getOrDefault(target, new Kept[0]);
        var all = Arrays.copyOf(rest, rest.length + 1);
        all[rest.length] = made;
        byTarget.put(target, all);
        clock.add(made);
        bytes += made.answer().weight();
    }

    @GuardedBy("this")
    private void makeRoom(long wanted) {
        while (bytes + wanted > limitBytes && !clock.isEmpty()) {
            var oldest = clock.remove();
            if (oldest.answer().takeUsed()) {
                clock.add(oldest);
            } else {
                remove(oldest.answer().target(), oldest);
            }
        }
    }

    @GuardedBy("this")
    private void remove(String target, Kept gone) {
        var left = Arrays.stream(byTarget.getOrDefault(target, new Kept[0]))
                .filter(kept -> kept != gone)
                .toArray(Kept[]::new);
        if (left.length == 0) {
            byTarget.remove(target);
        } else {
            byTarget.put(target, left);
        }
        bytes -= gone.answer().weight();
        gone.answer().drop();
    }

    /** Bytes held. */
    synchronized long bytes() {
        return bytes;
    }

    /** Gives all memory back, that of answers being sent when they are sent: buffers outside the heap are freed by nobody else. */
    @Override
    public void close() {
        loaders.shutdownNow();
        synchronized (this) {
            closed = true;
            for (var kept = clock.poll(); kept != null; kept = clock.poll()) {
                remove(kept.answer().target(), kept);
            }
        }
    }
}
