package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.protocol.Beacon;
import io.portolan.protocol.LoadAction;
import io.portolan.protocol.LoadEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What came up of one version, by the names of its blades and parts, and how that failed. Thread-safe, bounded. */
final class LoadLedger {
    /** Names that are told apart; further ones count as {@link #OTHERS}. */
    static final int MOST_NAMES = 100;

    static final String OTHERS = "(others)";

    @GuardedBy("this")
    private final TreeMap<Key, long[]> loads = new TreeMap<>();

    @GuardedBy("this")
    private final TreeMap<Key, Failure> failures = new TreeMap<>();

    private record Key(LoadEvent event, String text) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byEvent = event.compareTo(other.event);
            return byEvent != 0 ? byEvent : text.compareTo(other.text);
        }
    }

    /** What became of all blades or parts of a name, or of the extension; users' only. */
    record Loads(LoadEvent event, String name, long started, long completed, long cancelled, long errored) {}

    /**
     * One way to fail.
     *
     * @param count   how often, test traffic included
     * @param session one that saw it, the last
     * @param message what was said then, empty text for nothing
     * @param test    whether no user but a machine saw it
     */
    record Failure(
            LoadEvent event, String state, long count, String session, String message, boolean test, Instant at) {}

    /** What is known of a version. */
    record Told(List<Loads> loads, List<Failure> failures) {}

    synchronized void add(Beacon.Event told, long count, String session, boolean test, Instant now) {
        if (!test) {
            var key = new Key(told.event(), told.name());
            if (!loads.containsKey(key) && loads.size() >= MOST_NAMES) {
                key = new Key(told.event(), OTHERS);
            }
            loads.computeIfAbsent(key, first -> new long[LoadAction.values().length])[
                    told.action().ordinal()] += count;
        }
        if (!told.state().isEmpty()) {
            // States are a fixed set: nothing to bound.
            failures.merge(
                    new Key(told.event(), told.state()),
                    new Failure(told.event(), told.state(), count, session, told.message(), test, now),
                    (before, last) -> new Failure(
                            last.event(),
                            last.state(),
                            before.count() + last.count(),
                            last.session(),
                            last.message(),
                            last.test(),
                            last.at()));
        }
    }

    synchronized Told told() {
        var all = new ArrayList<Loads>();
        loads.forEach((key, counts) -> all.add(new Loads(
                key.event(),
                key.text(),
                counts[LoadAction.START.ordinal()],
                counts[LoadAction.COMPLETE.ordinal()],
                counts[LoadAction.CANCEL.ordinal()],
                counts[LoadAction.ERRORED.ordinal()])));
        return new Told(all, List.copyOf(failures.values()));
    }
}
