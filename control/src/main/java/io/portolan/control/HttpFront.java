package io.portolan.control;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.portolan.planner.rollout.Refusal;
import io.portolan.protocol.MalformedJson;
import io.portolan.storage.Conflict;
import io.portolan.storage.StorageFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP listener: guards every request (host, origin), finds its route and turns faults into problems. Thread-safe.
 *
 * <p>Requests run on virtual threads; handlers may block.
 */
final class HttpFront implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpFront.class);
    private static final int MAX_CONNECTIONS = 2_000;
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    private final Routes routes;
    private final Set<String> hosts;
    private final WebServer server;

    /** Binds and starts. */
    HttpFront(Routes routes, String listenHost, int port, List<String> extraHosts) {
        this.routes = routes;
        this.hosts = Set.copyOf(Stream.concat(extraHosts.stream(), Stream.of(listenHost, "localhost"))
                .map(host -> host.toLowerCase(Locale.ROOT))
                .toList());
        this.server = WebServer.builder()
                .host(listenHost)
                .port(port)
                .shutdownHook(false)
                .shutdownGracePeriod(Duration.ofMillis(200))
                .maxTcpConnections(MAX_CONNECTIONS)
                .connectionOptions(socket -> socket.tcpNoDelay(true))
                .routing(routing -> routing.any(this::handle))
                .build()
                .start();
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    private void handle(ServerRequest request, ServerResponse response) {
        Answer answer;
        try {
            answer = answer(request);
        } catch (ApiException e) {
            answer = Answer.problem(e);
        } catch (Refusal e) {
            answer = Answer.problem(problem(e));
        } catch (MalformedJson e) {
            answer = Answer.problem(new ApiException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage())));
        } catch (Conflict e) {
            answer = Answer.problem(new ApiException(
                    ErrorCode.CONFLICT, "somebody else changed it at the same time, ask again: " + e.getMessage()));
        } catch (StorageFailure e) {
            LOG.warn(
                    "answering {} {} reason={}",
                    request.prologue().method(),
                    request.path().path(),
                    e.getMessage());
            answer = Answer.problem(new ApiException(ErrorCode.STORAGE_UNAVAILABLE, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            LOG.error(
                    "answering {} {}",
                    request.prologue().method(),
                    request.path().path(),
                    e);
            answer = Answer.problem(new ApiException(ErrorCode.INTERNAL, "the log of the control plane says more"));
        }
        send(answer, response);
    }

    private Answer answer(ServerRequest request) {
        var method = request.prologue().method().text();
        var path = request.path().path();
        guard(method, request);
        var lookedUp = method.equals("HEAD") ? "GET" : method;
        var match = routes.find(lookedUp, path)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NOT_FOUND, method + " " + path + ": no such path (see /v1/openapi.json)"));
        var query = new HashMap<String, String>();
        for (var name : request.query().names()) {
            query.put(name, request.query().get(name));
        }
        return match.handler()
                .answer(new Call(
                        lookedUp,
                        path,
                        match.parameters(),
                        query,
                        name -> request.headers().first(HeaderNames.create(name)),
                        request.remotePeer().host(),
                        request.content().hasEntity()
                                ? request.content().inputStream()
                                : InputStream.nullInputStream()));
    }

    /** A page of another site must not be able to use the listener, neither by its own origin nor by rebinding a name. */
    private void guard(String method, ServerRequest request) {
        var authority = request.authority();
        if (!hosts.contains(hostOf(authority))) {
            throw new ApiException(
                    ErrorCode.UNKNOWN_HOST,
                    "host: " + authority + " (expected: one of " + String.join(", ", hosts) + ")");
        }
        if (SAFE.contains(method)) {
            return;
        }
        request.headers().first(HeaderNames.create("Sec-Fetch-Site")).ifPresent(site -> {
            if (site.equals("cross-site")) {
                throw new ApiException(ErrorCode.FORBIDDEN_ORIGIN, "Sec-Fetch-Site: " + site);
            }
        });
        request.headers().first(HeaderNames.ORIGIN).ifPresent(origin -> {
            if (!sameOrigin(origin, authority)) {
                throw new ApiException(
                        ErrorCode.FORBIDDEN_ORIGIN, "Origin: " + origin + " (expected: http://" + authority + ")");
            }
        });
    }

    private static boolean sameOrigin(String origin, String authority) {
        try {
            return authority.equalsIgnoreCase(String.valueOf(URI.create(origin).getRawAuthority()));
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    private static String hostOf(String authority) {
        var lower = authority.toLowerCase(Locale.ROOT);
        if (lower.startsWith("[")) {
            return lower.substring(0, Math.max(1, lower.indexOf(']') + 1));
        }
        int colon = lower.indexOf(':');
        return colon < 0 ? lower : lower.substring(0, colon);
    }

    private static ApiException problem(Refusal refusal) {
        var code =
                switch (refusal.code()) {
                    case ROLLOUT_IN_PROGRESS -> ErrorCode.ROLLOUT_IN_PROGRESS;
                    case HELD -> ErrorCode.HELD;
                    case WRONG_STATE -> ErrorCode.WRONG_STATE;
                    case NOTHING_TO_CHANGE -> ErrorCode.NOTHING_TO_CHANGE;
                    case NOTHING_TO_ROLL_BACK_TO -> ErrorCode.NOTHING_TO_ROLL_BACK_TO;
                    case UNKNOWN -> ErrorCode.NOT_FOUND;
                    case INVALID -> ErrorCode.INVALID;
                    case CONFLICT -> ErrorCode.CONFLICT;
                    case POLICY -> ErrorCode.POLICY;
                };
        return new ApiException(code, String.valueOf(refusal.getMessage()));
    }

    private static void send(Answer answer, ServerResponse response) {
        response.status(answer.status());
        response.header("X-Content-Type-Options", "nosniff");
        answer.headers().forEach(response::header);
        if (!answer.headers().containsKey("Cache-Control")) {
            response.header("Cache-Control", "no-store");
        }
        switch (answer) {
            case Answer.Bytes bytes -> {
                if (!bytes.type().isEmpty()) {
                    response.header("Content-Type", bytes.type());
                }
                if (bytes.body().length == 0) {
                    response.send();
                } else {
                    response.send(bytes.body());
                }
            }
            case Answer.Stream stream -> {
                response.header("Content-Type", stream.type());
                stream(stream, response);
            }
        }
    }

    private static void stream(Answer.Stream stream, ServerResponse response) {
        try (var out = response.outputStream()) {
            stream.body().write(out);
        } catch (IOException | UncheckedIOException clientWentAway) {
            LOG.debug("stream ended", clientWentAway);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
