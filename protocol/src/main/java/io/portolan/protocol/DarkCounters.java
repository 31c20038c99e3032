package io.portolan.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What browsers told a node that were drawn to ask no CDN though there is one, within the last {@link #WINDOW_HOURS}, all extensions
 * together. Immutable. Stands in what a node answers at {@link ObservationTable#PATH} as {@code "dark":{…}}.
 *
 * @param sessions that told of files; sampled with counts preserved
 * @param failing  those of them that lacked a file because nobody gave it
 * @param files    that they got
 * @param bytes    of these
 * @param lastAt   when the last of them told something; null for none
 */
public record DarkCounters(
        long sessions,
        long failing,
        long files,
        long bytes,
        @Nullable Instant lastAt) {
    /** Over how long a node counts, by whole hours. */
    public static final int WINDOW_HOURS = 24;

    /** Field of {@link ObservationTable#PATH} that holds it. */
    public static final String FIELD = "dark";

    /** Nobody told anything. */
    public static final DarkCounters NONE = new DarkCounters(0, 0, 0, 0, null);

    /** Both together. */
    public DarkCounters plus(DarkCounters other) {
        var mine = lastAt;
        var theirs = other.lastAt;
        return new DarkCounters(
                sessions + other.sessions,
                failing + other.failing,
                files + other.files,
                bytes + other.bytes,
                mine == null || (theirs != null && theirs.isAfter(mine)) ? theirs : mine);
    }
}
