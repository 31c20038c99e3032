package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges the controllers of a stage's version by what the nodes of its regions report: ready, not restarted again and again, and not
 * failing calls. Nothing reported is never a pass; a version without controllers has nothing to judge. Stateless.
 *
 * <p>Restarts and calls count since a node took the version up, so a region that has had it for long is judged by its whole life: what
 * one bake adds to that can only make the verdict worse, never hide it.
 */
final class ControllerGate implements Gate {
    /** Restarts in one region that are no accident any more. */
    static final long MOST_RESTARTS = 2;

    /** Share of the calls that may fail by a controller's fault, in percent. */
    static final int MOST_ERRORS_PERCENT = 5;

    /** Fewer calls than this say nothing about a share. */
    static final long ENOUGH_CALLS = 50;

    @Override
    public Verdict decide(RolloutPlan.PlannedStage plan, Evidence evidence, Instant now) {
        var bad = new ArrayList<String>();
        var unready = new ArrayList<String>();
        var seen = new TreeMap<>(evidence.controllers());
        seen.values().removeIf(Observation.Controllers.NONE::equals);
        seen.forEach((region, controllers) -> {
            if (!controllers.failure().isEmpty()) {
                bad.add(region + ": " + controllers.failure());
            } else if (!controllers.ready()) {
                unready.add(controllers.lacks());
            }
            if (controllers.restarts() > MOST_RESTARTS) {
                bad.add(region + ": controllers were restarted " + controllers.restarts() + " times (at most "
                        + MOST_RESTARTS + ")");
            }
            if (controllers.calls() >= ENOUGH_CALLS
                    && controllers.errors() * 100 > controllers.calls() * MOST_ERRORS_PERCENT) {
                bad.add(region + ": " + share(controllers.errors(), controllers.calls()) + " of " + controllers.calls()
                        + " calls failed (at most " + MOST_ERRORS_PERCENT + " %)");
            }
        });
        if (!bad.isEmpty()) {
            return new Verdict(Verdict.Outcome.FAIL, String.join("; ", bad), null);
        }
        return unready.isEmpty()
                ? new Verdict(Verdict.Outcome.PASS, said(seen), null)
                : new Verdict(Verdict.Outcome.INCONCLUSIVE, String.join("; ", unready), null);
    }

    private static String said(Map<RegionName, Observation.Controllers> seen) {
        if (seen.isEmpty()) {
            return "";
        }
        long restarts = sum(
                seen.values().stream().map(Observation.Controllers::restarts).toList());
        long calls =
                sum(seen.values().stream().map(Observation.Controllers::calls).toList());
        long errors =
                sum(seen.values().stream().map(Observation.Controllers::errors).toList());
        return "controllers ready, " + restarts + " restarts, " + calls + " calls"
                + (calls == 0 ? "" : ", " + share(errors, calls) + " failed");
    }

    private static long sum(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).sum();
    }

    private static String share(long errors, long calls) {
        return String.format(Locale.ROOT, "%.1f %%", 100.0 * errors / calls);
    }
}
