package io.portolan.region.gateway;

import io.portolan.region.metrics.Histogram;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one controller. Thread-safe. */
final class UpstreamMetrics {
    private static final int LOWEST = 100;
    private static final int CODES = 500;
    private static final Histogram.Ends DURATIONS = Histogram.Ends.ofMillis(List.of(1, 5, 25, 100, 500, 2_500, 10_000));

    /** What else is counted. */
    enum Event {
        RETRIES("retries_total", "Attempts after the first one."),
        EJECTIONS("ejections_total", "Times that a replica was left out for its failures."),
        FAILOVERS(
                "failovers_total", "Calls that were passed to another region, since no replica here could take them."),
        BUDGET_EMPTY("retries_refused_total", "Retries that were left out, since there had been too many."),
        SHED("shed_total", "Calls refused, since too many were in progress."),
        SOCKETS_CLOSED("sockets_closed_total", "WebSockets closed with 1001, since their replica or this node ends.");

        private final String name;
        private final String help;

        Event(String name, String help) {
            this.name = name;
            this.help = help;
        }
    }

    private final AtomicReferenceArray<LongAdder> codes = new AtomicReferenceArray<>(CODES);
    private final Histogram durations = new Histogram(DURATIONS);
    private final LongAdder[] events = adders(Event.values().length);

    private static LongAdder[] adders(int count) {
        var all = new LongAdder[count];
        for (int i = 0; i < count; i++) {
            all[i] = new LongAdder();
        }
        return all;
    }

    void count(Event event) {
        events[event.ordinal()].increment();
    }

    long of(Event event) {
        return events[event.ordinal()].sum();
    }

    /** A call has ended. */
    void ended(int status, long durationNanos) {
        int place = Math.clamp(status, LOWEST, LOWEST + CODES - 1) - LOWEST;
        var counter = codes.get(place);
        if (counter == null) {
            codes.compareAndSet(place, null, new LongAdder());
            counter = codes.get(place);
        }
        counter.increment();
        durations.add(durationNanos);
    }

    /** Calls whose status is this or above, up to the highest. */
    long endedFrom(int status) {
        long sum = 0;
        for (int i = status - LOWEST; i < CODES; i++) {
            var counter = codes.get(i);
            if (counter != null) {
                sum += counter.sum();
            }
        }
        return sum;
    }

    void writeCodes(StringBuilder text, String name, String labels) {
        for (int i = 0; i < CODES; i++) {
            var counter = codes.get(i);
            if (counter != null) {
                text.append(name)
                        .append('{')
                        .append(labels)
                        .append(",code=\"")
                        .append(LOWEST + i)
                        .append("\"} ")
                        .append(counter.sum())
                        .append('\n');
            }
        }
    }

    void writeDurations(StringBuilder text, String name, String labels) {
        durations.write(text, name, labels);
    }

    static String name(Event event) {
        return event.name;
    }

    static String help(Event event) {
        return event.help;
    }
}
