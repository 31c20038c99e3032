package io.portolan.planner.cdn;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Results of probes from all observers together. Immutable.
 *
 * @param all    results that say something
 * @param failed of these
 * @param places of observers most of whose results failed
 * @param heard  places of observers with results
 * @param faults some of what was wrong
 */
record Sample(int all, int failed, Set<String> places, Set<String> heard, Set<String> faults) {
    private static final int MOST_FAULTS = 3;

    /** Slots that are looked through for each result that is wanted: those that say nothing are passed over. */
    private static final int LOOK_BACK = 3;

    /** The newest results of each observer, at most {@code each}, none older than {@code age}. */
    static Sample newest(CdnSight sight, int each, Duration age) {
        int all = 0;
        int failed = 0;
        var places = new TreeSet<String>();
        var heard = new TreeSet<String>();
        var faults = new LinkedHashSet<String>();
        for (var voice : sight.voices()) {
            int own = 0;
            int ownFailed = 0;
            long slots = Math.min((long) each * LOOK_BACK, age.dividedBy(voice.every()));
            var results = voice.results();
            for (int i = results.length() - 1; i >= 0 && results.length() - i <= slots && own < each; i--) {
                if (results.charAt(i) != CdnSight.NOTHING) {
                    own++;
                    ownFailed += results.charAt(i) == CdnSight.FAILED ? 1 : 0;
                }
            }
            all += own;
            failed += ownFailed;
            if (own > 0) {
                heard.add(voice.place());
            }
            if (2 * ownFailed > own) {
                places.add(voice.place());
            }
            if (ownFailed > 0 && !voice.fault().isEmpty() && faults.size() < MOST_FAULTS) {
                faults.add(voice.place() + ": " + voice.fault());
            }
        }
        return new Sample(all, failed, places, heard, faults);
    }

    /** Whether so many percent failed, seen from two places where there are two. */
    boolean failsBy(int percent) {
        return all > 0 && 100L * failed >= (long) percent * all && places.size() >= Math.min(2, heard.size());
    }

    String text() {
        return failed + " of " + all + " probes from " + heard.size() + (heard.size() == 1 ? " place" : " places")
                + " failed";
    }
}
