package io.portolan.director;

import io.portolan.model.RegionName;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes every region's nodes and says which regions are down. Thread-safe.
 *
 * <p>A virtual thread a region, so a region that hangs delays no other. A region without probe URLs counts as up.
 */
final class Prober implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Prober.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final DirectorSettings.Probes settings;
    private final Consumer<Set<RegionName>> changed;
    private final InstantSource clock;
    private final Counters counters;
    private final HttpClient http;
    private final Map<RegionName, Target> targets = new HashMap<>();
    private boolean closed;

    /** A region being probed; guarded by the prober's lock. */
    private static final class Target {
        private List<URI> urls;
        private Health health = Health.UNPROBED;
        private final List<Thread> thread = new ArrayList<>(1);

        Target(List<URI> urls) {
            this.urls = urls;
        }
    }

    /** @param changed is told the regions that are down, whenever they change; one call at a time */
    Prober(
            DirectorSettings.Probes settings,
            Consumer<Set<RegionName>> changed,
            InstantSource clock,
            Counters counters) {
        this.settings = settings;
        this.changed = changed;
        this.clock = clock;
        this.counters = counters;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.timeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** Probes these regions from now on; what is known of a region stays. */
    synchronized void probe(Map<RegionName, List<URI>> regions) {
        if (closed) {
            return;
        }
        targets.entrySet().removeIf(entry -> {
            boolean gone = !regions.containsKey(entry.getKey());
            if (gone) {
                entry.getValue().thread.forEach(Thread::interrupt);
            }
            return gone;
        });
        regions.forEach((region, urls) -> {
            var target = targets.get(region);
            if (target == null) {
                var fresh = new Target(urls);
                targets.put(region, fresh);
                fresh.thread.add(Thread.ofVirtual()
                        .name("probe-" + region)
                        .uncaughtExceptionHandler(
                                (thread, e) -> LOG.error("thread ended thread={}", thread.getName(), e))
                        .start(() -> run(region, fresh)));
            } else {
                target.urls = urls;
            }
        });
        changed.accept(down());
    }

    /** Regions that are down. */
    synchronized Set<RegionName> down() {
        var down = new TreeSet<RegionName>();
        targets.forEach((region, target) -> {
            if (!target.health.up()) {
                down.add(region);
            }
        });
        return down;
    }

    private void run(RegionName region, Target target) {
        try {
            while (true) {
                var started = clock.instant();
                boolean success = probe(urls(target));
                counters.count("portolan_director_probes_total{region=\"" + region + "\",result=\""
                        + (success ? "success" : "failure") + "\"}");
                record(region, target, success);
                // A probe that took long does not stretch the interval.
                var rest = settings.interval().minus(Duration.between(started, clock.instant()));
                Thread.sleep(rest.isPositive() ? rest : Duration.ofMillis(1));
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<URI> urls(Target target) {
        return target.urls;
    }

    private synchronized void record(RegionName region, Target target, boolean success) {
        if (closed || targets.get(region) != target) {
            return;
        }
        boolean before = target.health.up();
        target.health = target.health.after(success, settings);
        if (target.health.up() != before) {
            LOG.info("region is {} region={}", before ? "down" : "up", region);
            changed.accept(down());
        }
    }

    /** Whether one of the nodes answers 200 in time; all are asked at once. */
    private boolean probe(List<URI> urls) throws InterruptedException {
        if (urls.isEmpty()) {
            return true;
        }
        var answers = new ArrayList<CompletableFuture<Boolean>>();
        var end = clock.instant().plus(settings.timeout());
        for (var url : urls) {
            answers.add(http.sendAsync(
                            HttpRequest.newBuilder(url)
                                    .timeout(settings.timeout())
                                    .build(),
                            BodyHandlers.discarding())
                    .thenApply(answer -> answer.statusCode() == 200));
        }
        try {
            for (var answer : answers) {
                long left = Math.max(1, Duration.between(clock.instant(), end).toMillis());
                if (isTrue(answer, left)) {
                    return true;
                }
            }
            return false;
        } finally {
            answers.forEach(answer -> answer.cancel(true));
        }
    }

    private static boolean isTrue(CompletableFuture<Boolean> answer, long millis) throws InterruptedException {
        try {
            return answer.get(millis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException noAnswer) {
            return false;
        }
    }

    @Override
    public void close() {
        var threads = new ArrayList<Thread>();
        synchronized (this) {
            closed = true;
            targets.values().forEach(target -> threads.addAll(target.thread));
        }
        threads.forEach(Thread::interrupt);
        http.shutdownNow();
        try {
            for (var thread : threads) {
                thread.join(CLOSE_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
