package io.portolan.it;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Calls of the three controllers of {@code examples/market} in all regions, at a fixed rate however long each takes (open loop): those of
 * pages that are loaded now and then, those of pages of the first version that nobody closes, and calls that name no version. Thread-safe.
 */
final class MarketCalls implements AutoCloseable {
    private static final int MOST_AT_ONCE = 2_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern ALMANAC = Pattern.compile("almanac of ([0-9.]+)");

    /** What is called, how, and how the answer tells the version of its controller. */
    private enum Called {
        CATALOGUE("GET", "catalogue/", body -> {
            var found = ALMANAC.matcher(body);
            return found.find() ? found.group(1) : "";
        }),
        /** May be made twice, as the manifest says. */
        QUOTES("POST", "quotes/price", Called::version),
        /** May not. */
        CHAT("POST", "chat/", Called::version);

        private final String method;
        private final String path;
        private final Function<String, String> versionOf;

        Called(String method, String path, Function<String, String> versionOf) {
            this.method = method;
            this.path = path;
            this.versionOf = versionOf;
        }

        private static String version(String body) {
            return Json.mapper().readTree(body).path("version").asString("");
        }
    }

    /** Calls that were not answered, or not by the version that they were for. */
    final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    final AtomicLong made = new AtomicLong();
    private final InProcessWorld world;
    private final String first;
    private final Map<String, String> pages = new ConcurrentHashMap<>();
    private final Map<String, Long> answered = new ConcurrentHashMap<>();
    private final Semaphore open = new Semaphore(MOST_AT_ONCE);
    private final AtomicLong number = new AtomicLong();
    private final HttpClient http;
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();

    /** Begins with so many a second; {@code first}: the version whose pages stay open. */
    MarketCalls(InProcessWorld world, HttpClient http, String first, long perSecond) {
        this.world = world;
        this.http = http;
        this.first = first;
        var unused = timer.scheduleAtFixedRate(
                () -> clients.execute(() -> call(number.getAndIncrement())),
                0,
                TimeUnit.SECONDS.toNanos(1) / perSecond,
                TimeUnit.NANOSECONDS);
    }

    /** Forgets who has answered so far. */
    void forget() {
        answered.clear();
    }

    /** Whether newly loaded pages of a version have been answered in every region by every controller since {@link #forget}. */
    boolean isAnsweredEverywhere(String version) {
        return InProcessWorld.REGIONS.stream().allMatch(region -> List.of(Called.values()).stream()
                .allMatch(called -> answered.containsKey(region + " " + version + " " + called)));
    }

    private void call(long turn) {
        if (!open.tryAcquire()) {
            wrong.add("more than " + MOST_AT_ONCE + " calls at once");
            return;
        }
        int regions = InProcessWorld.REGIONS.size();
        var region = InProcessWorld.REGIONS.get((int) (turn % regions));
        var called = Called.values()[(int) (turn / regions % Called.values().length)];
        long round = turn / regions / Called.values().length;
        try {
            boolean old = round % 4 == 1;
            var version = old ? first : page(region, turn);
            boolean pinned = round % 4 != 0;
            var path = (pinned ? "/market/@" + version + "/api/" : "/market/api/") + called.path;
            var answer = send(world.nodeUri(region).resolve(path), called.method);
            var said = answer.statusCode() == 200 ? called.versionOf.apply(answer.body()) : "";
            if (said.isEmpty() || (pinned && !said.equals(version))) {
                wrong.add(region + " " + called.method + " " + path + ": " + answer.statusCode() + " " + answer.body());
            } else if (pinned && !old) {
                answered.merge(region + " " + version + " " + called, 1L, Long::sum);
            }
            made.incrementAndGet();
        } catch (IOException | InterruptedException | RuntimeException e) {
            wrong.add(region + " " + called + ": " + e);
        } finally {
            open.release();
        }
    }

    /** Version of the page that is open now: loaded anew now and then, so that it may have been replaced since. */
    private String page(String region, long turn) throws IOException, InterruptedException {
        var open = Optional.ofNullable(pages.get(region));
        if (open.isPresent() && turn % 97 >= 12) {
            return open.get();
        }
        var page = send(world.nodeUri(region).resolve("/market"), "GET");
        var version = page.headers().firstValue("X-Portolan-Version").orElseThrow();
        pages.put(region, version);
        return version;
    }

    private HttpResponse<String> send(URI uri, String method) throws IOException, InterruptedException {
        var body = method.equals("POST")
                ? HttpRequest.BodyPublishers.ofString("astrolabe")
                : HttpRequest.BodyPublishers.noBody();
        return http.send(
                HttpRequest.newBuilder(uri).method(method, body).timeout(LIMIT).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** No more calls begin; those in progress end. */
    void stop() {
        timer.shutdownNow();
        clients.close();
    }

    @Override
    public void close() {
        timer.shutdownNow();
        clients.shutdownNow();
    }
}
