package io.portolan.region;

import io.portolan.region.metrics.Series;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What was fetched from the store and from peers since this process began. Thread-safe. */
final class FetchMetrics {
    private final Counters store = new Counters();
    private final Counters peers = new Counters();

    private static final class Counters {
        private final LongAdder blobs = new LongAdder();
        private final LongAdder bytes = new LongAdder();
        private final LongAdder absent = new LongAdder();
        private final LongAdder failed = new LongAdder();
        private final LongAdder refused = new LongAdder();
    }

    private Counters of(FetchSource source) {
        return source.isPeer() ? peers : store;
    }

    /** A blob came, its end from the last of these. */
    void fetched(List<FetchSource> givers) {
        if (!givers.isEmpty()) {
            of(givers.getLast()).blobs.increment();
        }
    }

    void gave(FetchSource source, int bytes) {
        of(source).bytes.add(bytes);
    }

    /** It answered that it does not have the blob. */
    void absent(FetchSource source) {
        of(source).absent.increment();
    }

    /** It could not be reached, or broke off. */
    void failed(FetchSource source) {
        of(source).failed.increment();
    }

    /** Its bytes were not what the hash says. */
    void refused(FetchSource source) {
        of(source).refused.increment();
    }

    /** Adds the counters in the text format of Prometheus. */
    void write(StringBuilder text) {
        Series.head(text, "fetched_blobs_total", "counter", "Blobs fetched, by source.");
        line(text, "fetched_blobs_total{source=\"store\"}", store.blobs);
        line(text, "fetched_blobs_total{source=\"peer\"}", peers.blobs);
        Series.head(text, "fetched_bytes_total", "counter", "Bytes of blobs that came, by source.");
        line(text, "fetched_bytes_total{source=\"store\"}", store.bytes);
        line(text, "fetched_bytes_total{source=\"peer\"}", peers.bytes);
        Series.head(text, "fetch_failures_total", "counter", "Attempts to fetch that a source did not fulfil.");
        failures(text, "store", store);
        failures(text, "peer", peers);
    }

    private static void failures(StringBuilder text, String source, Counters counters) {
        var name = "fetch_failures_total{source=\"" + source + "\",reason=\"";
        line(text, name + "absent\"}", counters.absent);
        line(text, name + "broken-off\"}", counters.failed);
        line(text, name + "refused\"}", counters.refused);
    }

    private static void line(StringBuilder text, String nameAndLabels, LongAdder value) {
        text.append("portolan_node_")
                .append(nameAndLabels)
                .append(' ')
                .append(value.sum())
                .append('\n');
    }
}
