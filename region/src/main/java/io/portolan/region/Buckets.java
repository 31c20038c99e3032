package io.portolan.region;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** A histogram in the text format of Prometheus. Thread-safe. */
final class Buckets {
    private final List<Integer> endsMillis;
    private final LongAdder[] counts;
    private final LongAdder sumMillis = new LongAdder();

    /** With these upper ends, and one more bucket without an end. */
    Buckets(List<Integer> endsMillis) {
        this.endsMillis = List.copyOf(endsMillis);
        this.counts = new LongAdder[endsMillis.size() + 1];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    /** So many that took so long. */
    void add(long millis, long count) {
        int bucket = 0;
        while (bucket < endsMillis.size() && millis > endsMillis.get(bucket)) {
            bucket++;
        }
        counts[bucket].add(count);
        sumMillis.add(millis * count);
    }

    /** Counts that were made elsewhere with the same ends: how long exactly, nobody knows, so the sum goes by the ends. */
    void addCounted(List<Integer> more, long times) {
        for (int i = 0; i < Math.min(more.size(), counts.length); i++) {
            counts[i].add(more.get(i) * times);
            sumMillis.add(more.get(i) * times * endsMillis.get(Math.min(i, endsMillis.size() - 1)));
        }
    }

    void write(StringBuilder text, String name, String labels) {
        long count = 0;
        for (int i = 0; i < counts.length; i++) {
            count += counts[i].sum();
            text.append(name)
                    .append("_bucket{")
                    .append(labels)
                    .append(",le=\"")
                    .append(i < endsMillis.size() ? String.valueOf(endsMillis.get(i) / 1000.0) : "+Inf")
                    .append("\"} ")
                    .append(count)
                    .append('\n');
        }
        text.append(name)
                .append("_sum{")
                .append(labels)
                .append("} ")
                .append(sumMillis.sum() / 1000.0)
                .append('\n');
        text.append(name)
                .append("_count{")
                .append(labels)
                .append("} ")
                .append(count)
                .append('\n');
    }
}
