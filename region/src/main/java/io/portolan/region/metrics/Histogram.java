package io.portolan.region.metrics;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** How long things took, by buckets, in the text format of Prometheus: a sum and counts of seconds. Thread-safe; adding takes no lock. */
public final class Histogram {
    private final Ends ends;
    private final LongAdder[] counts;
    private final LongAdder sumNanos = new LongAdder();

    /** Upper ends of buckets, in rising order, shared by all histograms that have them. Immutable. */
    public static final class Ends {
        private final long[] nanos;
        /** One more than there are ends: that of the bucket without one. */
        private final String[] labels;

        private Ends(long[] nanos) {
            this.nanos = nanos;
            this.labels = new String[nanos.length + 1];
            for (int i = 0; i < nanos.length; i++) {
                labels[i] = BigDecimal.valueOf(nanos[i], 9).stripTrailingZeros().toPlainString();
            }
            labels[nanos.length] = "+Inf";
        }

        /** These ends. */
        public static Ends of(Duration... ends) {
            return new Ends(Arrays.stream(ends).mapToLong(Duration::toNanos).toArray());
        }

        /** Ends in milliseconds. */
        public static Ends ofMillis(List<Integer> ends) {
            return new Ends(
                    ends.stream().mapToLong(TimeUnit.MILLISECONDS::toNanos).toArray());
        }
    }

    /** One that is empty. */
    public Histogram(Ends ends) {
        this.ends = ends;
        this.counts = new LongAdder[ends.labels.length];
        Arrays.setAll(counts, bucket -> new LongAdder());
    }

    /** One that took so long. */
    public void add(long nanos) {
        add(nanos, 1);
    }

    /** So many that took so long each. */
    public void add(long nanos, long count) {
        int bucket = 0;
        while (bucket < ends.nanos.length && nanos > ends.nanos[bucket]) {
            bucket++;
        }
        counts[bucket].add(count);
        sumNanos.add(nanos * count);
    }

    /** Counts that were made elsewhere with the same ends: how long exactly, nobody knows, so the sum goes by the ends. */
    public void addCounted(List<Integer> more, long times) {
        for (int i = 0; i < Math.min(more.size(), counts.length); i++) {
            counts[i].add(more.get(i) * times);
            sumNanos.add(more.get(i) * times * ends.nanos[Math.min(i, ends.nanos.length - 1)]);
        }
    }

    /** Adds the lines of a series; {@code others}: its labels as they stand between braces, at least one. */
    public void write(StringBuilder text, String name, String others) {
        long count = 0;
        for (int i = 0; i < counts.length; i++) {
            count += counts[i].sum();
            text.append(name)
                    .append("_bucket{")
                    .append(others)
                    .append(",le=\"")
                    .append(ends.labels[i])
                    .append("\"} ")
                    .append(count)
                    .append('\n');
        }
        text.append(name)
                .append("_sum{")
                .append(others)
                .append("} ")
                .append(sumNanos.sum() / 1e9)
                .append('\n');
        text.append(name)
                .append("_count{")
                .append(others)
                .append("} ")
                .append(count)
                .append('\n');
    }
}
