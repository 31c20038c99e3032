package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What beacons may cost this node: so many a second from all, so many from one session; and of how many sessions one is asked to speak
 * when many come. Thread-safe.
 */
final class TelemetryRate {
    /** Beacons a second that are read, and how many may come at once. */
    static final int PER_SECOND = 500;

    /** The same for one session. */
    static final int SESSION_PER_SECOND = 2;

    static final int SESSION_AT_ONCE = 20;

    /** Sessions a second up to which each speaks for itself. */
    static final int SESSIONS_PER_SECOND = 50;

    private static final int MOST_SESSIONS = 10_000;
    private static final double SECOND_MILLIS = 1000;
    /** A rate of sessions is looked at over so long. */
    private static final long WINDOW_MILLIS = 10_000;

    private final InstantSource clock;
    private final int sessionsPerSecond;

    @GuardedBy("this")
    private final Bucket all;

    @GuardedBy("this")
    private final Map<String, Bucket> sessions = new LinkedHashMap<>(16, 0.75F, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MOST_SESSIONS;
        }
    };

    @GuardedBy("this")
    private long windowSince;

    @GuardedBy("this")
    private int begun;

    @GuardedBy("this")
    private int begunBefore;

    @GuardedBy("this")
    private long turn;

    TelemetryRate(InstantSource clock, int perSecond, int sessionsPerSecond) {
        this.clock = clock;
        this.sessionsPerSecond = sessionsPerSecond;
        this.all = new Bucket(perSecond, 2 * perSecond, clock.millis());
        this.windowSince = clock.millis();
    }

    /** Of a node. */
    TelemetryRate(InstantSource clock) {
        this(clock, PER_SECOND, SESSIONS_PER_SECOND);
    }

    /** Whether one more beacon of a session may be read. */
    synchronized boolean admits(String session) {
        long now = clock.millis();
        var own = sessions.computeIfAbsent(session, first -> new Bucket(SESSION_PER_SECOND, SESSION_AT_ONCE, now));
        return own.take(now) && all.take(now);
    }

    /**
     * Of how many sessions a new one is to speak: 1 while few come; when many do, each n-th speaks for n and the others report failures
     * only, 0.
     */
    synchronized int every() {
        long now = clock.millis();
        if (now - windowSince >= WINDOW_MILLIS) {
            // One that comes after a long silence begins anew.
            begunBefore = now - windowSince < 2 * WINDOW_MILLIS ? begun : 0;
            begun = 0;
            windowSince = now;
        }
        begun++;
        long most = sessionsPerSecond * (WINDOW_MILLIS / 1000);
        long every = Math.max(1, Math.ceilDiv(Math.max(begun, begunBefore), most));
        return turn++ % every == 0 ? (int) every : 0;
    }

    /** Lets so many through in a second, and some more at once. */
    private static final class Bucket {
        private final int perSecond;
        private final int most;
        private double left;
        private long at;

        Bucket(int perSecond, int most, long now) {
            this.perSecond = perSecond;
            this.most = most;
            this.left = most;
            this.at = now;
        }

        boolean take(long now) {
            left = Math.min(most, left + Math.max(0, now - at) * perSecond / SECOND_MILLIS);
            at = now;
            if (left < 1) {
                return false;
            }
            left--;
            return true;
        }
    }
}
