package io.portolan.planner.bringup;

import io.portolan.model.RegionState;
import io.portolan.planner.bringup.BringUpStep.Change;
import io.portolan.planner.bringup.BringUpStep.Kind;
import java.time.Instant;
import java.util.List;

/** What people may do to a region on its way. Pure. */
public final class Steering {
    private Steering() {}

    /** Something that may not be done now, and why. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }

    /** Stops it where it is; its users, if it had any, go elsewhere. */
    public static Change hold(BringUp region, String why, Instant now) {
        switch (region.state()) {
            case HELD, LIVE, RETIRED, RETIRING ->
                throw new Refused("holding " + region.region() + ": it is " + region.state());
            default -> {}
        }
        return new Change(Kind.HELD, region.held(why, now), "held in " + region.state() + ": " + why, List.of());
    }

    /** Lets it go on where it was held; with users it begins with the first of them again. */
    public static Change resume(BringUp region, String why, Instant now) {
        var in = region.heldIn();
        if (in == null) {
            throw new Refused("resuming " + region.region() + ": it is " + region.state() + " (expected: HELD)");
        }
        var next = in == RegionState.CANARY || in == RegionState.RAMPING ? RegionState.DARK : in;
        // What made it hold because too much would go is what the person says yes to.
        return new Change(
                Kind.ENTERED,
                region.afresh().knowing(0).enter(next, "resumed" + (why.isEmpty() ? "" : ": " + why), now),
                "resumed in " + next + (why.isEmpty() ? "" : ": " + why),
                List.of());
    }

    /** The first of two steps out: no new users. The caller has asked the capacity rule. */
    public static Change leave(BringUp region, String why, Instant now) {
        if (region.leaving()) {
            throw new Refused("retiring " + region.region() + ": it is on its way out already, " + region.state());
        }
        var text = "leaves" + (why.isEmpty() ? "" : ": " + why);
        return switch (region.way()) {
            case RETIRED, RETIRING -> throw new Refused("retiring " + region.region() + ": it is " + region.state());
            case CANARY, RAMPING, LIVE, DRAINING ->
                new Change(Kind.ENTERED, region.away().enter(RegionState.DRAINING, text, now), text, List.of());
            // Nobody was ever sent there.
            default -> new Change(Kind.ENTERED, region.away().enter(RegionState.DARK, text, now), text, List.of());
        };
    }

    /** The second step: it is told to serve nothing any more. */
    public static Change retire(BringUp region, BringUpPlan plan, String why, Instant now) {
        if (!region.leaving() || region.state() != RegionState.DARK) {
            throw new Refused("retiring " + region.region() + " for good: it is " + region.state()
                    + " (expected: DARK after it was drained by portolan region retire " + region.region() + ")");
        }
        var from = region.since().plus(plan.leaveDark());
        if (now.isBefore(from)) {
            throw new Refused("retiring " + region.region() + " for good: it has to be dark until " + from);
        }
        return new Change(
                Kind.ENTERED,
                region.enter(RegionState.RETIRING, "retired for good" + (why.isEmpty() ? "" : ": " + why), now),
                "retired for good",
                List.of());
    }
}
