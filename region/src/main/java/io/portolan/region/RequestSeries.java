package io.portolan.region;

import io.portolan.region.RequestObserver.Cache;
import io.portolan.region.metrics.Histogram;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one version. Thread-safe. */
final class RequestSeries {
    /** Lowest and highest status code that has a counter of its own; others count as the nearest. */
    private static final int LOWEST = 100;

    private static final int HIGHEST = 599;
    private static final int CODES = HIGHEST - LOWEST + 1;
    private static final Cache[] CACHES = Cache.values();
    private static final Histogram.Ends DURATIONS = Histogram.Ends.of(
            Duration.ofNanos(500_000),
            Duration.ofMillis(1),
            Duration.ofMillis(5),
            Duration.ofMillis(25),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofMillis(2_500));

    /** By cache outcome and code; made when first counted, since a version answers with few codes. */
    private final AtomicReferenceArray<LongAdder> requests = new AtomicReferenceArray<>(CACHES.length * CODES);

    private final LongAdder bytes = new LongAdder();
    private final Histogram durations = new Histogram(DURATIONS);

    void count(int status, Cache cache, long more, long durationNanos) {
        int place = cache.ordinal() * CODES + Math.clamp(status, LOWEST, HIGHEST) - LOWEST;
        var counter = requests.get(place);
        if (counter == null) {
            requests.compareAndSet(place, null, new LongAdder());
            counter = requests.get(place);
        }
        counter.increment();
        bytes.add(more);
        durations.add(durationNanos);
    }

    void writeRequests(StringBuilder text, String labels) {
        for (var cache : CACHES) {
            for (int code = 0; code < CODES; code++) {
                var counter = requests.get(cache.ordinal() * CODES + code);
                if (counter != null) {
                    text.append("portolan_node_requests_total{")
                            .append(labels)
                            .append(",code=\"")
                            .append(LOWEST + code)
                            .append("\",cache=\"")
                            .append(cache.name().toLowerCase(Locale.ROOT))
                            .append("\"} ")
                            .append(counter.sum())
                            .append('\n');
                }
            }
        }
    }

    void writeBytes(StringBuilder text, String labels) {
        text.append("portolan_node_response_bytes_total{")
                .append(labels)
                .append("} ")
                .append(bytes.sum())
                .append('\n');
    }

    void writeDurations(StringBuilder text, String labels) {
        durations.write(text, "portolan_node_request_duration_seconds", labels);
    }
}
