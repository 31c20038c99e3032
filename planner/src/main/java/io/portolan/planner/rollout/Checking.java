package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a rollout would meet if it were started now: for each of its stages everything that would let it fail or wait, judged by what
 * regions serve at this moment. Pure; a check moves nothing and waits for nothing, so it bakes nothing either.
 */
public final class Checking {
    private Checking() {}

    /** What is said of one question, and of all together; each is worse than those before it. */
    public enum Outcome {
        /** Nothing stands against it. */
        PASS,
        /** It would go on, and this is worth knowing. */
        NOTE,
        /** It would wait, for a time or for a person. */
        WAIT,
        /** It would be refused, put back, or never begin. */
        FAIL
    }

    /**
     * One answer.
     *
     * @param check what was asked, such as {@code gate}
     */
    public record Finding(String check, Outcome outcome, String reason) {}

    /** One stage; its outcome is its worst finding's. */
    public record OfStage(String name, List<RegionName> regions, Outcome outcome, List<Finding> findings) {
        public OfStage {
            regions = List.copyOf(regions);
            findings = List.copyOf(findings);
        }
    }

    /**
     * All answers.
     *
     * @param rollout  what was asked about, with its plan; never recorded
     * @param outcome  the worst of all findings
     * @param findings those that are about no single stage
     */
    public record Report(Rollout rollout, Outcome outcome, List<Finding> findings, List<OfStage> stages) {
        public Report {
            findings = List.copyOf(findings);
            stages = List.copyOf(stages);
        }
    }

    /**
     * What a check looks at beside the plan.
     *
     * @param scene      as for a rollout's next step; its observation is of the version that is asked about
     * @param served     what is known of each region and of the version that it serves now
     * @param given      whether revisions name the version already, so that nodes hold it or say that they lack it
     * @param validation findings about the version's content
     * @param capacity   what the other regions could carry if these were taken away
     */
    public record Look(
            Scene scene,
            Map<RegionName, Observation.OfRegion> served,
            boolean given,
            List<Finding> validation,
            Function<List<RegionName>, Finding> capacity) {
        public Look {
            served = Map.copyOf(served);
            validation = List.copyOf(validation);
        }

        private Observation.OfRegion of(RegionName region) {
            return served.getOrDefault(
                    region, Observation.OfRegion.unknown(false, region + ": nothing is known of it"));
        }
    }

    /**
     * The rollout as it would be recorded, for {@link #report}; its plan may be refused.
     *
     * @throws Refusal where no plan can be made of the request
     */
    public static Rollout planned(
            Starting.Request request, Deployment deployment, Function<RolloutPlan, String> planHash) {
        return Starting.planned(request, deployment, planHash);
    }

    /** Answers everything. */
    public static Report report(Starting.Request request, Rollout rollout, Look look, Instant now) {
        var whole = new ArrayList<Finding>(look.validation());
        whole.add(Starting.refusal(
                        request, look.scene().deployment(), look.scene().others())
                .map(why -> new Finding("start", Outcome.FAIL, why))
                .orElse(new Finding("start", Outcome.PASS, "it may be started")));
        var stages = new ArrayList<OfStage>();
        for (int i = 0; i < rollout.stages().size(); i++) {
            stages.add(stage(rollout, i, look, now));
        }
        return new Report(
                rollout,
                worst(Stream.concat(whole.stream(), stages.stream().flatMap(stage -> stage.findings().stream()))),
                whole,
                stages);
    }

    private static Outcome worst(Stream<Finding> findings) {
        return findings.map(Finding::outcome).max(Comparator.naturalOrder()).orElse(Outcome.PASS);
    }

    private static OfStage stage(Rollout rollout, int index, Look look, Instant now) {
        var stage = rollout.stages().get(index);
        var findings = new ArrayList<Finding>();
        findings.add(waits("order", Entry.behindOthers(rollout, stage, look.scene()), "no other rollout is before it"));
        if (stage.regions().isEmpty()) {
            findings.add(new Finding("regions", Outcome.NOTE, "none: skipped, its alias is set to the version"));
            return new OfStage(stage.name(), List.of(), worst(findings.stream()), findings);
        }
        findings.add(waits("approval", Entry.approval(rollout, index, now), "none is needed"));
        findings.add(waits("calendar", Entry.window(rollout, stage, look.scene(), now), "open now"));
        findings.add(waits("incidents", Entry.blocker(rollout, stage, look.scene()), "none stands against it"));
        if (index == rollout.plan().firstWithRegions()) {
            findings.add(readiness(rollout, index, look));
        }
        findings.add(reach(rollout, index, look));
        findings.add(content(stage, look));
        findings.add(capacity(rollout, index, look));
        findings.add(health(stage, look));
        findings.add(gate(rollout, index, look, now));
        return new OfStage(stage.name(), stage.regions(), worst(findings.stream()), findings);
    }

    private static Finding waits(String check, Optional<Step.Wait> wait, String otherwise) {
        return wait.map(what -> new Finding(check, Outcome.WAIT, what.text()))
                .orElse(new Finding(check, Outcome.PASS, otherwise));
    }

