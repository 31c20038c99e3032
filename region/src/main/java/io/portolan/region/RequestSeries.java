package io.portolan.region;

import io.portolan.region.RequestObserver.Cache;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one version. Thread-safe. */
final class RequestSeries {
    /** Lowest and highest status code that has a counter of its own; others count as the nearest. */
    private static final int LOWEST = 100;

    private static final int HIGHEST = 599;
    private static final int CODES = HIGHEST - LOWEST + 1;
    private static final Cache[] CACHES = Cache.values();
    /** Upper ends of the durations' buckets. */
    private static final long[] BUCKET_MICROS = {500, 1_000, 5_000, 25_000, 100_000, 500_000, 2_500_000};

    private static final String[] BUCKET_LABELS = {"0.0005", "0.001", "0.005", "0.025", "0.1", "0.5", "2.5", "+Inf"};

    /** By cache outcome and code; made when first counted, since a version answers with few codes. */
    private final AtomicReferenceArray<LongAdder> requests = new AtomicReferenceArray<>(CACHES.length * CODES);

    private final LongAdder bytes = new LongAdder();
    private final LongAdder[] durations = new LongAdder[BUCKET_LABELS.length];
    private final LongAdder nanos = new LongAdder();

    RequestSeries() {
        for (int i = 0; i < durations.length; i++) {
            durations[i] = new LongAdder();
        }
    }

    void count(int status, Cache cache, long more, long durationNanos) {
        int place = cache.ordinal() * CODES + Math.clamp(status, LOWEST, HIGHEST) - LOWEST;
        var counter = requests.get(place);
        if (counter == null) {
            requests.compareAndSet(place, null, new LongAdder());
            counter = requests.get(place);
        }
        counter.increment();
        bytes.add(more);
        nanos.add(durationNanos);
        int bucket = 0;
        while (bucket < BUCKET_MICROS.length && durationNanos > TimeUnit.MICROSECONDS.toNanos(BUCKET_MICROS[bucket])) {
            bucket++;
        }
        durations[bucket].increment();
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
        var name = "portolan_node_request_duration_seconds";
        long count = 0;
        for (int i = 0; i < durations.length; i++) {
            count += durations[i].sum();
            text.append(name)
                    .append("_bucket{")
                    .append(labels)
                    .append(",le=\"")
                    .append(BUCKET_LABELS[i])
                    .append("\"} ")
                    .append(count)
                    .append('\n');
        }
        double seconds = nanos.sum() / 1e9;
        text.append(name)
                .append("_sum{")
                .append(labels)
                .append("} ")
                .append(seconds)
                .append('\n');
        text.append(name)
                .append("_count{")
                .append(labels)
                .append("} ")
                .append(count)
                .append('\n');
    }
}
