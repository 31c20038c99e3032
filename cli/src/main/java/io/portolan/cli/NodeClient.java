package io.portolan.cli;

import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.Overrides;
import io.portolan.protocol.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Talks to region nodes and directors themselves, all at once: no control plane is needed, and one that does not answer holds up
 * nobody. Thread-safe.
 */
final class NodeClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);
    private static final int AT_ONCE = 64;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /** What one of them said. */
    sealed interface Said<T> {
        /** Who. */
        URI node();

        /** It answered. */
        record Answered<T>(URI node, T value) implements Said<T> {}

        /** It refused. */
        record Refused<T>(URI node, Problem problem) implements Said<T> {}

        /** It could not be reached, or answered with something else. */
        record Silent<T>(URI node, String reason) implements Said<T> {}
    }

    /** Reads base URLs; a scheme may be left out. */
    static List<URI> uris(List<String> texts, String option) {
        var uris = new ArrayList<URI>();
        for (var text : texts) {
            try {
                var uri = new URI(text.contains("://") ? text : "http://" + text);
                if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
                    throw new URISyntaxException(text, "no host");
                }
                uris.add(uri);
            } catch (URISyntaxException e) {
                throw new CommandFailure(
                        ExitCode.USAGE, option + ": " + text + " (expected: http://HOST:PORT, several with commas)");
            }
        }
        return List.copyOf(uris);
    }

    /** Overrides in force at each. */
    List<Said<Overrides.Listing>> list(List<URI> nodes) {
        return each(
                nodes, node -> ask(node, HttpRequest.newBuilder(at(node, "")).GET(), Overrides.Listing.class));
    }

    /** Gives each the order. */
    List<Said<Overrides.Answer>> give(List<URI> nodes, byte[] envelope, boolean dryRun) {
        return each(
                nodes,
                node -> ask(
                        node,
                        HttpRequest.newBuilder(at(node, dryRun ? "?dryRun=true" : ""))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(envelope)),
                        Overrides.Answer.class));
    }

    private static URI at(URI node, String query) {
        var base = node.toString();
        return URI.create(
                (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + OperatorOverride.PATH + query);
    }

    private <T> Said<T> ask(URI node, HttpRequest.Builder request, Class<T> type) {
        try {
            var answer = client.send(
                    request.timeout(ANSWER_TIMEOUT)
                            .header("Accept", "application/json, application/problem+json")
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() == 200) {
                return new Said.Answered<>(node, Json.read(answer.body(), type));
            }
            return new Said.Refused<>(node, Json.read(answer.body(), Problem.class));
        } catch (MalformedJson e) {
            return new Said.Silent<>(node, "it answered with something else than expected: " + e.getMessage());
        } catch (IOException e) {
            return new Said.Silent<>(node, e.getMessage() == null ? "no connection" : e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Said.Silent<>(node, "interrupted");
        }
    }

    /** One answer a node, in the given order. */
    private static <T> List<Said<T>> each(List<URI> nodes, Function<URI, Said<T>> ask) {
        var permits = new Semaphore(AT_ONCE);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = nodes.stream()
                    .<Callable<Said<T>>>map(node -> () -> {
                        permits.acquire();
                        try {
                            return ask.apply(node);
                        } finally {
                            permits.release();
                        }
                    })
                    .toList();
            var said = new ArrayList<Said<T>>();
            for (var task : threads.invokeAll(tasks)) {
                said.add(task.get());
            }
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitCode.FAILED, "interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
