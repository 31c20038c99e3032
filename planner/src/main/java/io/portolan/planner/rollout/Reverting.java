package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The way back: every touched region at once, in one revision. Pure.
 *
 * <p>A region goes back to the newest version that it had for a whole bake and that was not withdrawn, so never to one that an
 * other rollout had only half proved; without any, to what it had when the rollout began.
 */
final class Reverting {
    /** How long regions that are out of reach are waited for before the rest is called done. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private Reverting() {}

    /** A failed gate or a spent budget: as the plan says. */
    static Step.Change onFailure(Rollout rollout, Deployment deployment, String why, Instant now) {
        if (rollout.plan().policy().onFail() == OnFail.HALT) {
            return halted(rollout, deployment, why + "; left as it is, as its plan says", now);
        }
        return revert(rollout, deployment, why, now);
    }

    /** Ends a rollout and leaves every region as it is. */
    static Step.Change halted(Rollout rollout, Deployment deployment, String why, Instant now) {
        var left = deployment.leaving(rollout);
        var told = why
                + left.halfway().keySet().stream()
                        .filter(stage -> rollout.stage(stage).isPresent())
                        .sorted()
                        .map(stage -> "; regions that come to " + stage + " get "
                                + left.versionOf(stage).map(VersionLabel::value).orElse("what is last known good"))
                        .collect(Collectors.joining());
        return new Step.Change(Step.Kind.ENDED, rollout.ended(RolloutState.HALTED, told, now), left, told);
    }

    static Step.Change revert(Rollout rollout, Deployment deployment, String why, Instant now) {
        // Who saw it must not be given it again by automation; one that completed before has proved itself.
        boolean withdraw = !rollout.notStarted() && !deployment.good().contains(rollout.version());
        var changed = withdraw ? deployment.withdrawing(rollout.version()) : deployment;
        var pointers = new HashMap<RegionName, String>();
        var aliases = new HashMap<String, String>();
        var stages = rollout.stages().stream()
                .map(stage -> reverted(rollout, stage, changed, pointers, aliases, now))
                .toList();
        var owed = deployment.owed().entrySet().stream()
                .filter(entry -> entry.getValue().rollout().equals(rollout.id()))
                .map(Map.Entry::getKey)
                .filter(region -> !changed.versionIn(region).equals(Optional.of(rollout.version())))
                .toList();
        return new Step.Change(
                Step.Kind.REVERTING,
                rollout.stages(stages).in(RolloutState.ROLLING_BACK, why, now).advancing(false),
                changed.pointing(pointers, rollout.lineage()).staging(aliases).settled(owed),
                why);
    }

    private static StageProgress reverted(
            Rollout rollout,
            StageProgress stage,
            Deployment deployment,
            Map<RegionName, String> pointers,
            Map<String, String> aliases,
            Instant now) {
        var changed = stage;
        for (var region : stage.regions()) {
            boolean pointed = deployment.versionIn(region).equals(Optional.of(rollout.version()));
            boolean moved =
                    stage.task(region).state().isTouched() || stage.task(region).state() == TaskState.OWED;
            if (moved && pointed) {
                pointers.put(region, target(rollout, deployment, region));
                changed = changed.tasks(List.of(region), task -> task.in(TaskState.REVERTED));
            } else if (stage.task(region).state().isTouched()) {
                changed = changed.tasks(
                        List.of(region), task -> task.because(TaskState.OVERTAKEN, "has another version by now"));
            }
        }
        boolean ours = Optional.of(rollout.version())
                .equals(Optional.ofNullable(deployment.stages().get(stage.name())));
        if (ours && (stage.touched() || stage.lost() > 0 || stage.state() == StageState.SKIPPED)) {
            aliases.put(stage.name(), alias(rollout, deployment, stage, pointers));
        }
        return stage.touched() ? changed.enter(StageState.REVERTED, now) : changed;
    }

    /** What the stage had before, but nothing that none of its regions goes back to. */
    private static String alias(
            Rollout rollout, Deployment deployment, StageProgress stage, Map<RegionName, String> pointers) {
        var before = rollout.stagesBefore().getOrDefault(stage.name(), "");
        var back = stage.regions().stream()
                .filter(pointers::containsKey)
                .map(pointers::get)
                .toList();
        if (!back.isEmpty()) {
            return back.contains(before) ? before : back.getFirst();
        }
        return !stage.regions().isEmpty() && isWithdrawn(deployment, before)
                ? target(rollout, deployment, stage.regions().getFirst())
                : isWithdrawn(deployment, before) ? "" : before;
    }

    /** The version that a region goes back to, empty text for none. */
    static String target(Rollout rollout, Deployment deployment, RegionName region) {
        var before = rollout.before().getOrDefault(region, "");
        var pointer = deployment.regions().get(region);
        // What it had when it was switched: since the rollout began another one may have sealed there.
        if (pointer != null
                && pointer.version().equals(rollout.version())
                && isGood(deployment, region, pointer.previous())) {
            return pointer.previous();
        }
        if (isGood(deployment, region, before)) {
            return before;
        }
        return deployment
                .sealedBefore(region, rollout.version())
                .map(VersionLabel::value)
                .orElse(before);
    }

