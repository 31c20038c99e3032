package io.portolan.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks replicas how they are. Thread-safe. */
final class HealthProbe implements AutoCloseable {
    private static final int MOST_SHOWN = 512;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /**
     * One answer.
     *
     * @param problem why it is not a good one, empty text for a good one
     * @param body    the first bytes of what was answered, as text
     */
    record Answer(String problem, String body) {
        boolean isGood() {
            return problem.isEmpty();
        }
    }

    /** Asks once; never throws for what a replica does. */
    Answer ask(URI url, Duration timeout) throws InterruptedException {
        try {
            var response = http.send(
                    HttpRequest.newBuilder(url).timeout(timeout).GET().build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                var body = new String(in.readNBytes(MOST_SHOWN), StandardCharsets.UTF_8);
                return new Answer(
                        response.statusCode() / 100 == 2
                                ? ""
                                : "answers " + response.statusCode() + " at " + url.getPath(),
                        body);
            }
        } catch (IOException e) {
            return new Answer("does not answer at " + url.getPath() + ": " + reason(e), "");
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
