package io.portolan.runtime;

import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Decides of which versions of one extension the controllers run at a node. Immutable; {@link #next} gives the next state, and the
 * same arguments give the same: time is an argument.
 *
 * <ul>
 *   <li>Those that the revision names for the region run.
 *   <li>A version that is named no more stays for its drain time, counted from when it was named last or from the last use of one of its
 *       pages, whichever is later: pages, their calls and their beacons are uses.
 *   <li>A use of a version that is held and does not run starts it: somebody has one of its pages.
 *   <li>A version that is held no more ends at once: its content may go, and a call for it is answered 410.
 * </ul>
 *
 * <p>A node that starts does not know what was used before: what it finds running, it keeps for a drain time.
 */
public final class VersionRetention {
    /** Before the first decision. */
    public static final VersionRetention NONE = new VersionRetention(Map.of(), Map.of());

    private final Map<VersionLabel, Instant> last;
    private final Map<VersionLabel, Verdict> verdicts;

    private VersionRetention(Map<VersionLabel, Instant> last, Map<VersionLabel, Verdict> verdicts) {
        this.last = Map.copyOf(last);
        this.verdicts = Map.copyOf(verdicts);
    }

    /** Why the controllers of a version run. */
    public enum Reason {
        /** The revision names it for this region. */
        NAMED,
        /** It was replaced; its pages are in use, or were a short time ago. */
        IN_USE
    }

    /**
     * Why, and for how long.
     *
     * @param until when they end if no page is used any more; meaningless while the version is named
     */
    public record Verdict(Reason reason, Instant until) {
        public Verdict {
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(until, "until");
        }

        /** In words, for people. */
        public String text() {
            return switch (reason) {
                case NAMED -> "named by the revision";
                case IN_USE -> "pages in use; ends at " + until + " unless one is used again";
            };
        }
    }

    /**
     * Decides again.
     *
     * @param named what the revision names for this region
     * @param held  versions whose content lies here in full
     * @param uses  last use of each version that was used
     * @param found versions that run because a process before this one started them: told at a node's first decision alone
     * @param drain longest drain time of a version's controllers
     */
    public VersionRetention next(
            Collection<VersionLabel> named,
            Set<VersionLabel> held,
            Map<VersionLabel, Instant> uses,
            Set<VersionLabel> found,
            Function<VersionLabel, Duration> drain,
            Instant now) {
        var nextLast = new HashMap<VersionLabel, Instant>();
        var next = new HashMap<VersionLabel, Verdict>();
        var candidates = new TreeSet<>(named);
        candidates.addAll(last.keySet());
        candidates.addAll(uses.keySet());
        candidates.addAll(found);
        candidates.retainAll(held);
        for (var version : candidates) {
            boolean wanted = named.contains(version);
            var seen = wanted || (found.contains(version) && !last.containsKey(version))
                    ? now
                    : latest(last.get(version), uses.get(version), now);
            var until = seen.plus(drain.apply(version));
            if (wanted || now.isBefore(until)) {
                nextLast.put(version, seen);
                next.put(version, new Verdict(wanted ? Reason.NAMED : Reason.IN_USE, until));
            }
        }
        return new VersionRetention(nextLast, next);
    }

    private static Instant latest(
            @org.jspecify.annotations.Nullable Instant one,
            @org.jspecify.annotations.Nullable Instant other,
            Instant now) {
        var later = one == null ? other : other == null || one.isAfter(other) ? one : other;
        // A clock that was set back must not keep anything for longer than a drain time from now.
        return later == null ? Instant.MIN.plusSeconds(1) : later.isAfter(now) ? now : later;
    }

    /** Versions whose controllers run, each with the reason, in order. */
    public Map<VersionLabel, Verdict> running() {
        return new TreeMap<>(verdicts);
    }

    /** When the next one ends by itself if nothing is used; {@link Instant#MAX} when none does. */
    public Instant nextEnd() {
        return verdicts.values().stream()
                .filter(verdict -> verdict.reason() == Reason.IN_USE)
                .map(Verdict::until)
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
    }
}
