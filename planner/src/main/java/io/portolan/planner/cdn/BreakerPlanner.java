package io.portolan.planner.cdn;

import io.portolan.planner.cdn.Breaker.State;
import io.portolan.planner.cdn.BreakerStep.Change;
import io.portolan.planner.cdn.BreakerStep.Kind;
import io.portolan.planner.cdn.BreakerStep.Wait;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides what becomes of a CDN. Pure: the same arguments give the same step.
 *
 * <p>It is tripped when (A) nearly all of the last few probes of all observers together failed, or (B) half of the last minutes' did, or (C)
 * in half of browsers' sessions files had to come from elsewhere; A and B from two places at least where there are two. It comes
 * back when few probes fail any more, a share at a time, and each share needs that again. Between what trips and what brings back lies a gap
 * wide enough that a steady loss of a fifth of all probes does neither; who trips again within the hour stays away twice as long.
 *
 * <p>No trip and no share without evidence: too few observers or results change nothing. A region is always there as the last source,
 * so nothing here asks whether another CDN is left. What a person says counts before all of this.
 */
public final class BreakerPlanner {
    /** Percent of the newest probes that trip a CDN (A). */
    public static final int FAST = 90;

    /** The same on its way back, where a doubt weighs more. */
    public static final int FAST_WHILE_RAMPING = 80;

    /** Percent of all kept probes that trip a CDN (B). */
    public static final int SLOW = 50;

    /** Percent of sessions with files from elsewhere that trips a CDN (C). */
    public static final int FALLBACKS = 50;

    /** Percent of the newest probes that may fail of a CDN that comes back. */
    public static final int RECOVERED = 30;

    /** Probes that an observer keeps. */
    public static final int KEPT = 60;

    /** Trips further apart than this are none of the same trouble. */
    public static final Duration CALM = Duration.ofHours(1);

    private static final int LEAST_EACH = 3;
    private static final int RECOVERY_EACH = 5;
    private static final int SLOW_SAMPLES = 5;
    private static final int MOST_DOUBLED = 5;
    /** On the way back few browsers ask, and fewer have to tell. */
    private static final int FEWER = 5;

    private BreakerPlanner() {}

    /** The next step. */
    public static BreakerStep next(Breaker breaker, BreakerPlan plan, CdnSight sight, Instant now) {
        if (breaker.ceiling() == 0) {
            return new Wait("a person took it away; a person gives it back");
        }
        if (!sight.quorate()) {
            return new Wait("too few observers are heard to change anything");
        }
        var age = Duration.between(breaker.since(), now);
        return switch (breaker.state()) {
            case CLOSED -> closed(breaker, plan, sight, now, age);
            case OPEN -> open(breaker, plan, sight, now, age);
            case RAMPING -> ramping(breaker, plan, sight, now, age);
        };
    }

    private static BreakerStep closed(Breaker breaker, BreakerPlan plan, CdnSight sight, Instant now, Duration age) {
        var against = against(plan, sight, age, FAST, plan.leastFallbacks());
        if (!against.isEmpty()) {
            return breaker.armed()
                    ? tripped(breaker, against, now)
                    : new Wait("a person gave it back while it fails: " + against.getFirst()
                            + "; it may be tripped again when it was seen well");
        }
        if (!breaker.armed()) {
            var recent = recent(plan, sight, age, plan.leastSample());
            return isWell(recent, plan.leastSample())
                    ? new Change(
                            Kind.ARMED,
                            new Breaker(State.CLOSED, breaker.ceiling(), true, now, 0, 0, Instant.EPOCH),
                            "it was seen well after a person gave it back",
                            List.of(recent.text()))
                    : new Wait("a person gave it back; it may be tripped when it was seen well: " + recent.text());
        }
        return new Wait("it is watched: "
                + Sample.newest(sight, each(plan, sight, LEAST_EACH, 1), age).text());
    }

    private static BreakerStep open(Breaker breaker, BreakerPlan plan, CdnSight sight, Instant now, Duration age) {
        var until = breaker.since().plus(hold(breaker, plan));
        var recent = recent(plan, sight, age, 2 * plan.leastSample());
        if (now.isBefore(until)) {
            return new Wait("it is tried again from " + text(until) + " on, when at most " + RECOVERED
                    + " % of probes fail; now " + recent.text());
        }
        if (!isWell(recent, 2 * plan.leastSample())) {
            return new Wait("it comes back when at most " + RECOVERED + " % of " + 2 * plan.leastSample()
                    + " probes fail; now " + recent.text());
        }
        return toStep(breaker, plan, 0, recent, now);
    }

