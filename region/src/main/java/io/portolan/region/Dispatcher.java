package io.portolan.region;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.portolan.region.RequestObserver.Cache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings requests to answers that can be sent. Thread-safe.
 *
 * <p>What is in memory and checked is answered on the caller's thread, which may be an event loop. Everything that may wait (disk,
 * hashing, the store) happens on a virtual thread; at most {@code onDemandLimit} wait for the store, half of them for one extension.
 */
final class Dispatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    /** Manifest, page, blob, and once more each: contents may be dropped or vanish in between. */
    private static final int MOST_NEEDS = 8;

    private static final WaitingRoom.Place NO_PLACE = () -> {};

    private final Responder responder;
    private final RevisionApplier applier;
    private final ContentCache contents;
    private final NodeBlobs blobs;
    private final Faults faults;
    private final InstantSource clock;
    private final HotAnswers hot;
    private final HttpDate date;
    private final NextRegion next;
    private final WaitingRoom waiting;
    private final Admission admission;
    private final ExecutorService workers = Threads.virtual("region-request");

    Dispatcher(
            Responder responder,
            RevisionApplier applier,
            ContentCache contents,
            NodeBlobs blobs,
            Faults faults,
            InstantSource clock,
            HotAnswers hot,
            HttpDate date,
            NextRegion next,
            int onDemandLimit,
            AdmissionLimits admissionLimits,
            Pressure pressure) {
        this.responder = responder;
        this.applier = applier;
        this.contents = contents;
        this.blobs = blobs;
        this.faults = faults;
        this.clock = clock;
        this.hot = hot;
        this.date = date;
        this.next = next;
        this.waiting = new WaitingRoom(onDemandLimit);
        this.admission = new Admission(admissionLimits, workers, pressure, clock);
    }

    /** An answer with its body at hand. */
    sealed interface Sendable {
        /** Head; its body is not to be looked at. */
        Response head();

        /** Where the body came from. */
        RequestObserver.Cache cache();

        /** Bytes to send. */
        long length();

        /** A part of some bytes. */
        record InMemory(Response head, byte[] bytes, int offset, int count, RequestObserver.Cache cache)
                implements Sendable {
            @Override
            public long length() {
                return count;
            }
        }

        /**
         * A part of an open file. {@code first} is where it begins, read and checked, outside the heap: what many answers hold at
         * once would outlive the young generation. The receiver closes the file and releases the buffer.
         */
        record OnDisk(
                Response head, CheckedFile file, ByteBuf first, long offset, long length, RequestObserver.Cache cache)
                implements Sendable {}
    }

    /** Answers a request: the consumer is called once, on this thread or another. */
    void dispatch(Request request, Consumer<Sendable> answer) {
        var started = clock.instant();
        var priority = Priority.of(request);
        try {
            if (admission.refuses(priority)) {
                answer.accept(busy(request, started));
                return;
            }
            // One state for the whole request, however long it waits: no answer is made of two revisions.
            var state = applier.state().orElse(null);
            var outcome = responder.respond(request, state, contents);
            var ready = sendable(request, outcome, Cache.MEMORY, false);
            if (ready.isPresent()) {
                var whole = finished(ready.get(), started);
                if (state != null) {
                    hot.learn(request, state, whole);
                }
                answer.accept(whole);
                return;
            }
            // Only what waits for a store needs a place: a crowd that comes the moment a version is switched is no
            // reason to refuse.
            if (!waitsForStore(outcome)) {
                admission.run(
                        priority,
                        () -> {
                            var result = afterWaiting(request, state, outcome);
                            keep(request, state, result);
                            answer.accept(finished(result, started));
                        },
                        () -> answer.accept(busy(request, started)));
                return;
            }
            var place = place(outcome);
            if (place.isEmpty()) {
                answer.accept(busy(request, started));
                return;
            }
            workers.execute(() -> {
                Sendable result;
                try {
                    result = afterWaiting(request, state, outcome);
                } finally {
                    place.get().close();
                }
                keep(request, state, result);
                answer.accept(finished(result, started));
            });
        } catch (RuntimeException | Error e) {
            answer.accept(finished(failed(request, e), started));
        }
    }

    /** Adds what it counts to the metrics. */
    void write(StringBuilder text) {
        admission.write(text);
    }

    private void keep(Request request, @Nullable ServingState state, Sendable answer) {
        if (state != null) {
            hot.learnIfAskedAgain(request, state, answer);
        }
    }

    /** Told at once, so that whoever asked goes to the next source. */
    private Sendable busy(Request request, Instant started) {
        var busy = Failures.unavailable(request, "too many requests wait at this node");
        return finished(inMemory(request, busy, Cache.NONE), started);
    }

    private static boolean waitsForStore(Outcome outcome) {
        return outcome instanceof Outcome.Passed || (outcome instanceof Outcome.Need need && !need.held());
    }

    private Optional<WaitingRoom.Place> place(Outcome outcome) {
        if (outcome instanceof Outcome.Passed passed) {
            return waiting.enter(passed.wanted().extension());
        }
        return outcome instanceof Outcome.Need need
                ? waiting.enter(need.extension().value())
                : Optional.of(NO_PLACE);
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }

    private Sendable afterWaiting(Request request, @Nullable ServingState state, Outcome first) {
        try {
            var outcome = first;
            var cache = Cache.MEMORY;
            for (int i = 0; i < MOST_NEEDS; i++) {
                if (outcome instanceof Outcome.Passed passed) {
                    return passedOn(request, passed.wanted(), passed.otherwise());
                }
                if (outcome instanceof Outcome.Need need) {
                    var failure = provide(request, need);
                    if (failure.isPresent()) {
                        var elsewhere = state == null
                                ? Optional.<Elsewhere>empty()
                                : Elsewhere.of(request, state, need.extension(), need.version());
                        return elsewhere.isPresent()
                                ? passedOn(request, elsewhere.get(), failure.get())
                                : inMemory(request, failure.get(), Cache.NONE);
                    }
                    cache = need.held() && cache != Cache.FETCHED ? Cache.DISK : Cache.FETCHED;
                }
                if (outcome instanceof Outcome.Later later) {
                    cache = Cache.DISK;
                    outcome = later.answer();
                } else {
                    outcome = responder.respond(request, state, contents);
                }
                var ready = sendable(request, outcome, cache, true);
                if (ready.isPresent()) {
                    return ready.get();
                }
            }
            return inMemory(
                    request, Failures.unavailable(request, "content vanishes as fast as it is fetched"), Cache.NONE);
        } catch (RuntimeException | Error e) {
            return failed(request, e);
        }
    }

    /** What another node answers, else the answer that this one has. */
    private Sendable passedOn(Request request, Elsewhere wanted, Response otherwise) {
        var answer = next.ask(request, wanted);
        return answer.isPresent()
                ? inMemory(request, answer.get().about(wanted), Cache.FETCHED)
                : inMemory(request, otherwise, Cache.NONE);
    }

    /** Whatever went wrong, whoever asked gets an answer. */
    private static Sendable failed(Request request, Throwable cause) {
        LOG.error("method={} path={} failed", request.method(), request.path(), cause);
        return inMemory(request, Failures.internal(request), Cache.NONE);
    }

    /** Provides what is needed; the answer to give when that fails. */
    private Optional<Response> provide(Request request, Outcome.Need need) {
        try {
            contents.provide(need);
            faults.clear(need.extension(), need.version(), Faults.Source.REQUEST);
            return Optional.empty();
        } catch (IOException e) {
            var reason = "serving " + need.extension() + " " + need.version() + ": " + e.getMessage();
            var fault = new Faults.Fault(reason, ContentCache.isRefusal(e));
            if (faults.set(need.extension(), need.version(), Faults.Source.REQUEST, fault)) {
                LOG.warn("extension={} version={} {}", need.extension(), need.version(), reason);
            }
            return Optional.of(Failures.unavailable(request, reason));
        }
    }

    private Optional<Sendable> sendable(Request request, Outcome outcome, Cache cache, boolean mayWait) {
        return outcome instanceof Response response ? open(request, response, cache, mayWait) : Optional.empty();
    }

    private Optional<Sendable> open(Request request, Response response, Cache cache, boolean mayWait) {
        if (response.body() instanceof Response.Body.Parts parts && !request.isHead()) {
            return mayWait ? together(response, parts, cache) : Optional.empty();
        }
        if (!(response.body() instanceof Response.Body.Blob blob) || request.isHead() || blob.length() == 0) {
            return Optional.of(inMemory(request, response, cache));
        }
        if (!mayWait) {
            return blobs.inMemory(blob.digest())
                    .map(bytes ->
                            new Sendable.InMemory(response, bytes, (int) blob.offset(), (int) blob.length(), cache));
        }
        return blobs.open(blob.digest()).flatMap(opened -> switch (opened) {
            case NodeBlobs.Opened.InMemory whole ->
                Optional.of(new Sendable.InMemory(
                        response, whole.bytes(), (int) blob.offset(), (int) blob.length(), cache));
            case NodeBlobs.Opened.OnDisk opening ->
                begin(response, blob, opening.file(), cache == Cache.FETCHED ? cache : Cache.DISK);
        });
    }

    /** Reads the beginning, so that damage there costs another fetch and not the answer; empty for damage. */
    private static Optional<Sendable> begin(Response response, Response.Body.Blob blob, CheckedFile file, Cache cache) {
        int length = FileBody.piece(blob.offset(), blob.length());
        boolean handedOver = false;
        try {
            if (length == blob.length()) {
                var whole = ByteBuffer.allocate(length);
                file.read(blob.offset(), whole);
                return Optional.of(new Sendable.InMemory(response, whole.array(), 0, length, cache));
            }
            var first = FileBody.read(file, blob.offset(), length, ByteBufAllocator.DEFAULT);
            handedOver = true;
            return Optional.of(new Sendable.OnDisk(response, file, first, blob.offset(), blob.length(), cache));
        } catch (IOException e) {
            LOG.warn("blob={} cannot be read for an answer: {}", blob.digest(), e.getMessage());
            return Optional.empty();
        } finally {
            if (!handedOver) {
                FileBody.close(file);
            }
        }
    }

    /** Several ranges, read into one body; empty when one of the blobs is gone. */
    private Optional<Sendable> together(Response response, Response.Body.Parts parts, Cache cache) {
        var whole = ByteBuffer.allocate((int) parts.length());
        for (var piece : parts.pieces()) {
            if (piece instanceof Response.Body.Bytes bytes) {
                whole.put(bytes.bytes());
            } else if (piece instanceof Response.Body.Blob blob && !read(blob, whole)) {
                return Optional.empty();
            }
        }
        return Optional.of(new Sendable.InMemory(response, whole.array(), 0, whole.capacity(), cache));
    }

    private boolean read(Response.Body.Blob blob, ByteBuffer into) {
        var opened = blobs.open(blob.digest());
        if (opened.isEmpty()) {
            return false;
        }
        return switch (opened.get()) {
            case NodeBlobs.Opened.InMemory whole -> {
                into.put(whole.bytes(), (int) blob.offset(), (int) blob.length());
                yield true;
            }
            case NodeBlobs.Opened.OnDisk opening -> {
                try (var file = opening.file()) {
                    var piece = into.slice(into.position(), (int) blob.length());
                    file.read(blob.offset(), piece);
                    into.position(into.position() + (int) blob.length());
                    yield true;
                } catch (IOException e) {
                    LOG.warn("blob={} reading a range failed: {}", blob.digest(), e.getMessage());
                    yield false;
                }
            }
        };
    }

    private static Sendable inMemory(Request request, Response response, Cache cache) {
        var bytes =
                response.body() instanceof Response.Body.Bytes body && !request.isHead() ? body.bytes() : new byte[0];
        boolean content = !response.subject().version().isEmpty() && response.status() < 400;
        return new Sendable.InMemory(response, bytes, 0, bytes.length, content ? cache : Cache.NONE);
    }

    private Sendable finished(Sendable sendable, Instant started) {
        var head = sendable.head();
        var now = clock.instant();
        var headers = new LinkedHashMap<>(head.headers());
        headers.put("Date", date.now().text());
        if (headers.containsKey("X-Portolan-Version")) {
            headers.put("Server-Timing", "node;dur=" + millis(Duration.between(started, now)));
        }
        var timed = new Response(head.status(), headers, head.body(), head.subject());
        return switch (sendable) {
            case Sendable.InMemory whole ->
                new Sendable.InMemory(timed, whole.bytes(), whole.offset(), whole.count(), whole.cache());
            case Sendable.OnDisk disk ->
                new Sendable.OnDisk(timed, disk.file(), disk.first(), disk.offset(), disk.length(), disk.cache());
        };
    }

    private static String millis(Duration duration) {
        long micros = duration.toNanos() / 1000;
        return micros / 1000 + "." + "%03d".formatted(micros % 1000);
    }
}
