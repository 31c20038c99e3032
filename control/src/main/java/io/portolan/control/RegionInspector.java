package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.RegionName;
import io.portolan.planner.bringup.Check;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.ObservationTable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Looks at regions on their way over HTTP, in the background: whether a node can be reached, whether its pages and assets are what
 * another region has, and what all nodes see. Whoever decides asks for what is known now and never waits. Thread-safe.
 *
 * <p>It keeps nothing that matters: after a restart everything is looked at again.
 */
final class RegionInspector implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ASSET_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    /** Observations that are older tell nothing. */
    private static final Duration FRESH = Duration.ofSeconds(10);
    /** Errors of this long count when a region is compared with others. */
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private static final int SAMPLES = 120;

    /** What tasks begin with that wake up nobody. */
    private static final String QUIET = "quietly/";

    /** How a node answers a page that has no configuration for the portal host. */
    private static final int REFUSED = 400;

    private final HttpClient http;
    private final Changes changes;
    private final InstantSource clock;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("inspect-", 0).factory());
    private final Map<String, Task> tasks = new ConcurrentHashMap<>();
    private final Map<String, Deque<NodeObservation>> observed = new ConcurrentHashMap<>();

    RegionInspector(HttpClient http, Changes changes, InstantSource clock) {
        this.http = http;
        this.changes = changes;
        this.clock = clock;
    }

    /**
     * Something that was looked at.
     *
     * @param subject what exactly
     * @param running whether it is being looked at now
     * @param result  of the last look, empty before
     * @param at      when that ended
     */
    private record Task(String subject, boolean running, Optional<List<Check>> result, Instant at) {}

    /** Work that may fail by its connection. */
    private interface Look {
        List<Check> run() throws IOException, InterruptedException;
    }

    /** A page that a region is to serve. */
    record Page(String extension, String route, String version) {}

    /** Whether a node answers at its URL. */
    Check reach(RegionName region, String url) {
        return look("reach/" + region, url, true, () -> List.of(reached(url)))
                .map(List::getFirst)
                .orElseGet(() -> Check.pending("reachability", url + " is being asked"));
    }

    private Check reached(String url) throws IOException, InterruptedException {
        var answer = http.send(request(url + "/healthz", TIMEOUT), HttpResponse.BodyHandlers.discarding());
        return answer.statusCode() == 200
                ? Check.pass("reachability", url + " answers")
                : Check.fail("reachability", url + "/healthz answered " + answer.statusCode());
    }

    /**
     * Loads every page of a region and compares every asset with another region's, byte by byte.
     *
     * @param url   of the region's node
     * @param other of another region's node, empty text for none
     * @return checks; empty while the first look is not over
     */
    List<Check> verify(RegionName region, String url, String other, List<String> hosts, List<Page> pages) {
        var subject = url + " " + other + " " + pages;
        return look("verify/" + region, subject, false, () -> verified(region, url, other, hosts, pages))
                .orElse(List.of());
    }

    private List<Check> verified(RegionName region, String url, String other, List<String> hosts, List<Page> pages)
            throws IOException, InterruptedException {
        long files = 0;
        long bytes = 0;
        for (var page : pages) {
            var fault = page(region, url, other, hosts, page);
            if (fault.isPresent()) {
                return List.of(Check.fail("pages", fault.get()));
            }
            var manifest = manifest(url, page);
            if (!other.isEmpty() && !manifest.equals(manifest(other, page))) {
                return List.of(Check.fail(
                        "assets",
                        page.extension() + " " + page.version() + ": another manifest than " + other + " has"));
            }
            for (var file : manifest.path("files")) {
                var path = file.path("path").asString();
                var here = fetched(url, page, path);
                var there = other.isEmpty()
                        ? file.path("sha256").asString(here.digest())
                        : fetched(other, page, path).digest();
                if (!here.digest().equals(there)) {
                    return List.of(Check.fail(
                            "assets",
                            page.extension() + " " + page.version() + ": " + path + " differs from what "
                                    + (other.isEmpty() ? "the manifest says" : other + " has")));
                }
                files++;
                bytes += here.bytes();
            }
        }
        return List.of(
                Check.pass("pages", pages.size() + " extensions loaded by HTTP"),
                Check.pass(
                        "assets",
                        files + " files, " + bytes + " bytes, the same as "
                                + (other.isEmpty() ? "in the manifests" : other + " has")),
                Check.skipped("controllers", "nodes say in their status how theirs are"));
    }

    /**
     * What is wrong with a page, empty if it is right. A version may have no configuration for some portal hosts, or for all of them;
     * one that is refused for all here must be refused for all by the other region too.
     */
    private Optional<String> page(RegionName region, String url, String other, List<String> hosts, Page page)
            throws IOException, InterruptedException {
        var answer = firstNotRefused(url, hosts, page);
        if (answer.isEmpty()) {
            return !other.isEmpty() && firstNotRefused(other, hosts, page).isPresent()
                    ? Optional.of(page.extension() + ": " + url + "/" + page.route()
                            + " answers 400 for every portal host, and " + other + " does not")
                    : Optional.empty();
        }
        var wrong = answer.get().statusCode() == 200
                ? wrong(answer.get(), "X-Portolan-Version", page.version())
                        .or(() -> wrong(answer.get(), "X-Portolan-Region", region.value()))
                : Optional.of("answered " + answer.get().statusCode());
        return wrong.map(why -> page.extension() + ": " + answer.get().uri() + ": " + why);
    }

    /** The page for the first portal host for which it is not 400; empty where it is for all. */
    private Optional<HttpResponse<Void>> firstNotRefused(String url, List<String> hosts, Page page)
            throws IOException, InterruptedException {
        for (var host : hosts.isEmpty() ? List.of("") : hosts) {
            var uri = url + "/" + page.route()
                    + (host.isEmpty() ? "" : "?trustedAuthority=" + URLEncoder.encode(host, StandardCharsets.UTF_8));
            var answer = http.send(request(uri, TIMEOUT), HttpResponse.BodyHandlers.discarding());
            if (answer.statusCode() != REFUSED) {
                return Optional.of(answer);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> wrong(HttpResponse<?> answer, String header, String expected) {
        var value = answer.headers().firstValue(header).orElse("");
        return value.equals(expected)
                ? Optional.empty()
                : Optional.of(header + ": " + value + " (expected: " + expected + ")");
    }

    private JsonNode manifest(String url, Page page) throws IOException, InterruptedException {
        var uri = url + "/" + page.route() + "/-/manifest/" + page.version();
        var answer = http.send(request(uri, TIMEOUT), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException(uri + " answered " + answer.statusCode());
        }
        try {
            return Json.mapper().readTree(answer.body());
        } catch (JacksonException e) {
            throw new IOException(uri + ": " + e.getMessage(), e);
        }
    }

    private record Fetched(String digest, long bytes) {}

    private Fetched fetched(String url, Page page, String path) throws IOException, InterruptedException {
        var encoded = List.of(path.split("/", -1)).stream()
                .map(segment ->
                        URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"))
                .reduce((one, two) -> one + "/" + two)
                .orElse("");
        var uri = url + "/" + page.route() + "/Content/" + page.version() + "/" + encoded;
        var answer = http.send(request(uri, ASSET_TIMEOUT), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != 200) {
                throw new IOException(uri + " answered " + answer.statusCode());
            }
            var hash = Digest.sha256();
            long bytes;
            try (var hashing = new DigestInputStream(body, hash)) {
                bytes = hashing.transferTo(java.io.OutputStream.nullOutputStream());
            }
            return new Fetched(Digest.from(hash).value(), bytes);
        }
    }

    private static HttpRequest request(String uri, Duration timeout) throws IOException {
        try {
            return HttpRequest.newBuilder(URI.create(uri))
                    .timeout(timeout)
                    .header("User-Agent", ObservationTable.JOINING_AGENT)
                    .build();
        } catch (IllegalArgumentException e) {
            throw new IOException(uri + ": " + e.getMessage(), e);
        }
    }

    /**
     * The result for the subject, if there is one; looks when there is none, and where it may change by itself again and again, and
     * where a connection failed.
     */
    private Optional<List<Check>> look(String key, String subject, boolean repeat, Look look) {
        var now = clock.instant();
        var known = Optional.ofNullable(tasks.get(key));
        var same = known.filter(task -> task.subject().equals(subject));
        boolean due = same.map(task ->
                        (repeat || isOpen(task)) && !now.isBefore(task.at().plus(AGAIN)))
                .orElse(true);
        var before = same.flatMap(Task::result);
        if (due && !known.map(Task::running).orElse(false)) {
            tasks.put(key, new Task(subject, true, before, now));
            threads.execute(() -> run(key, subject, look));
        }
        return before;
    }

    /** Whether a connection failed, which says nothing of the region's content. */
    private static boolean isOpen(Task task) {
        return task.result()
                .map(checks -> checks.stream().anyMatch(check -> check.result() == Check.Result.PENDING))
                .orElse(true);
    }

    private void run(String key, String subject, Look look) {
        Optional<List<Check>> result;
        try {
            result = Optional.of(look.run());
        } catch (IOException e) {
            result = Optional.of(List.of(Check.pending(
                    key.substring(0, key.indexOf('/')),
                    subject.lines().findFirst().orElse("").split(" ", 2)[0] + ": "
                            + (e.getMessage() == null ? e.toString() : e.getMessage()))));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        tasks.put(key, new Task(subject, false, result, clock.instant()));
        if (!key.startsWith(QUIET)) {
            changes.signal();
        }
    }

    /** Forgets what was seen of a region: a person wants it looked at again, or it goes on from another state. */
    void forget(RegionName region) {
        tasks.remove("reach/" + region);
        tasks.remove("verify/" + region);
    }

    /** Reads what nodes observe, each about once a second. */
    void observe(List<String> urls) {
        observe(urls, "observe/");
    }

    /** The same for whoever looks by the clock anyhow: nobody is woken up by what came. */
    void observeQuietly(List<String> urls) {
        observe(urls, QUIET);
    }

    private void observe(List<String> urls, String kind) {
        for (var url : urls) {
            look(kind + url, url, true, () -> {
                var answer =
                        http.send(request(url + "/-/observations", TIMEOUT), HttpResponse.BodyHandlers.ofByteArray());
                if (answer.statusCode() == 200) {
                    keep(url, answer.body());
                }
                return List.of();
            });
        }
    }

    private void keep(String url, byte[] body) throws IOException {
        try {
            var seen = Json.read(body, NodeObservation.class).readAt(clock.instant());
            var samples = observed.computeIfAbsent(url, none -> new ArrayDeque<>());
            synchronized (samples) {
                samples.addLast(seen);
                if (samples.size() > SAMPLES) {
                    samples.removeFirst();
                }
            }
        } catch (MalformedJson e) {
            throw new IOException(url + "/-/observations: " + e.getMessage(), e);
        }
    }

    /** What a node observed lately. */
    Optional<NodeObservation> latest(String url) {
        return samples(url).stream().reduce((one, two) -> two).filter(seen -> fresh(seen, FRESH));
    }

    private boolean fresh(NodeObservation seen, Duration limit) {
        var at = seen.at();
        return at != null && Duration.between(at, clock.instant()).compareTo(limit) <= 0;
    }

    private List<NodeObservation> samples(String url) {
        var samples = observed.get(url);
        if (samples == null) {
            return List.of();
        }
        synchronized (samples) {
            return new ArrayList<>(samples);
        }
    }

    /**
     * Requests that nodes answered within the last minute, and how many of them failed.
     *
     * @param answered all
     * @param failed   those with a fault of the node's own
     */
    record Answers(long answered, long failed) {}

    Answers answers(List<String> urls) {
        long answered = 0;
        long failed = 0;
        for (var url : urls) {
            var samples =
                    samples(url).stream().filter(seen -> fresh(seen, WINDOW)).toList();
            if (samples.size() > 1) {
                // A node that was started again counts from nothing.
                answered += Math.max(
                        0, samples.getLast().answered() - samples.getFirst().answered());
                failed += Math.max(
                        0, samples.getLast().failed() - samples.getFirst().failed());
            }
        }
        return new Answers(answered, failed);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
