package io.portolan.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Requests to region nodes, as a browser makes them. Thread-safe. */
final class Pages {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    private Pages() {}

    /** With these headers, names and values by turns. */
    static HttpResponse<byte[]> get(URI uri, String... headers) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri).timeout(TIMEOUT);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** Version that a node serves of a route, empty text when it serves none. */
    static String version(URI node, String route) throws IOException, InterruptedException {
        return get(node.resolve("/" + route))
                .headers()
                .firstValue("X-Portolan-Version")
                .orElse("");
    }
}
