package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Join;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls that a node makes to the control plane, each with a timeout over head and body. Thread-safe. */
final class ControlClient implements ObjectOrigin, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlClient.class);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    /** An object of 8 MiB over a line of 1 MB/s. */
    private static final Duration OBJECT_TIMEOUT = Duration.ofSeconds(30);
    /** What a long-poll may take beyond its wait. */
    private static final Duration POLL_MARGIN = Duration.ofSeconds(10);

    private static final int ANSWER_LIMIT_BYTES = 1 << 20;

    private final BoundedHttp http = new BoundedHttp();
    private final List<String> bases;
    /** Which of them is asked. */
    private volatile int at;

    /** {@code controls}: base URLs of control planes on one database, at least one; the next is asked when one fails. */
    ControlClient(List<URI> controls) {
        this.bases = controls.stream()
                .map(control -> control.toString().replaceAll("/+$", ""))
                .toList();
    }

    /** Answer of a poll. */
    sealed interface Polled {
        /** Still the one whose tag was sent. */
        record Same() implements Polled {}

        /** The environment has no revision yet. */
        record None() implements Polled {}

        /** An envelope and its entity tag, empty text if it came without. */
        record Fresh(byte[] envelope, String tag) implements Polled {}
    }

    Join.Response join(Join.Request request, String token) throws IOException, InterruptedException {
        var answer = send(
                request("/v1/nodes")
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(Json.bytes(request))),
                REQUEST_TIMEOUT,
                ANSWER_LIMIT_BYTES);
        BoundedHttp.requireSuccess(answer);
        return parse(answer, Join.Response.class);
    }

    /**
     * Newest revision.
     *
     * @param tag  entity tag of what is known, empty text for nothing
     * @param wait longest time that the control plane may wait for another one
     */
    Polled poll(EnvironmentName environment, String tag, Duration wait) throws IOException, InterruptedException {
        var request = request("/v1/environments/" + environment + "/revision").GET();
        request.header("Prefer", "wait=" + Math.max(1, wait.toSeconds()));
        if (!tag.isEmpty()) {
            request.header("If-None-Match", tag);
        }
        var answer = send(request, wait.plus(POLL_MARGIN), RevisionReplica.ENVELOPE_LIMIT_BYTES);
        return switch (answer.statusCode()) {
            case 200 ->
                new Polled.Fresh(
                        answer.body(), answer.headers().firstValue("ETag").orElse(""));
            case 304 -> new Polled.Same();
            case 404 -> new Polled.None();
            default -> throw BoundedHttp.unexpected(answer);
        };
    }

    @Override
    public Optional<byte[]> object(Digest digest) throws IOException, InterruptedException {
        var answer = send(request("/v1/objects/" + digest).GET(), OBJECT_TIMEOUT, RevisionReplica.OBJECT_LIMIT_BYTES);
        if (answer.statusCode() == 404) {
            return Optional.empty();
        }
        BoundedHttp.requireSuccess(answer);
        return Optional.of(answer.body());
    }

    void status(String node, Envelope status) throws IOException, InterruptedException {
        BoundedHttp.requireSuccess(send(
                request("/v1/nodes/" + node + "/status")
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofByteArray(Json.bytes(status))),
                REQUEST_TIMEOUT,
                ANSWER_LIMIT_BYTES));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(bases.get(at) + path));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request, Duration timeout, int limitBytes)
            throws IOException, InterruptedException {
        try {
            var answer = http.send(request, timeout, limitBytes);
            if (answer.statusCode() >= 500) {
                failed(answer.request().uri());
            }
            return answer;
        } catch (IOException e) {
            failed(request.build().uri());
            throw e;
        }
    }

    /** Goes on to the next, unless another call that failed did already; whoever called tries again in its own time. */
    private void failed(URI uri) {
        int present = at;
        if (bases.size() > 1 && uri.toString().startsWith(bases.get(present) + "/")) {
            at = (present + 1) % bases.size();
            LOG.info("control plane changed from={} to={}", bases.get(present), bases.get(at));
        }
    }

    private static <T> T parse(HttpResponse<byte[]> answer, Class<T> type) throws IOException {
        try {
            return Json.read(answer.body(), type);
        } catch (MalformedJson e) {
            throw new IOException(BoundedHttp.what(answer.request()) + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return "the control plane";
    }

    @Override
    public void close() {
        http.close();
    }
}
