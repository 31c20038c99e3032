package io.portolan.planner.cdn;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What is seen of one CDN. Immutable.
 *
 * @param quorate   whether enough observers are heard to decide anything
 * @param voices    of the observers that count
 * @param fallbacks what browsers told lately
 */
public record CdnSight(boolean quorate, List<Voice> voices, Fallbacks fallbacks) {
    /** Where nobody is heard. */
    public static final CdnSight NONE = new CdnSight(false, List.of(), Fallbacks.NONE);

    public CdnSight {
        voices = List.copyOf(voices);
        Objects.requireNonNull(fallbacks, "fallbacks");
    }

    /** A probe found the canary as it should be. */
    public static final char RIGHT = '1';

    /** It did not come, not in time, or was something else. */
    public static final char FAILED = '0';

    /** Says nothing of the CDN: the observer was stalled, or had no canary. */
    public static final char NOTHING = '?';

    /**
     * One observer's probes.
     *
     * @param place   where it stands
     * @param every   time from one probe to the next
     * @param results one character a probe, the newest last
     * @param fault   of the last one that failed, empty text for none
     */
    public record Voice(String observer, String place, Duration every, String results, String fault) {
        public Voice {
            if (!results.matches("[10?]*") || every.isNegative() || every.isZero()) {
                throw new IllegalArgumentException("probes of " + observer + ": every " + every + ": " + results
                        + " (expected: a time, and 1, 0 or ? for each)");
            }
        }
    }

    /**
     * What browsers told lately of the CDN.
     *
     * @param asked  sessions that told of it
     * @param failed of these, those in which a file had to come from elsewhere
     * @param places in which browsers told of failures
     */
    public record Fallbacks(long asked, long failed, int places) {
        /** Nothing was told. */
        public static final Fallbacks NONE = new Fallbacks(0, 0, 0);
    }
}