    private static BreakerStep ramping(Breaker breaker, BreakerPlan plan, CdnSight sight, Instant now, Duration age) {
        var against = against(plan, sight, age, FAST_WHILE_RAMPING, Math.max(1, plan.leastFallbacks() / FEWER));
        if (!against.isEmpty()) {
            return tripped(breaker, against, now);
        }
        var recent = recent(plan, sight, age, plan.leastSample());
        var until = breaker.since().plus(plan.step());
        if (now.isBefore(until) || !isWell(recent, plan.leastSample())) {
            return new Wait(breaker.share(plan) + " % of browsers ask it; more from " + text(until)
                    + " on, when at most " + RECOVERED + " % of probes fail; since then " + recent.text());
        }
        return toStep(breaker, plan, breaker.step() + 1, recent, now);
    }

    private static Change toStep(Breaker breaker, BreakerPlan plan, int step, Sample recent, Instant now) {
        boolean last = step >= plan.shares().size() || plan.shares().get(step) >= breaker.ceiling();
        var next = last
                ? new Breaker(State.CLOSED, breaker.ceiling(), true, now, 0, breaker.trips(), breaker.trippedAt())
                : new Breaker(State.RAMPING, breaker.ceiling(), true, now, step, breaker.trips(), breaker.trippedAt());
        return new Change(
                last ? Kind.CLOSED : Kind.RAMPED,
                next,
                "it is well again: " + next.share(plan) + " % of browsers ask it",
                List.of(recent.text()));
    }

    private static Change tripped(Breaker breaker, List<String> against, Instant now) {
        boolean again = breaker.trips() > 0 && now.isBefore(breaker.trippedAt().plus(CALM));
        return new Change(
                Kind.TRIPPED,
                new Breaker(State.OPEN, breaker.ceiling(), true, now, 0, again ? breaker.trips() + 1 : 1, now),
                against.getFirst(),
                against);
    }

    /** How long it is away at least. */
    public static Duration hold(Breaker breaker, BreakerPlan plan) {
        return plan.hold().multipliedBy(1L << Math.clamp(breaker.trips() - 1L, 0, MOST_DOUBLED));
    }

    /** What speaks for a trip, the first as a sentence; nothing where nothing does. */
    private static List<String> against(BreakerPlan plan, CdnSight sight, Duration age, int fast, int leastFallbacks) {
        var against = new ArrayList<String>();
        var newest = Sample.newest(sight, each(plan, sight, LEAST_EACH, 1), age);
        var all = Sample.newest(sight, KEPT, age);
        if (newest.all() >= plan.leastSample() && newest.failsBy(fast)) {
            against.add("the last " + newest.text()); // A
        } else if (all.all() >= SLOW_SAMPLES * plan.leastSample() && all.failsBy(SLOW)) {
            against.add("of the last minutes, " + all.text()); // B
        }
        var told = sight.fallbacks();
        if (told.asked() >= leastFallbacks
                && 100 * told.failed() >= FALLBACKS * told.asked()
                && told.places() >= Math.min(2, all.heard().size())) {
            against.add("in " + told.failed() + " of " + told.asked()
                    + " sessions of browsers files had to come from elsewhere"); // C
        }
        if (!against.isEmpty()) {
            against.addAll(newest.faults());
        }
        return against;
    }

    private static Sample recent(BreakerPlan plan, CdnSight sight, Duration age, int least) {
        return Sample.newest(sight, each(plan, sight, RECOVERY_EACH, Math.ceilDiv(least, plan.leastSample())), age);
    }

    private static boolean isWell(Sample sample, int least) {
        return sample.all() >= least && 100L * sample.failed() <= (long) RECOVERED * sample.all();
    }

    /** Results of each observer that together are enough. */
    private static int each(BreakerPlan plan, CdnSight sight, int least, int times) {
        return Math.max(
                least,
                Math.ceilDiv(
                        times * plan.leastSample(), Math.max(1, sight.voices().size())));
    }

    private static Instant text(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS);
    }
}
