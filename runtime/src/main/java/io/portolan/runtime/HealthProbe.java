package io.portolan.runtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Asks replicas how they are. Thread-safe. */
final class HealthProbe implements AutoCloseable {
    private static final int MOST_SHOWN = 512;

    private final ReentrantLock lock = new ReentrantLock();
    private final BackendTls tls;
    private final HttpClient.Version version;

    /** Made when there is something to ask: most nodes run nothing, and a client has a thread. */
    @GuardedBy("lock")
    private @Nullable HttpClient made;

    /** One that does what every client does. */
    HealthProbe() {
        this(BackendTls.STANDARD, HttpClient.Version.HTTP_1_1);
    }

    /** One that speaks so to what wants TLS. */
    HealthProbe(BackendTls tls, HttpClient.Version version) {
        this.tls = tls;
        this.version = version;
    }

    /**
     * One answer.
     *
     * @param problem  why it is not a good one, empty text for a good one
     * @param body     the first bytes of what was answered, as text
     * @param isSilent whether nothing came in time, not even a refusal
     */
    record Answer(String problem, String body, boolean isSilent) {
        boolean isGood() {
            return problem.isEmpty();
        }
    }

    /** Asks once; never throws for what a replica does. */
    Answer ask(URI url, Duration timeout) throws InterruptedException {
        try {
            var response = client().send(
                            HttpRequest.newBuilder(url).timeout(timeout).GET().build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                var body = new String(in.readNBytes(MOST_SHOWN), StandardCharsets.UTF_8);
                return new Answer(
                        response.statusCode() / 100 == 2
                                ? ""
                                : "answers " + response.statusCode() + " at " + url.getPath(),
                        body,
                        false);
            }
        } catch (IOException | GeneralSecurityException e) {
            return new Answer(
                    "does not answer at " + url.getPath() + ": " + reason(e), "", e instanceof HttpTimeoutException);
        }
    }

    private HttpClient client() throws IOException, GeneralSecurityException {
        lock.lock();
        try {
            var client = made;
            if (client == null) {
                var builder = HttpClient.newBuilder().version(version).followRedirects(HttpClient.Redirect.NEVER);
                if (!tls.equals(BackendTls.STANDARD)) {
                    builder.sslContext(tls.context());
                }
                client = builder.build();
                made = client;
            }
            return client;
        } finally {
            lock.unlock();
        }
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (made != null) {
                made.shutdownNow();
            }
        } finally {
            lock.unlock();
        }
    }
}
