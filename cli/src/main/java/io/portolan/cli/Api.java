package io.portolan.cli;

import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The control plane's REST interface over HTTP/1.1. Thread-safe. */
final class Api implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    /** Reading, splitting and storing a package of the largest size may take a while after its last byte. */
    private static final Duration UPLOAD_TIMEOUT = Duration.ofMinutes(30);

    /** Names who acts, for the log and for plans that want two persons. */
    static final String ACTOR = "PORTOLAN_ACTOR";

    private final URI server;
    private final boolean dryRun;
    private final String actor;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /** @param dryRun whether changes are only tried */
    Api(URI server, boolean dryRun) {
        this.server = server;
        this.dryRun = dryRun;
        this.actor = actor(System.getenv(ACTOR));
    }

    /** A name that the server takes; empty text for none: then whoever reaches the server is its operator. */
    private static String actor(@Nullable String named) {
        return named != null && named.matches("[0-9A-Za-z][0-9A-Za-z._@+\\-]{0,63}") ? named : "";
    }

    /** One part of a path, percent-encoded. */
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    Reply get(String path) {
        return exchange(request(path, ANSWER_TIMEOUT).GET());
    }

    /** Asks and lets the server wait for something new; a 304 gives an empty body. */
    Reply getWaiting(String path, Duration wait, String knownEtag) {
        var request = request(path, ANSWER_TIMEOUT.plus(wait))
                .GET()
                .header("Prefer", "wait=" + Math.max(1, wait.toSeconds()));
        if (!knownEtag.isEmpty()) {
            request.header("If-None-Match", knownEtag);
        }
        return exchange(request);
    }

    Reply post(String path, Object body) {
        return change("POST", path, body, Duration.ZERO);
    }

    /** A change whose answer may be waited for. */
    Reply postWaiting(String path, Object body, Duration wait) {
        return change("POST", path, body, wait);
    }

    Reply put(String path, Object body) {
        return change("PUT", path, body, Duration.ZERO);
    }

    Reply delete(String path) {
        return exchange(request(changing(path), ANSWER_TIMEOUT).DELETE());
    }

    /** Streams a body of the given media type. */
    Reply upload(String path, String type, BodyPublisher body) {
        return exchange(request(changing(path), UPLOAD_TIMEOUT).PUT(body).header("Content-Type", type));
    }

    /** Writes what a path answers into a new file: for content of any size. */
    void download(String path, Path file) {
        var response = send(request(path, UPLOAD_TIMEOUT).GET(), BodyHandlers.ofInputStream());
        try (var body = response.body()) {
            if (response.statusCode() != 200) {
                throw failure(response.statusCode(), body.readAllBytes());
            }
            Files.copy(body, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens a stream of server-sent events; the caller closes it. */
    InputStream events(String path, String lastEventId) {
        // No timeout: a stream without events is as it should be. A dead peer ends it.
        var request = HttpRequest.newBuilder(uri(path)).GET().header("Accept", "text/event-stream");
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        var response = send(request, BodyHandlers.ofInputStream());
        if (response.statusCode() == 200) {
            return response.body();
        }
        try (var body = response.body()) {
            throw failure(response.statusCode(), body.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Reply change(String method, String path, Object body, Duration wait) {
        var request = request(changing(path), ANSWER_TIMEOUT.plus(wait))
                .method(method, BodyPublishers.ofByteArray(Json.bytes(body)))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", UUID.randomUUID().toString());
        if (wait.isPositive()) {
            request.header("Prefer", "wait=" + Math.max(1, wait.toSeconds()));
        }
        return exchange(request);
    }

    private String changing(String path) {
        return dryRun ? path + (path.contains("?") ? "&" : "?") + "dryRun=true" : path;
    }

    private URI uri(String path) {
        var base = server.toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    }

    private HttpRequest.Builder request(String path, Duration timeout) {
        var request = HttpRequest.newBuilder(uri(path))
                .timeout(timeout)
                .header("Accept", "application/json, application/problem+json");
        return actor.isEmpty() ? request : request.header("X-Portolan-Actor", actor);
    }

    private Reply exchange(HttpRequest.Builder request) {
        var response = send(request, BodyHandlers.ofByteArray());
        int status = response.statusCode();
        if (status >= 200 && status < 300 || status == 304) {
            return new Reply(
                    status,
                    response.body(),
                    response.headers().firstValue("ETag").orElse(""));
        }
        throw failure(status, response.body());
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) {
        try {
            return client.send(request.build(), handler);
        } catch (HttpConnectTimeoutException e) {
            throw unreachable("no answer to a connection within " + CONNECT_TIMEOUT.toSeconds() + " s");
        } catch (HttpTimeoutException e) {
            throw new CommandFailure(ExitCode.TIMED_OUT, server + " did not answer in time");
        } catch (IOException e) {
            throw unreachable(e.getMessage() == null ? "connection refused" : e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitCode.FAILED, "interrupted");
        }
    }

    private CommandFailure unreachable(String reason) {
        return new CommandFailure(
                ExitCode.UNREACHABLE,
                "cannot reach the control plane at " + server + ": " + reason,
                java.util.List.of(
                        "start one with: ./portolan dev",
                        "or name another with --server URL, PORTOLAN_SERVER or: portolan context use NAME --server URL"));
    }

    private static CommandFailure failure(int status, byte[] body) {
        try {
            var problem = Json.read(body, Problem.class);
            if (problem.title() != null || problem.detail() != null) {
                return CommandFailure.of(new Problem(
                        text(problem.type()),
                        text(problem.title()),
                        status,
                        text(problem.detail()),
                        text(problem.code()),
                        problem.violations()));
            }
        } catch (MalformedJson notAProblem) {
            // An answer of something between us and the control plane: its status is all there is to say.
        }
        return CommandFailure.of(Problem.of(status, "", "the server answered " + status, ""));
    }

    private static String text(@org.jspecify.annotations.Nullable String value) {
        return value == null ? "" : value;
    }

    @Override
    public void close() {
        client.close();
    }
}
