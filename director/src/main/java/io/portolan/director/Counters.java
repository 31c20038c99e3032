package io.portolan.director;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters by metric name with labels, written as Prometheus text; the labels are bounded sets. Thread-safe. */
final class Counters {
    private final Map<String, LongAdder> values = new ConcurrentHashMap<>();

    /** Counts one; {@code metric} is such as {@code portolan_dns_answers_total{rcode="NOERROR"}}. */
    void count(String metric) {
        values.computeIfAbsent(metric, name -> new LongAdder()).increment();
    }

    /** One line a counter, in order of the names. */
    String text() {
        var text = new StringBuilder();
        new TreeMap<>(values)
                .forEach((metric, value) ->
                        text.append(metric).append(' ').append(value.sum()).append('\n'));
        return text.toString();
    }
}
