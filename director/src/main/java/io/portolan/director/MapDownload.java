package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.planner.routing.LatencyMapFormat;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Fetches maps from control planes by their digest; the next is asked where one fails. Thread-safe. */
final class MapDownload implements MapOrigin, AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /** Head and body together: 512 MiB at 2 MB/s. */
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final List<URI> bases;

    /** {@code bases}: base URLs of control planes. */
    MapDownload(List<URI> bases) {
        this.bases = List.copyOf(bases);
    }

    @Override
    public byte[] fetch(Digest digest) throws IOException, InterruptedException {
        var failures = new ArrayList<String>();
        for (var base : bases) {
            var uri = URI.create(base.toString().replaceAll("/+$", "") + "/v1/blobs/" + digest);
            var answer = http.sendAsync(
                    HttpRequest.newBuilder(uri).build(),
                    BodyHandlers.limiting(BodyHandlers.ofByteArray(), LatencyMapFormat.LIMIT_BYTES));
            try {
                var response = answer.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
                if (response.statusCode() == 200) {
                    return response.body();
                }
                failures.add(uri + ": " + response.statusCode());
            } catch (ExecutionException e) {
                failures.add(uri + ": " + (e.getCause() == null ? e : e.getCause()));
            } catch (TimeoutException e) {
                failures.add(uri + ": no answer within " + TIMEOUT.toSeconds() + " s");
            } finally {
                answer.cancel(true);
            }
        }
        throw new IOException("fetching latency map " + digest + ": " + String.join(", ", failures));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
