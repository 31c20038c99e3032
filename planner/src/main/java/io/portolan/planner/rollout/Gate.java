package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A rule over evidence that must hold before a stage is sealed. Pure. */
@FunctionalInterface
public interface Gate {
    /** Judges a stage. */
    Verdict decide(RolloutPlan.PlannedStage plan, Evidence evidence, Instant now);

    /**
     * What is known about a stage; later kinds of evidence are added here.
     *
     * @param converged   whether every region of the stage is converged now
     * @param healthyFor  healthy time accumulated
     * @param required    healthy time that is enough: the plan's bake, or the least when a person advanced it
     * @param controllers what nodes report of the version's controllers, by region of the wave
     */
    record Evidence(
            boolean converged,
            Duration healthyFor,
            Duration required,
            Map<RegionName, Observation.Controllers> controllers) {
        public Evidence {
            controllers = Map.copyOf(controllers);
        }

        /** Of a version without controllers. */
        public Evidence(boolean converged, Duration healthyFor, Duration required) {
            this(converged, healthyFor, required, Map.of());
        }
    }

    /** The gate of time: enough healthy time, and healthy now. */
    Gate TIME = (plan, evidence, now) -> {
        if (!evidence.converged()) {
            return new Verdict(Verdict.Outcome.INCONCLUSIVE, "not converged at the end of the bake", null);
        }
        var missing = evidence.required().minus(evidence.healthyFor());
        if (missing.isPositive()) {
            return new Verdict(
                    Verdict.Outcome.INCONCLUSIVE,
                    "healthy for " + Spans.text(evidence.healthyFor()) + " of " + Spans.text(evidence.required()),
                    now.plus(missing));
        }
        return new Verdict(Verdict.Outcome.PASS, "healthy for " + Spans.text(evidence.healthyFor()), null);
    };

    /** The gate of controllers: see {@link ControllerGate}. */
    Gate CONTROLLERS = new ControllerGate();

    /** What holds unless an operator's rules say more. */
    Gate STANDARD = all(List.of(TIME, CONTROLLERS));

    /** What holds in a rollout that was asked to go without health checks: its bakes, and nothing else. */
    Gate UNCHECKED = (plan, evidence, now) -> {
        var verdict = TIME.decide(plan, evidence, now);
        return verdict.outcome() == Verdict.Outcome.PASS
                ? new Verdict(verdict.outcome(), verdict.reason() + "; health checks left out, as asked", null)
                : verdict;
    };

    /** Passes if each of them does; else the worst that one says, with its reason. A gate without a reason has nothing to say. */
    static Gate all(List<Gate> gates) {
        var rules = List.copyOf(gates);
        return (plan, evidence, now) -> {
            var verdicts =
                    rules.stream().map(gate -> gate.decide(plan, evidence, now)).toList();
            return verdicts.stream()
                    .filter(verdict -> verdict.outcome() != Verdict.Outcome.PASS)
                    .min(Comparator.comparingInt(verdict -> List.of(
                                    Verdict.Outcome.FAIL, Verdict.Outcome.ERROR, Verdict.Outcome.INCONCLUSIVE)
                            .indexOf(verdict.outcome())))
                    .orElseGet(() -> new Verdict(
                            Verdict.Outcome.PASS,
                            verdicts.stream()
                                    .map(Verdict::reason)
                                    .filter(reason -> !reason.isEmpty())
                                    .collect(Collectors.joining("; ")),
                            null));
        };
    }
}
