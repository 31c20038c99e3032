package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The order in which requests that cannot be answered from memory are worked on: pages before files before what is fetched ahead, so many
 * at a time, in queues with an end. Thread-safe.
 *
 * <p>This is for the hour in which all that a CDN carried comes to the regions at once: whoever gets an answer gets it in time, and
 * whoever cannot is told so at once and goes to the next source.
 */
final class Admission {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    private final AdmissionLimits limits;
    private final Executor workers;
    private final Pressure pressure;
    private final InstantSource clock;
    private final Map<Priority, LongAdder> shed = new EnumMap<>(Priority.class);

    @GuardedBy("this")
    private final Map<Priority, ArrayDeque<Waiting>> queues = new EnumMap<>(Priority.class);

    @GuardedBy("this")
    private int running;

    /** @param workers run what is admitted, each on a thread of its own */
    Admission(AdmissionLimits limits, Executor workers, Pressure pressure, InstantSource clock) {
        this.limits = limits;
        this.workers = workers;
        this.pressure = pressure;
        this.clock = clock;
        for (var priority : Priority.values()) {
            shed.put(priority, new LongAdder());
            queues.put(priority, new ArrayDeque<>());
        }
    }

    /** A request that waits for its turn. */
    private record Waiting(Priority priority, Runnable work, Runnable refused, Instant since) {}

    /** Whether a request that nobody needs yet is refused without looking at it. */
    boolean refuses(Priority priority) {
        if (priority != Priority.PREFETCH || pressure.late().compareTo(limits.prefetchLag()) < 0) {
            return false;
        }
        count(priority);
        return true;
    }

    /** Has the work done now, or when it is its turn; or has it refused, on this thread or another. */
    void run(Priority priority, Runnable work, Runnable refused) {
        var asked = new Waiting(priority, work, refused, clock.instant());
        switch (enter(asked)) {
            case RUNS -> workers.execute(() -> work(asked));
            case WAITS -> {}
            case REFUSED -> refuse(asked);
        }
    }

    private enum Entry {
        RUNS,
        WAITS,
        REFUSED
    }

    private synchronized Entry enter(Waiting asked) {
        if (running < limits.running()) {
            running++;
            return Entry.RUNS;
        }
        var queue = queue(asked.priority());
        boolean full = queue.size() >= most(asked.priority());
        boolean others = asked.priority() == Priority.PREFETCH
                && (!queue(Priority.PAGE).isEmpty() || !queue(Priority.FILE).isEmpty());
        if (full || others) {
            return Entry.REFUSED;
        }
        queue.add(asked);
        return Entry.WAITS;
    }

    private int most(Priority priority) {
        return switch (priority) {
            case PAGE -> limits.pages();
            case FILE -> limits.files();
            case PREFETCH -> limits.prefetches();
        };
    }

    /** Does it, and then what waits, as long as something does. */
    private void work(Waiting first) {
        for (var next = Optional.of(first); next.isPresent(); next = next()) {
            try {
                next.get().work().run();
            } catch (RuntimeException e) {
                // The others still want their turn.
                LOG.error("answering failed", e);
            }
        }
    }

    private Optional<Waiting> next() {
        var late = new ArrayList<Waiting>();
        var next = next(late);
        late.forEach(this::refuse);
        return next;
    }

    private synchronized Optional<Waiting> next(List<Waiting> late) {
        var oldest = clock.instant().minus(limits.longestWait());
        for (var priority : Priority.values()) {
            var queue = queue(priority);
            for (var waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
                if (!waiting.since().isBefore(oldest)) {
                    return Optional.of(waiting);
                }
                late.add(waiting);
            }
        }
        running--;
        return Optional.empty();
    }

    @GuardedBy("this")
    private ArrayDeque<Waiting> queue(Priority priority) {
        return Optional.ofNullable(queues.get(priority)).orElseThrow();
    }

    private void refuse(Waiting asked) {
        count(asked.priority());
        asked.refused().run();
    }

    private void count(Priority priority) {
        Optional.ofNullable(shed.get(priority)).orElseThrow().increment();
    }

    /** Requests that were refused. */
    long shed(Priority priority) {
        return Optional.ofNullable(shed.get(priority)).orElseThrow().sum();
    }

    private synchronized int running() {
        return running;
    }

    private synchronized int waiting(Priority priority) {
        return queue(priority).size();
    }

    /** Adds its figures in the text format of Prometheus. */
    void write(StringBuilder text) {
        text.append("# HELP portolan_node_working Requests that are worked on beside what memory answers.\n");
        text.append("# TYPE portolan_node_working gauge\n");
        text.append("portolan_node_working ").append(running()).append('\n');
        text.append("# HELP portolan_node_waiting Requests that wait for their turn.\n");
        text.append("# TYPE portolan_node_waiting gauge\n");
        for (var priority : Priority.values()) {
            text.append("portolan_node_waiting{priority=\"")
                    .append(priority.label())
                    .append("\"} ");
            text.append(waiting(priority)).append('\n');
        }
        text.append("# HELP portolan_node_shed_total Requests refused so that others are answered in time.\n");
        text.append("# TYPE portolan_node_shed_total counter\n");
        for (var priority : Priority.values()) {
            text.append("portolan_node_shed_total{priority=\"")
                    .append(priority.label())
                    .append("\"} ");
            text.append(shed(priority)).append('\n');
        }
        text.append("# HELP portolan_node_loop_late_seconds How late the threads of the sockets are.\n");
        text.append("# TYPE portolan_node_loop_late_seconds gauge\n");
        text.append("portolan_node_loop_late_seconds ")
                .append(seconds(pressure.late()))
                .append('\n');
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
