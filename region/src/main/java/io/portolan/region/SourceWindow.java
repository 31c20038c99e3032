package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.protocol.SourceCounters;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** What browsers told of one CDN within the last {@link SourceCounters#WINDOW_SECONDS}. Thread-safe. */
final class SourceWindow {
    /** Sessions that are told apart; of more the oldest are forgotten. */
    private static final int MOST_SESSIONS = 20_000;

    private static final int SECONDS = SourceCounters.WINDOW_SECONDS;

    private final InstantSource clock;

    @GuardedBy("this")
    private final long[] seconds = new long[SECONDS];

    @GuardedBy("this")
    private final long[] fetched = new long[SECONDS];

    @GuardedBy("this")
    private final long[] failed = new long[SECONDS];

    /** In the order in which they were last heard of. */
    @GuardedBy("this")
    private final Map<String, Session> sessions = new LinkedHashMap<>();

    /**
     * One session.
     *
     * @param failedAt when it last told of a failure, in seconds of the epoch
     * @param weight   how many sessions it stands for as long as nothing failed
     */
    private record Session(long heardAt, long failedAt, int weight) {}

    SourceWindow(InstantSource clock) {
        this.clock = clock;
    }

    /** A session told of so much; {@code weight} sessions do as it does, though a failure is told by each itself. */
    synchronized void add(String session, int weight, long more, long failures) {
        long now = clock.instant().getEpochSecond();
        int place = (int) (now % SECONDS);
        if (seconds[place] != now) {
            seconds[place] = now;
            fetched[place] = 0;
            failed[place] = 0;
        }
        fetched[place] += more;
        failed[place] += failures;
        var before = sessions.remove(session);
        long failedAt = failures > 0 ? now : before == null ? 0 : before.failedAt();
        sessions.put(session, new Session(now, failedAt, weight));
        var each = sessions.values().iterator();
        while (each.hasNext() && (each.next().heardAt() <= now - SECONDS || sessions.size() > MOST_SESSIONS)) {
            each.remove();
        }
    }

    /** What the window holds now. */
    synchronized SourceCounters read(String source) {
        long since = clock.instant().getEpochSecond() - SECONDS;
        long files = 0;
        long failures = 0;
        for (int i = 0; i < SECONDS; i++) {
            if (seconds[i] > since) {
                files += fetched[i];
                failures += failed[i];
            }
        }
        int all = 0;
        int failing = 0;
        for (var session : sessions.values()) {
            if (session.failedAt() > since) {
                all++;
                failing++;
            } else if (session.heardAt() > since) {
                all += session.weight();
            }
        }
        return new SourceCounters(source, files, failures, all, failing, SECONDS);
    }
}
