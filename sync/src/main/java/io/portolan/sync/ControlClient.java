package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Join;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The calls that a node makes to the control plane, each with a timeout over head and body. Thread-safe. */
final class ControlClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    /** An object of 8 MiB over a line of 1 MB/s. */
    private static final Duration OBJECT_TIMEOUT = Duration.ofSeconds(30);
    /** What a long-poll may take beyond its wait. */
    private static final Duration POLL_MARGIN = Duration.ofSeconds(10);

    private static final int ANSWER_LIMIT_BYTES = 1 << 20;
    private static final int ERROR_TEXT_LIMIT = 300;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final String base;

    ControlClient(URI control) {
        this.base = control.toString().replaceAll("/+$", "");
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
        requireSuccess(answer);
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
            default -> throw unexpected(answer);
        };
    }

    /** An object's bytes, not yet verified; empty if the control plane does not have it. */
    Optional<byte[]> object(Digest digest) throws IOException, InterruptedException {
        var answer = send(request("/v1/objects/" + digest).GET(), OBJECT_TIMEOUT, RevisionReplica.OBJECT_LIMIT_BYTES);
        if (answer.statusCode() == 404) {
            return Optional.empty();
        }
        requireSuccess(answer);
        return Optional.of(answer.body());
    }

    void status(String node, Envelope status) throws IOException, InterruptedException {
        requireSuccess(send(
                request("/v1/nodes/" + node + "/status")
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofByteArray(Json.bytes(status))),
                REQUEST_TIMEOUT,
                ANSWER_LIMIT_BYTES));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder builder, Duration timeout, int limitBytes)
            throws IOException, InterruptedException {
        var request = builder.build();
        // HttpRequest.timeout ends with the head of the answer; waiting for the future covers the body too.
        var future = http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), limitBytes));
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(what(request) + reason(cause), cause);
        } catch (TimeoutException e) {
            throw new IOException(what(request) + "no answer within " + timeout.toMillis() + " ms", e);
        } finally {
            future.cancel(true);
        }
    }

    private static String reason(Throwable cause) {
        var message = cause.getMessage();
        return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }

    private static String what(HttpRequest request) {
        return request.method() + " " + request.uri() + ": ";
    }

    private static void requireSuccess(HttpResponse<byte[]> answer) throws IOException {
        if (answer.statusCode() / 100 != 2) {
            throw unexpected(answer);
        }
    }

    private static IOException unexpected(HttpResponse<byte[]> answer) {
        String detail;
        try {
            detail = String.valueOf(Json.read(answer.body(), Problem.class).detail());
        } catch (MalformedJson noProblem) {
            detail = new String(answer.body(), StandardCharsets.UTF_8);
        }
        var text = detail.length() > ERROR_TEXT_LIMIT ? detail.substring(0, ERROR_TEXT_LIMIT) : detail;
        return new IOException(what(answer.request()) + answer.statusCode() + " " + text.strip());
    }

    private static <T> T parse(HttpResponse<byte[]> answer, Class<T> type) throws IOException {
        try {
            return Json.read(answer.body(), type);
        } catch (MalformedJson e) {
            throw new IOException(what(answer.request()) + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
