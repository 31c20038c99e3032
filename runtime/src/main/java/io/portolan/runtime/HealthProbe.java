package io.portolan.runtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
     * @param isSilent whether no whole answer came in time, not even a refusal
     */
    record Answer(String problem, String body, boolean isSilent) {
        boolean isGood() {
            return problem.isEmpty();
        }
    }

    /** Asks once, for so long at most, from the connection to the end of what is read; never throws for what a replica does. */
    Answer ask(URI url, Duration timeout) throws InterruptedException {
        try {
            var asked = client().sendAsync(
                            HttpRequest.newBuilder(url).timeout(timeout).GET().build(), head -> new FirstBytes());
            try {
                // The request's own timeout ends with the head: one that never ends its answer would keep us for ever.
                var response = asked.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
                return new Answer(
                        response.statusCode() / 100 == 2
                                ? ""
                                : "answers " + response.statusCode() + " at " + url.getPath(),
                        response.body(),
                        false);
            } finally {
                // Also when we are interrupted: the connection is not to stay.
                asked.cancel(true);
            }
        } catch (TimeoutException e) {
            return none(url, "request timed out", true);
        } catch (ExecutionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            return none(url, reason(cause), cause instanceof HttpTimeoutException);
        } catch (IOException | GeneralSecurityException e) {
            return none(url, reason(e), false);
        }
    }

    private static Answer none(URI url, String reason, boolean isSilent) {
        return new Answer("does not answer at " + url.getPath() + ": " + reason, "", isSilent);
    }

    /** The first bytes of a body, as text. The rest is not waited for: it may have no end. */
    private static final class FirstBytes implements HttpResponse.BodySubscriber<String> {
        private final CompletableFuture<String> text = new CompletableFuture<>();
        /** Of the thread that reads, as the subscription. */
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        private Flow.@Nullable Subscription subscription;

        @Override
        public CompletionStage<String> getBody() {
            return text;
        }

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            subscription = begun;
            begun.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> read) {
            for (var buffer : read) {
                var some = new byte[Math.min(buffer.remaining(), MOST_SHOWN - bytes.size())];
                buffer.get(some);
                bytes.writeBytes(some);
            }
            if (bytes.size() == MOST_SHOWN && subscription != null) {
                subscription.cancel();
                onComplete();
            }
        }

        @Override
        public void onError(Throwable cause) {
            text.completeExceptionally(cause);
        }

        @Override
        public void onComplete() {
            text.complete(bytes.toString(StandardCharsets.UTF_8));
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

    private static String reason(Throwable e) {
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
