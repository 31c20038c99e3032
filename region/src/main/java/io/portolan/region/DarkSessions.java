package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.protocol.DarkCounters;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What sessions told that were drawn to ask no CDN, by the hour. Thread-safe; of bounded size: it begins anew with the node.
 *
 * <p>A session counts in the hour in which it is first heard of. Of more than {@link #MOST_SESSIONS} the one heard of longest ago is
 * forgotten, and would count once more.
 */
final class DarkSessions {
    /** Sessions that are told apart. */
    static final int MOST_SESSIONS = 4_000;

    private static final int HOUR_SECONDS = 3600;

    private final InstantSource clock;

    @GuardedBy("this")
    private final ArrayDeque<Hour> hours = new ArrayDeque<>();

    /** Whether each session lacked a file. */
    @GuardedBy("this")
    private final Map<String, Boolean> sessions = new LinkedHashMap<>();

    @GuardedBy("this")
    private @Nullable Instant lastAt;

    /** One hour of the epoch. */
    private static final class Hour {
        private final long number;
        private DarkCounters counted = DarkCounters.NONE;

        Hour(long number) {
            this.number = number;
        }
    }

    DarkSessions(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * A session told of so much.
     *
     * @param weight  how many sessions do as it does; 0 of one that tells failures only
     * @param lacking whether there was a file that nobody gave
     */
    synchronized void add(String session, int weight, long files, long bytes, boolean lacking) {
        if (weight == 0 && !lacking) {
            return;
        }
        var now = clock.instant();
        var before = sessions.remove(session);
        sessions.put(session, lacking || Boolean.TRUE.equals(before));
        if (sessions.size() > MOST_SESSIONS) {
            sessions.remove(sessions.keySet().iterator().next());
        }
        lastAt = now;
        var hour = hour(now);
        // A failure is told by each session itself.
        long fresh = before != null ? 0 : lacking ? 1 : weight;
        long failing = lacking && !Boolean.TRUE.equals(before) ? 1 : 0;
        hour.counted = hour.counted.plus(new DarkCounters(fresh, failing, files, bytes, now));
    }

    /** What is known of the last day. */
    synchronized DarkCounters read() {
        hour(clock.instant());
        var sum = new DarkCounters(0, 0, 0, 0, lastAt);
        for (var hour : hours) {
            sum = sum.plus(hour.counted);
        }
        return sum;
    }

    @GuardedBy("this")
    private Hour hour(Instant now) {
        long number = Math.floorDiv(now.getEpochSecond(), HOUR_SECONDS);
        while (!hours.isEmpty() && hours.getFirst().number <= number - DarkCounters.WINDOW_HOURS) {
            hours.removeFirst();
        }
        if (hours.isEmpty() || hours.getLast().number != number) {
            hours.addLast(new Hour(number));
        }
        return hours.getLast();
    }
}
