package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a region gets that joins an environment while versions move through its stages. Pure.
 *
 * <ul>
 *   <li>It is never the first to show a version: it gets what its stage last sealed and what was good somewhere else for a whole bake.
 *   <li>A rollout that is inside its stage gives it the new version when every other region of the stage has passed, and seals the stage
 *       only when it has converged too or is held.
 *   <li>A version from which a rollout or a person put the region back alone is not given to it again.
 *   <li>Nor is one that a rollout left half-way in its stage when it was halted: nobody is there any more to bake and judge it.
 *   <li>What a rollback or a revert does to the stage it follows.
 * </ul>
 */
public final class Joining {
    private static final List<String> ACTORS = List.of("the joining region's node", "anyone who may hold the region");

    private Joining() {}

    /**
     * A region on its way to users.
     *
     * @param stage    its stage
     * @param enrolled whether its node is a member: before that nobody waits for it
     * @param dark     whether it is far enough to take part in a rollout
     * @param released whether nobody has to wait for it: it is held, leaving, or cannot serve the extension
     * @param text     how far it is, for people
     */
    public record Joiner(
            RegionName region, String stage, boolean enrolled, boolean dark, boolean released, String text) {
        public Joiner {
            Objects.requireNonNull(region, "region");
            Objects.requireNonNull(stage, "stage");
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * A deployment with another version for a joining region.
     *
     * @param cause for the log and the revision
     */
    public record Change(Deployment deployment, String cause) {}

    /**
     * The version that a region of a stage should have, empty while there is none that it may have.
     *
     * @param running rollouts of the extension that are not final
     */
    public static Optional<VersionLabel> wanted(
            Deployment deployment, Collection<Rollout> running, RegionName region, String stage) {
        if (deployment.regionHolds().containsKey(region)
                || running.stream().anyMatch(rollout -> rollout.regions().contains(region))
                || deployment.isLeftHalfway(region, stage)) {
            // A rollback of this region alone, or a rollout that it is part of or was when it was halted, decides.
            return deployment.versionIn(region);
        }
        var alias = Optional.ofNullable(deployment.stages().get(stage));
        var inside = running.stream()
                .filter(rollout ->
                        rollout.kind() != RolloutKind.ROLLBACK && rollout.state() != RolloutState.ROLLING_BACK)
                .filter(rollout -> alias.equals(Optional.of(rollout.version())))
                .filter(rollout -> rollout.stage(stage)
                        .filter(its -> its.state() != StageState.SEALED)
                        .isPresent())
                .findFirst();
        return inside.flatMap(rollout -> before(rollout, stage))
                .or(() -> deployment
                        .versionOf(stage)
                        .filter(version -> inside.isEmpty() || isProved(deployment, version, region)))
                .filter(version -> mayHave(deployment, version, region))
                .or(() -> Optional.ofNullable(deployment.slots().get(Slot.LKG))
                        .filter(version -> mayHave(deployment, version, region)))
                .filter(version -> !wasPutBack(deployment, version, region))
                .or(() -> deployment.versionIn(region).filter(version -> !deployment.isWithdrawn(region, version)));
    }

    /** What the stage had whole before a rollout that is inside it. */
    private static Optional<VersionLabel> before(Rollout rollout, String stage) {
        return Optional.of(rollout.stagesBefore().getOrDefault(stage, ""))
                .filter(version -> !version.isEmpty())
                .map(VersionLabel::new);
    }

    private static boolean mayHave(Deployment deployment, VersionLabel version, RegionName region) {
        return !deployment.isWithdrawn(region, version) && isProved(deployment, version, region);
    }

    /** Whether the region was taken back from the version by itself and has something better than a withdrawn one since. */
    static boolean wasPutBack(Deployment deployment, VersionLabel version, RegionName region) {
        return deployment.wasPutBack(region, version)
                && deployment
                        .versionIn(region)
                        .filter(present -> !deployment.isWithdrawn(region, present))
                        .isPresent();
    }

    /**
     * Whether another region had it for a whole bake, or this one had and has it still: a stage may have no other region, and a rollout of
     * that stage alone makes nothing last known good.
     */
    private static boolean isProved(Deployment deployment, VersionLabel version, RegionName region) {
        return deployment.good().contains(version)
                || deployment.sealed().entrySet().stream()
                        .filter(entry -> entry.getValue().contains(version))
                        .anyMatch(entry -> !entry.getKey().equals(region)
                                || deployment.versionIn(region).equals(Optional.of(version)));
    }

    /** Points a joining region at what it should have, if it is not, all of its content is there and its controllers run. */
    public static Optional<Change> next(
            Deployment deployment,
            Collection<Rollout> running,
            RegionName region,
            String stage,
            Observation.OfRegion seen) {
        var wanted = wanted(deployment, running, region, stage);
        if (wanted.isEmpty() || wanted.equals(deployment.versionIn(region)) || !seen.reachable() || !seen.mayShow()) {
            return Optional.empty();
        }
        var version = wanted.get();
        var pointer = Map.of(region, version.value());
        return Optional.of(new Change(
                // Proved by its stage: what a revert goes back to.
                deployment
                        .pointing(pointer, lineage(deployment, region, version))
                        .sealing(List.of(region), version),
                region + " joins with " + version + ", which " + stage + " has"));
    }

    /** Takes away what a region was told to serve that leaves, or that the placement does not name any more. */
    public static Optional<Change> leaving(Deployment deployment, RegionName region, String why) {
        return deployment.versionIn(region).isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Change(deployment.pointing(Map.of(region, ""), 0).forgetting(region), region + " " + why));
    }

    private static long lineage(Deployment deployment, RegionName region, VersionLabel version) {
        return deployment.regions().entrySet().stream()
                .filter(entry -> entry.getKey().equals(region)
                        || entry.getValue().version().equals(version))
                .mapToLong(entry -> entry.getValue().lineage())
                .max()
                .orElse(0);
    }

    /** What has to happen with joining regions before a stage may be sealed all of whose own regions have passed; empty for nothing. */
    static Optional<Step> beforeSealing(Rollout rollout, int index, StageProgress stage, Scene scene, Instant now) {
        var ready = new ArrayList<RegionName>();
        var waiting = new ArrayList<String>();
        for (var joiner : scene.joining()) {
            if (!joiner.stage().equals(stage.name()) || joiner.released() || !joiner.enrolled()) {
                continue;
            }
            var seen = scene.observed().of(joiner.region());
            if (stage.regions().contains(joiner.region())) {
                if (stage.task(joiner.region()).state() == TaskState.SWITCHED
                        && !stage.wave().contains(joiner.region())
                        && !seen.serves()) {
                    waiting.add(seen.waitsFor());
                }
            } else if (!rollout.regions().contains(joiner.region())) {
                if (joiner.dark() && seen.mayShow()) {
                    ready.add(joiner.region());
                } else {
                    var lacks = seen.holds() ? seen.controllers().lacks() : seen.lacks();
                    waiting.add(joiner.dark() ? lacks : joiner.region() + " is " + joiner.text());
                }
            }
        }
        if (!ready.isEmpty()) {
            return Optional.of(joined(rollout, index, ready, scene));
        }
        return waiting.isEmpty()
                ? Optional.empty()
                : Optional.of(new Step.Wait(
                        stage.name() + ": waiting for joining regions: " + String.join("; ", waiting),
                        null,
                        null,
                        ACTORS));
    }

    private static Step joined(Rollout rollout, int index, List<RegionName> ready, Scene scene) {
        var before = new HashMap<RegionName, String>();
        var pointers = new HashMap<RegionName, String>();
        ready.forEach(region -> {
            before.put(
                    region,
                    scene.deployment()
                            .versionIn(region)
                            .map(VersionLabel::value)
                            .orElse(""));
            pointers.put(region, rollout.version().value());
        });
        long lineage = ready.stream()
                .flatMap(region ->
                        Optional.ofNullable(scene.deployment().regions().get(region)).stream())
                .mapToLong(Deployment.Pointer::lineage)
                .reduce(rollout.lineage(), Math::max);
        return new Step.Change(
                Step.Kind.JOINED,
                rollout.with(index, rollout.stages().get(index).joinedBy(ready)).before(before),
                scene.deployment().pointing(pointers, lineage),
                rollout.stages().get(index).name() + ": joined by " + RolloutPlanner.names(ready) + ", which gets "
                        + rollout.version() + " after all others");
    }

    /** The stage with joining regions sealed that have converged; one that nobody waits for is left to its own way. */
    static StageProgress sealed(StageProgress stage, Scene scene) {
        var open = stage.in(TaskState.SWITCHED).stream()
                .filter(region -> !stage.wave().contains(region))
                .toList();
        return stage.tasks(
                        open.stream()
                                .filter(region -> scene.observed().of(region).serves())
                                .toList(),
                        task -> task.in(TaskState.SEALED))
                .tasks(
                        open.stream()
                                .filter(region -> !scene.observed().of(region).serves())
                                .toList(),
                        task -> task.because(TaskState.OVERTAKEN, "held while it joined"));
    }
}