    /** A configuration that serves no portal does not mend itself: only nodes that still fetch do. */
    private static Finding readiness(Rollout rollout, int index, Look look) {
        var blocked = Entry.readiness(rollout, index, look.scene());
        return blocked.map(wait -> new Finding(
                        "readiness", look.scene().wayBack().isEmpty() ? Outcome.WAIT : Outcome.FAIL, wait.text()))
                .orElse(new Finding("readiness", Outcome.PASS, "every region could go back to what it serves"));
    }

    private static Finding reach(Rollout rollout, int index, Look look) {
        var stage = rollout.stages().get(index);
        var away = stage.regions().stream()
                .filter(region -> !look.of(region).reachable())
                .toList();
        if (away.isEmpty()) {
            return new Finding("reach", Outcome.PASS, "every region is in reach");
        }
        int budget = rollout.plan().stages().get(index).maxFailedRegions();
        var why = away.stream().map(region -> look.of(region).behind()).collect(Collectors.joining("; "));
        return away.size() <= budget && away.size() < stage.regions().size()
                ? new Finding("reach", Outcome.NOTE, "would go on without, and owe it to: " + why)
                : new Finding("reach", Outcome.WAIT, "would wait, its failure budget is " + budget + ": " + why);
    }

    private static Finding content(StageProgress stage, Look look) {
        if (!look.given()) {
            return new Finding("content", Outcome.NOTE, "no node has been told of it: fetched before a region moves");
        }
        var lacks = stage.regions().stream()
                .map(look.scene().observed()::of)
                .filter(seen -> seen.reachable() && !seen.holds())
                .map(Observation.OfRegion::lacks)
                .toList();
        return lacks.isEmpty()
                ? new Finding("content", Outcome.PASS, "every node in reach holds it")
                : new Finding("content", Outcome.NOTE, "still to be fetched: " + String.join("; ", lacks));
    }

    /** A rollout takes nothing out of service; what directors would take away if a whole wave failed is worth knowing before. */
    private static Finding capacity(Rollout rollout, int index, Look look) {
        var answers = Waves.all(rollout.plan(), rollout.plan().stages().get(index)).stream()
                .map(look.capacity())
                .toList();
        return answers.stream()
                .max(Comparator.comparing(Finding::outcome))
                .orElse(new Finding("capacity", Outcome.PASS, "no region moves"));
    }

    private static Finding health(StageProgress stage, Look look) {
        var faults = new ArrayList<String>();
        var behind = new ArrayList<String>();
        for (var region : stage.regions()) {
            var seen = look.of(region);
            if (!seen.reachable() || look.scene().deployment().versionIn(region).isEmpty()) {
                continue;
            }
            if (!seen.fault().isEmpty()) {
                faults.add(region + ": " + seen.fault());
            } else if (!seen.serves()) {
                behind.add(seen.waitsFor());
            }
        }
        if (!faults.isEmpty()) {
            return new Finding("health", Outcome.FAIL, String.join("; ", faults));
        }
        return behind.isEmpty()
                ? new Finding("health", Outcome.PASS, "what regions serve now is served in full")
                : new Finding("health", Outcome.WAIT, String.join("; ", behind));
    }

    /** The gate, asked about what is served now: the version itself where a region has it, else the one before it. */
    private static Finding gate(Rollout rollout, int index, Look look, Instant now) {
        var stage = rollout.stages().get(index);
        var scene = look.scene();
        if (rollout.plan().unchecked()) {
            return new Finding("gate", Outcome.NOTE, "health checks are left out, as asked: only the bake would judge");
        }
        var reached = stage.regions().stream()
                .filter(region -> look.of(region).reachable())
                .toList();
        if (reached.isEmpty()) {
            return new Finding("gate", Outcome.WAIT, "no data: no region is in reach");
        }
        var serving = reached.stream()
                .filter(region -> scene.deployment().versionIn(region).isPresent())
                .toList();
        if (serving.isEmpty()) {
            return new Finding("gate", Outcome.NOTE, "nothing is served there yet that it could judge");
        }
        var controllers = new TreeMap<RegionName, Observation.Controllers>();
        serving.forEach(region -> controllers.put(region, look.of(region).controllers()));
        var verdict = scene.gate()
                .decide(
                        rollout.plan().stages().get(index),
                        new Gate.Evidence(
                                serving.stream()
                                        .allMatch(region -> look.of(region).serves()),
                                Duration.ZERO,
                                Duration.ZERO,
                                controllers),
                        now);
        var of = serving.stream()
                .flatMap(region -> scene.deployment().versionIn(region).stream())
                .map(VersionLabel::value)
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        return new Finding(
                "gate",
                switch (verdict.outcome()) {
                    case PASS -> Outcome.PASS;
                    case FAIL -> Outcome.FAIL;
                    case INCONCLUSIVE, ERROR -> Outcome.WAIT;
                },
                verdict.outcome() + " for " + of + ", without a bake: " + verdict.reason());
    }
}
