package io.portolan.control;

import io.portolan.control.RegionVerification.Backend;
import io.portolan.control.RegionVerification.Page;
import io.portolan.control.RegionVerification.Subject;
import io.portolan.model.RegionName;
import io.portolan.planner.bringup.Check;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at regions on their way over HTTP, in the background: whether a node can be reached, whether its pages and assets are what
 * another region has, and what all nodes see. Whoever decides asks for what is known now and never waits. Thread-safe.
 *
 * <p>It keeps nothing that matters: after a restart everything is looked at again. Extended by the simulation, whose regions have no
 * listeners.
 */
class RegionInspector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RegionInspector.class);

    private static final Duration AGAIN = Duration.ofSeconds(1);
    /** What costs a look at every file is done no sooner again. */
    private static final Duration LATER = Duration.ofSeconds(5);
    /** Observations that are older tell nothing. */
    private static final Duration FRESH = Duration.ofSeconds(10);
    /** Errors of this long count when a region is compared with others. */
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private static final int SAMPLES = 120;

    /** What tasks about a region begin with. */
    private static final List<String> KINDS = List.of("reach/", "verify/", "browse/", "controllers/", "probe/");

    /** What tasks begin with that wake up nobody. */
    private static final String QUIET = "quietly/";

    private final HttpClient http;
    private final RegionVerification verification;
    private final PageBrowser browser;
    private final Changes changes;
    private final InstantSource clock;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("inspect-", 0).factory());
    private final Map<String, Task> tasks = new ConcurrentHashMap<>();
    private final AtomicLong looks = new AtomicLong();
    /** How far looks are that take long. */
    private final Map<String, String> progress = new ConcurrentHashMap<>();

    private final Map<String, Deque<NodeObservation>> observed = new ConcurrentHashMap<>();

    RegionInspector(HttpClient http, PageBrowser browser, Changes changes, InstantSource clock) {
        this.http = http;
        this.verification = new RegionVerification(http);
        this.browser = browser;
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
     * @param number  of the look: no two are equal
     */
    private record Task(String subject, boolean running, Optional<List<Check>> result, Instant at, long number) {}

    /** Work that may fail by its connection. */
    private interface Look {
        List<Check> run() throws IOException, InterruptedException;
    }

    /** Whether a node answers at its URL. */
    Check reach(RegionName region, String url) {
        return look("reach/" + region + "/" + url, url, true, () -> List.of(reached(url)))
                .map(List::getFirst)
                .orElseGet(() -> Check.pending("reachability", url + " is being asked"));
    }

    private Check reached(String url) throws IOException, InterruptedException {
        var answer = http.send(
                RegionVerification.request(url + "/healthz", RegionVerification.TIMEOUT),
                HttpResponse.BodyHandlers.discarding());
        return answer.statusCode() == 200
                ? Check.pass("reachability", url + " answers")
                : Check.fail("reachability", url + "/healthz answered " + answer.statusCode());
    }

    /**
     * Loads every page of a region and compares every asset with another region's, byte by byte.
     *
     * @return checks; pending ones while the first look is not over
     */
    List<Check> verify(Subject subject, List<Page> pages) {
        return verify(subject, pages, Optional.empty());
    }

    /** The same of a node that joins a region with users: one that was wrong is looked at again, since nobody asks for it. */
    List<Check> verifyLate(Subject subject, List<Page> pages) {
        return verify(subject, pages, Optional.of(LATER));
    }

    private List<Check> verify(Subject subject, List<Page> pages, Optional<Duration> again) {
        var key = key("verify", subject);
        return look(key, subject.text() + " " + pages, again, () -> verification.pages(subject, pages, tell(key)))
                .orElseGet(() -> List.of(Check.pending("pages", progress.getOrDefault(key, "they are being asked"))));
    }

    /** One of a region's nodes. */
    private static String key(String kind, Subject subject) {
        return kind + "/" + subject.region() + "/" + subject.url();
    }

    /**
     * Loads every page in a browser, where there is one.
     *
     * @param limit longest that this may take; what was not loaded by then was loaded by HTTP
     */
    Check browse(Subject subject, List<Page> pages, Duration limit) {
        var key = key("browse", subject);
        return look(
                        key,
                        subject.text() + " " + pages,
                        false,
                        () -> List.of(browser.load(subject, pages, limit, verification, tell(key))))
                .map(List::getFirst)
                .orElseGet(() ->
                        Check.pending("browser", progress.getOrDefault(key, "waiting for its turn to be started")));
    }

    /** Calls every controller of a region. */
    Check call(Subject subject, List<Backend> backends) {
        var key = key("controllers", subject);
        return look(key, subject.text() + " " + backends, false, () -> {
                    verification.call(subject, backends);
                    return List.of(Check.pass("controllers", backends.size() + " answered"));
                })
                .map(List::getFirst)
                .orElseGet(() -> Check.pending("controllers", "they are being called"));
    }

    /** Asks every page of a region, again and again: for an environment in which no other region could. */
    Optional<Check> probe(Subject subject, List<Page> pages) {
        return look(key("probe", subject), subject.text() + " " + pages, true, () -> {
                    var fault = verification.fault(subject, pages);
                    return List.of(fault.map(why -> Check.fail("probe", why))
                            .orElseGet(() -> Check.pass("probe", pages.size() + " pages")));
                })
                .map(List::getFirst);
    }

    private Consumer<String> tell(String key) {
        return text -> progress.put(key, text);
    }

    /**
     * The result for the subject, if there is one; looks when there is none, and where it may change by itself again and again, and
     * where a connection failed.
     */
    private Optional<List<Check>> look(String key, String subject, boolean repeat, Look look) {
        return look(key, subject, repeat ? Optional.of(AGAIN) : Optional.empty(), look);
    }

    /** {@code again}: pause after which it is looked at again whatever came of it. */
    private Optional<List<Check>> look(String key, String subject, Optional<Duration> again, Look look) {
        var now = clock.instant();
        var known = Optional.ofNullable(tasks.get(key));
        var same = known.filter(task -> task.subject().equals(subject));
        boolean due = same.map(task -> (again.isPresent() || isOpen(task))
                        && !now.isBefore(task.at().plus(again.orElse(AGAIN))))
                .orElse(true);
        var before = same.flatMap(Task::result);
        if (due && !known.map(Task::running).orElse(false)) {
            var task = new Task(subject, true, before, now, looks.incrementAndGet());
            tasks.put(key, task);
            threads.execute(() -> run(key, task, look));
        }
        return before;
    }

    /** Whether a connection failed, which says nothing of the region's content. */
    private static boolean isOpen(Task task) {
        return task.result()
                .map(checks -> checks.stream().anyMatch(check -> check.result() == Check.Result.PENDING))
                .orElse(true);
    }

    private void run(String key, Task task, Look look) {
        Optional<List<Check>> result;
        try {
            result = Optional.of(look.run());
        } catch (IOException e) {
            result = Optional.of(List.of(open(key, task, e.getMessage() == null ? e.toString() : e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (RuntimeException e) {
            // What a node answers must not end its being looked at.
            LOG.warn("looking at {}", key, e);
            result = Optional.of(List.of(open(key, task, e.toString())));
        }
        // Where it was forgotten meanwhile, this was seen before whatever made somebody want it looked at again.
        if (!tasks.replace(key, task, new Task(task.subject(), false, result, clock.instant(), task.number()))) {
            return;
        }
        progress.remove(key);
        if (!key.startsWith(QUIET)) {
            changes.signal();
        }
    }

    /** Nothing was seen; it is looked at again. */
    private static Check open(String key, Task task, String why) {
        return Check.pending(
                key.substring(0, key.indexOf('/')),
                task.subject().lines().findFirst().orElse("").split(" ", 2)[0] + ": " + why);
    }

    /** Forgets what was seen of a region: a person wants it looked at again, or it goes on from another state. */
    void forget(RegionName region) {
        for (var kind : KINDS) {
            tasks.keySet().removeIf(key -> key.startsWith(kind + region + "/"));
        }
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
                var answer = http.send(
                        RegionVerification.request(url + "/-/observations", RegionVerification.TIMEOUT),
                        HttpResponse.BodyHandlers.ofByteArray());
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
