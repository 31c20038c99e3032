package io.portolan.region;

import io.portolan.protocol.ObservationTable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has a cache forget one file: by {@code PURGE}, which Varnish knows, else by asking it for the file anew in each coding, which nginx does
 * with our configuration. A CDN that allows neither from here says so, and is left alone. Thread-safe.
 */
final class CdnPurge implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final List<String> CODINGS = List.of("br", "gzip", "identity");

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /** What came of it, in words. */
    String purge(String url) {
        try {
            int purged = status(request(url).method("PURGE", HttpRequest.BodyPublishers.noBody()));
            if (purged >= 200 && purged < 300) {
                return "purged";
            }
            var anew = new ArrayList<String>();
            for (var coding : CODINGS) {
                int asked = status(request(url)
                        .header("Cache-Control", "no-cache")
                        // Browsers send the former with every file: our own configuration goes by this alone.
                        .header("Portolan-Refresh", "1")
                        .header("Accept-Encoding", coding));
                anew.add(String.valueOf(asked));
            }
            return "asked for anew (" + String.join(", ", anew) + "), as PURGE was answered " + purged;
        } catch (IOException | IllegalArgumentException e) {
            return "not possible: " + (e.getMessage() == null ? e.toString() : e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "not possible: this node stops";
        }
    }

    /** The client's own timeout ends with the head of an answer; this one is for all of it. */
    private int status(HttpRequest.Builder request) throws IOException, InterruptedException {
        var answer = http.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding());
        try {
            return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).statusCode();
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no whole answer within " + TIMEOUT.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw new IOException(
                    String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()), e);
        } finally {
            answer.cancel(true);
        }
    }

    private static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url))
                .timeout(TIMEOUT)
                .header("User-Agent", ObservationTable.CDN_AGENT);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