    private static boolean isGood(Deployment deployment, RegionName region, String version) {
        return !version.isEmpty()
                && deployment.sealed().getOrDefault(region, List.of()).contains(new VersionLabel(version))
                && !deployment.isWithdrawn(region, new VersionLabel(version));
    }

    private static boolean isWithdrawn(Deployment deployment, String version) {
        return !version.isEmpty() && deployment.withdrawn().contains(new VersionLabel(version));
    }

    static Step nextOfRevert(Rollout rollout, Scene scene, Instant now) {
        var reverted = rollout.stages().stream()
                .flatMap(stage -> stage.in(TaskState.REVERTED).stream())
                .toList();
        var late = late(rollout, reverted, scene, now);
        if (late.isEmpty()) {
            return waitingFor("reverting: waiting for ", rollout, reverted, scene, now);
        }
        var missing = late.get();
        return new Step.Change(
                Step.Kind.ENDED,
                rollout.ended(missing.isEmpty() ? RolloutState.ROLLED_BACK : RolloutState.ROLLED_BACK_PARTIAL, "", now),
                owing(rollout, scene.deployment(), missing, now),
                missing.isEmpty()
                        ? "every touched region is back"
                        : "every touched region is back but those out of reach: " + RolloutPlanner.names(missing));
    }

    /** Regions given up for now; empty while others are still to be waited for. */
    private static Optional<List<RegionName>> late(
            Rollout rollout, List<RegionName> regions, Scene scene, Instant now) {
        var behind = regions.stream()
                .filter(region -> !scene.gone().contains(region))
                .filter(region -> !scene.observed().of(region).converged())
                .toList();
        if (behind.isEmpty()) {
            return Optional.of(List.of());
        }
        boolean unreachable =
                behind.stream().noneMatch(region -> scene.observed().of(region).reachable());
        return unreachable && !now.isBefore(since(rollout).plus(PATIENCE)) ? Optional.of(behind) : Optional.empty();
    }

    private static Instant since(Rollout rollout) {
        var since = rollout.since();
        return since == null ? rollout.startedAt() : since;
    }

    /** Its pointer is right already: what is owed is only its acknowledgement. */
    private static Deployment owing(Rollout rollout, Deployment deployment, List<RegionName> missing, Instant now) {
        var owed = new HashMap<RegionName, Deployment.Owed>();
        for (var stage : rollout.stages()) {
            for (var region : stage.regions()) {
                if (missing.contains(region)) {
                    owed.put(
                            region,
                            new Deployment.Owed(stage.name(), rollout.id(), "out of reach when it was put back", now));
                }
            }
        }
        return owed.isEmpty() ? deployment : deployment.owing(owed);
    }

    private static Step.Wait waitingFor(
            String text, Rollout rollout, List<RegionName> regions, Scene scene, Instant now) {
        var patience = since(rollout).plus(PATIENCE);
        return new Step.Wait(
                text + String.join("; ", RolloutPlanner.behind(regions, scene.observed())),
                null,
                patience.isAfter(now) ? patience : null,
                RolloutPlanner.NODES);
    }

    static Step nextOfRollback(Rollout rollout, Scene scene, Instant now) {
        var warming = RollingBack.warming(rollout, scene, now);
        if (warming.isPresent()) {
            return warming.get();
        }
        var observed = scene.observed();
        var late = late(rollout, rollout.regions(), scene, now);
        if (late.isEmpty()) {
            return waitingFor("waiting for ", rollout, rollout.regions(), scene, now);
        }
        var missing = late.get();
        var figures = rollout.rollback();
        if (figures == null) {
            throw new IllegalStateException("rollout " + rollout.id() + " is a rollback without figures");
        }
        var last = rollout.regions().stream()
                .filter(region -> !missing.contains(region))
                .map(region -> observed.of(region).acknowledgedAt())
                .max(Instant::compareTo)
                .orElse(now);
        // After a restart of the engine the receipt times are those of repeated status: never more than now.
        long elapsed = Math.max(
                0,
                Duration.between(rollout.startedAt(), last.isAfter(now) ? now : last)
                        .toMillis());
        long moved = observed.fetchedNow().entrySet().stream()
                .mapToLong(entry -> entry.getValue() - figures.fetchedBefore().getOrDefault(entry.getKey(), 0L))
                .sum();
        var sealed = rollout.stages().stream()
                .map(stage -> stage.tasks(
                                stage.in(TaskState.SWITCHED).stream()
                                        .filter(region -> !missing.contains(region))
                                        .toList(),
                                task -> task.in(TaskState.SEALED))
                        .enter(stage.regions().isEmpty() ? StageState.SKIPPED : StageState.SEALED, now))
                .toList();
        return new Step.Change(
                Step.Kind.ROLLBACK_CONVERGED,
                rollout.stages(sealed)
                        .measured(new Rollout.RollbackFigures(figures.to(), figures.fetchedBefore(), elapsed, moved))
                        .ended(missing.isEmpty() ? RolloutState.SUCCEEDED : RolloutState.ROLLED_BACK_PARTIAL, "", now),
                owing(rollout, scene.deployment(), missing, now),
                missing.isEmpty()
                        ? "every region is back on " + rollout.version()
                        : "every region is back on " + rollout.version() + " but those out of reach: "
                                + RolloutPlanner.names(missing));
    }
}
