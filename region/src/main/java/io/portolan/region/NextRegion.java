package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.sync.BoundedHttp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks other nodes, the best first, for an answer that this one cannot give, and gives it as its own. Thread-safe; waits for the
 * network.
 *
 * <p>Every question carries {@code Via}, so whoever is asked answers from what it has or not at all: there is never more than one
 * hop. Bounded in nodes asked, time, bytes and answers at once; where a bound is met, the caller's own answer stands.
 */
final class NextRegion implements AutoCloseable {
    /** Nodes whose rest is remembered before those are forgotten that are not asked now. */
    private static final int MOST_KNOWN = 256;

    /** Nodes asked for one answer. */
    private static final int MOST_ASKED = 8;
    /** Longest for all of them together; the one that is being asked then may finish. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    /** Longest for one node, its connection included. */
    private static final Duration LONGEST_OF_ONE = Duration.ofSeconds(5);

    /** Longest body that is passed on: it is held in memory. */
    private static final int MOST_BYTES = 4 << 20;
    /** Answers passed on at once. */
    private static final int MOST_AT_ONCE = 16;

    private static final String PSEUDONYM = "1.1 portolan";
    private static final Set<String> ASKED = Set.of(
            "accept", "accept-encoding", "if-match", "if-none-match", "if-range", "range", "user-agent", "referer");
    /** Of the connection to the other node, or said anew by this one. */
    private static final Set<String> NOT_PASSED_ON = Set.of(
            "connection",
            "content-length",
            "date",
            "keep-alive",
            "server-timing",
            "set-cookie",
            "transfer-encoding",
            "upgrade",
            "via");
    /** Answers that are about the content, whoever gives them. */
    private static final Set<Integer> ANSWERS = Set.of(200, 206, 304, 400, 412, 416);

    private static final Logger LOG = LoggerFactory.getLogger(NextRegion.class);

    private final OtherNodes peers;
    private final InstantSource clock;
    private final ConcurrentHashMap<URI, FetchSource> known = new ConcurrentHashMap<>();

    @GuardedBy("this")
    private @Nullable BoundedHttp http;

    private final Semaphore atOnce = new Semaphore(MOST_AT_ONCE);
    private final LongAdder answered = new LongAdder();
    private final LongAdder unanswered = new LongAdder();
    private final LongAdder crowded = new LongAdder();

    NextRegion(OtherNodes peers, InstantSource clock) {
        this.peers = peers;
        this.clock = clock;
    }

    /** The answer of the first node that has one; empty when none has. */
    Optional<Response> ask(Request request, Elsewhere wanted) {
        if (!atOnce.tryAcquire()) {
            crowded.increment();
            return Optional.empty();
        }
        try {
            var answer = askAll(request, wanted);
            (answer.isPresent() ? answered : unanswered).increment();
            return answer;
        } finally {
            atOnce.release();
        }
    }

    private Optional<Response> askAll(Request request, Elsewhere wanted) {
        var urls = peers.about(wanted.extension());
        if (known.size() > MOST_KNOWN) {
            known.keySet().retainAll(urls);
        }
        var end = clock.instant().plus(LONGEST);
        int asked = 0;
        for (var url : urls) {
            var node = known.computeIfAbsent(url, fresh -> new FetchSource(fresh, true));
            if (node.rests(clock.millis())) {
                continue;
            }
            if (++asked > MOST_ASKED || clock.instant().isAfter(end)) {
                break;
            }
            try {
                var answer = ask(url, request, wanted);
                node.gaveBlob();
                if (answer.isPresent()) {
                    return answer;
                }
            } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
                break;
            } catch (IOException | IllegalArgumentException e) {
                node.failed(String.valueOf(e.getMessage()), clock.millis());
                LOG.warn("node={} asked for {}: {}", url, wanted.target(), e.toString());
            }
        }
        return Optional.empty();
    }

    /** The node's answer; empty for one that is about itself and not about the content. */
    private Optional<Response> ask(URI base, Request request, Elsewhere wanted)
            throws IOException, InterruptedException {
        var question = HttpRequest.newBuilder(URI.create(trimmed(base) + wanted.target()));
        ASKED.forEach(name -> {
            if (!request.header(name).isEmpty()) {
                question.header(name, request.header(name));
            }
        });
        var answer = http().send(question.header("Via", PSEUDONYM), LONGEST_OF_ONE, MOST_BYTES);
        return ANSWERS.contains(answer.statusCode()) && isOf(answer, wanted)
                ? Optional.of(new Response(
                        answer.statusCode(), headers(answer, wanted), new Response.Body.Bytes(answer.body())))
                : Optional.empty();
    }

    private static String trimmed(URI base) {
        var text = base.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** Made when first needed, as it has threads of its own. */
    private synchronized BoundedHttp http() {
        if (http == null) {
            http = new BoundedHttp();
        }
        return http;
    }

    /** Whether the answer is about the version that is wanted: pages say of which they are, other targets name it. */
    private static boolean isOf(HttpResponse<?> answer, Elsewhere wanted) {
        return wanted.version().isEmpty()
                ? answer.statusCode() < 400
                : wanted.version()
                        .equals(answer.headers()
                                .firstValue("X-Portolan-Version")
                                .orElse(wanted.version()));
    }

    private static Map<String, String> headers(HttpResponse<?> answer, Elsewhere wanted) {
        var headers = new LinkedHashMap<String, String>();
        answer.headers().map().forEach((name, values) -> {
            if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                headers.put(canonical(name), String.join(", ", values));
            }
        });
        wanted.headers().forEach(headers::put);
        headers.put("Via", PSEUDONYM);
        return headers;
    }

    /** As this node writes the name, which is how others look it up. */
    private static String canonical(String name) {
        var words = new StringBuilder();
        for (var word : name.split("-", -1)) {
            words.append(words.isEmpty() ? "" : "-")
                    .append(word.isEmpty() ? "" : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return words.toString().replace("Etag", "ETag");
    }

    @Override
    public synchronized void close() {
        if (http != null) {
            http.close();
        }
    }

    /** Adds the counters in the text format of Prometheus. */
    void write(StringBuilder text) {
        text.append(
                "# HELP portolan_node_proxied_total Requests that this node could not answer and asked another for.\n");
        text.append("# TYPE portolan_node_proxied_total counter\n");
        line(text, "answered", answered);
        line(text, "unanswered", unanswered);
        line(text, "too-many", crowded);
    }

    private static void line(StringBuilder text, String result, LongAdder value) {
        text.append("portolan_node_proxied_total{result=\"")
                .append(result)
                .append("\"} ")
                .append(value.sum())
                .append('\n');
    }
}
