package io.portolan.sync;

import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.Problem;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** HTTP/1.1 calls, each with a limit on the answer's bytes and on the time that head and body take. Thread-safe. */
public final class BoundedHttp implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final int ERROR_TEXT_LIMIT = 300;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /** An answer with another status than it should have. */
    static final class UnexpectedStatus extends IOException {
        private final int status;

        private UnexpectedStatus(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /** Opens no connection yet. */
    public BoundedHttp() {}

    /**
     * Asks, and waits for the whole answer, whatever its status.
     *
     * @param timeout    longest for head and body together
     * @param limitBytes longest body
     * @throws IOException when it did not come whole within the limits
     */
    public HttpResponse<byte[]> send(HttpRequest.Builder builder, Duration timeout, int limitBytes)
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

    static String what(HttpRequest request) {
        return request.method() + " " + request.uri() + ": ";
    }

    static void requireSuccess(HttpResponse<byte[]> answer) throws IOException {
        if (answer.statusCode() / 100 != 2) {
            throw unexpected(answer);
        }
    }

    static IOException unexpected(HttpResponse<byte[]> answer) {
        String detail;
        try {
            detail = String.valueOf(Json.read(answer.body(), Problem.class).detail());
        } catch (MalformedJson noProblem) {
            detail = new String(answer.body(), StandardCharsets.UTF_8);
        }
        var text = detail.length() > ERROR_TEXT_LIMIT ? detail.substring(0, ERROR_TEXT_LIMIT) : detail;
        return new UnexpectedStatus(
                answer.statusCode(), what(answer.request()) + answer.statusCode() + " " + text.strip());
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
