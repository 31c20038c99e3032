package io.portolan.observation;

import io.portolan.planner.routing.EndpointHealth;
import io.portolan.planner.routing.ObserverReport;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.ObservationTable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what other observers see, at a fixed interval. Thread-safe.
 *
 * <p>Constant work: each is asked once an interval, whatever happens; its last table stays with its age.
 */
public final class Neighbours implements AutoCloseable {
    /** A neighbour not heard of for so long is no longer counted among those that are known. */
    static final Duration MEMORY = Duration.ofHours(1);

    /** Most neighbours; further ones are not asked. */
    public static final int MAX = 512;

    private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);

    private final InstantSource clock;
    private final Duration interval;
    private final Runnable heard;
    private final HttpClient http;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("neighbour-", 0).factory());
    private final Map<URI, Thread> readers = new HashMap<>();
    private final Map<String, Heard> tables = new HashMap<>();
    private boolean closed;

    /** A table and when it was heard. */
    public record Heard(ObservationTable table, Instant at) {}

    /** @param heard is told of every table that came */
    public Neighbours(Duration interval, InstantSource clock, Runnable heard) {
        this.interval = interval;
        this.clock = clock;
        this.heard = heard;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(interval)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(threads)
                .build();
    }

    /** Reads these from now on. */
    public synchronized void read(Set<URI> bases) {
        if (closed) {
            return;
        }
        readers.entrySet().removeIf(entry -> {
            boolean gone = !bases.contains(entry.getKey());
            if (gone) {
                entry.getValue().interrupt();
            }
            return gone;
        });
        for (var base : new TreeSet<>(bases)) {
            if (readers.size() < MAX) {
                readers.computeIfAbsent(base, fresh -> Thread.ofVirtual()
                        .name("reading-" + fresh.getAuthority())
                        .uncaughtExceptionHandler(
                                (thread, e) -> LOG.error("thread ended thread={}", thread.getName(), e))
                        .start(() -> run(fresh)));
            }
        }
    }

    private void run(URI base) {
        var request = HttpRequest.newBuilder(URI.create(base + ObservationTable.PATH))
                .timeout(interval.multipliedBy(2))
                .build();
        try {
            while (true) {
                ask(request);
                Thread.sleep(interval);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(HttpRequest request) throws InterruptedException {
        try {
            var answer = http.send(request, BodyHandlers.ofInputStream());
            try (var body = answer.body()) {
                var bytes = body.readNBytes(ObservationTable.LIMIT_BYTES + 1);
                if (answer.statusCode() == 200 && bytes.length <= ObservationTable.LIMIT_BYTES) {
                    take(Json.read(bytes, ObservationTable.class));
                }
            }
        } catch (IOException | MalformedJson silent) {
            LOG.debug("not heard of neighbour={} reason={}", request.uri(), silent.getMessage());
        } catch (RuntimeException e) {
            // Whatever is wrong with what was made of a table, the next one is wanted.
            LOG.error("hearing neighbour={}", request.uri(), e);
        }
    }

    private void take(ObservationTable table) {
        synchronized (this) {
            tables.put(table.observer(), new Heard(table, clock.instant()));
        }
        heard.run();
    }

    /** What each said last, those forgotten left out. */
    public synchronized List<Heard> heard() {
        var oldest = clock.instant().minus(MEMORY);
        tables.values().removeIf(table -> table.at().isBefore(oldest));
        return new ArrayList<>(tables.values());
    }

    /** The tables as reports, with their age now. */
    public List<ObserverReport> reports() {
        var now = clock.instant();
        return heard().stream()
                .map(said -> report(said.table(), Duration.between(said.at(), now)))
                .toList();
    }

    /** A table as a report. */
    public static ObserverReport report(ObservationTable table, Duration age) {
        var seen = new TreeMap<String, EndpointHealth>();
        table.targets().forEach((target, state) -> {
            switch (state) {
                case "ONLINE" -> seen.put(target, EndpointHealth.ONLINE);
                case "DEGRADED" -> seen.put(target, EndpointHealth.DEGRADED);
                default -> seen.put(target, EndpointHealth.CHECKING);
            }
        });
        return new ObserverReport(
                table.observer(), table.place(), age, table.stalled(), seen, table.tried(), table.bad());
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            readers.values().forEach(Thread::interrupt);
        }
        http.shutdownNow();
        threads.shutdownNow();
    }
}
