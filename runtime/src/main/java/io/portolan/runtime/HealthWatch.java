package io.portolan.runtime;

import io.portolan.model.controller.HealthCheck;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says when a ready process is looked at, for how long, and when it is given up. Pure but for what it remembers; one thread at a time.
 *
 * <p>Ordinarily as its health check says: every so often, given up after {@code failures} bad looks in a row. Calls in progress would
 * wait for a process that is frozen all that time, and a call that must not be made twice has nowhere else to go. So while there are
 * some, the process is looked at each second at least, each look takes half the time of an ordinary one, and the next follows a look
 * without an answer at once. A process that gave none to {@code failures} looks in a row <em>and has used no processor time since the
 * first of them</em> is frozen. One that is busy, or that a busy machine gives little, has used some: it is judged as if nobody had
 * looked so often. A look that ended later than its limit, by a quarter of it, says more of this node than of the process: it makes
 * nothing frozen.
 */
final class HealthWatch {
    /** Longest between two looks while calls are in progress. */
    static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** Share of the time that has passed; whoever uses less of it does nothing. An idle JVM's own threads use that much. */
    private static final double IDLE = 0.01;

    /** Part of a look's limit by which its end is late. */
    private static final int LATE = 4;

    private final HealthCheck check;
    private final Supplier<Optional<Duration>> cpu;
    private int bad;
    private Instant lastBad = Instant.MIN;
    private int silent;
    private Instant silentSince = Instant.MIN;
    private @Nullable Duration cpuThen;

    /**
     * For one process.
     *
     * @param cpu processor time that it has used, asked only when it does not answer; empty where nobody tells, and then it is never frozen
     */
    HealthWatch(HealthCheck check, Supplier<Optional<Duration>> cpu) {
        this.check = check;
        this.cpu = cpu;
    }

    /** What is to become of the process. */
    enum Verdict {
        /** Nothing is wrong, or not for long enough. */
        STAYS,
        /** It failed its checks. */
        FAILED,
        /** It does not answer and does nothing: asking it to end would be waiting for nothing. */
        FROZEN
    }

    /** How long a look may take. */
    Duration timeout(boolean callsWait) {
        return callsWait ? check.timeout().dividedBy(2) : check.timeout();
    }

    /** How long to wait before the next look. */
    Duration pause(boolean callsWait) {
        if (!callsWait) {
            return check.every();
        }
        return silent > 0 ? Duration.ZERO : Times.least(check.every(), LOOK_EVERY);
    }

    /** Bad looks in a row. */
    int bad() {
        return Math.max(bad, silent);
    }

    /**
     * A look was taken.
     *
     * @param limit how long it might take
     * @param begun when it began
     */
    Verdict looked(HealthProbe.Answer answer, Duration limit, Instant begun, Instant now) {
        if (answer.isGood()) {
            bad = 0;
            silent = 0;
            return Verdict.STAYS;
        }
        count(answer, limit, now);
        if (!answer.isSilent()) {
            silent = 0;
        } else if (Duration.between(begun, now).compareTo(limit.plus(limit.dividedBy(LATE))) < 0) {
            silent++;
            if (silent == 1) {
                silentSince = now;
                cpuThen = cpu.get().orElse(null);
            } else if (silent >= check.failures() && isIdle(now)) {
                return Verdict.FROZEN;
            }
        }
        return bad >= check.failures() ? Verdict.FAILED : Verdict.STAYS;
    }

    /** Looks that come sooner than ordinary ones count as often as those would have. */
    private void count(HealthProbe.Answer answer, Duration limit, Instant now) {
        boolean early = bad > 0
                && answer.isSilent()
                && limit.compareTo(check.timeout()) < 0
                && Duration.between(lastBad, now).compareTo(check.timeout().plus(check.every())) < 0;
        if (!early) {
            bad++;
            lastBad = now;
        }
    }

    private boolean isIdle(Instant now) {
        var then = cpuThen;
        return then != null
                && cpu.get()
                        .map(used -> used.minus(then).toNanos()
                                <= Duration.between(silentSince, now).toNanos() * IDLE)
                        .orElse(false);
    }
}
