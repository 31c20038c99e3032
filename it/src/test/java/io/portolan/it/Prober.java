package io.portolan.it;

import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Visits a node all the time and notes what is wrong: once a page was shown, every page must be shown, and whatever version it is
 * of must be there in full, byte for byte. Thread-safe.
 */
final class Prober implements AutoCloseable {
    private static final long PAUSE_MILLIS = 10;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("prober").daemon().factory());
    private final Visitor visitor;
    private final String name;
    private final boolean mayGoAway;
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final AtomicLong good = new AtomicLong();
    private final AtomicLong away = new AtomicLong();

    /** {@code mayGoAway}: whether broken and refused connections are fine. */
    Prober(String name, URI node, String route, Collection<Release> releases, boolean mayGoAway) {
        this.name = name;
        this.visitor = new Visitor(node, route, releases);
        this.mayGoAway = mayGoAway;
        var unused = timer.scheduleWithFixedDelay(this::visit, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void visit() {
        try {
            var seen = visitor.visit();
            boolean notYet = seen.status() != 200 && good.get() == 0;
            if (seen.wrong().isEmpty()) {
                good.incrementAndGet();
            } else if (!notYet) {
                wrong.add(name + ": " + seen.wrong());
            }
        } catch (IOException e) {
            away.incrementAndGet();
            if (!mayGoAway) {
                wrong.add(name + ": " + e.getMessage());
            }
        } catch (RuntimeException e) {
            wrong.add(name + ": " + e);
        }
    }

    /** What was wrong so far. */
    List<String> wrong() {
        return List.copyOf(wrong);
    }

    /** Visits at which everything was right. */
    long good() {
        return good.get();
    }

    /** Visits that found nobody, or were cut off. */
    long away() {
        return away.get();
    }

    @Override
    public void close() throws IOException {
        timer.close();
        visitor.close();
    }
}
