package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Slot;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Says of which versions the controllers are to run in a region: of what it serves, of what it is about to serve, and of what it would
 * be put back to at once. Nodes keep others beside these while their pages are in use. Pure.
 */
public final class RunningVersions {
    private RunningVersions() {}

    /**
     * What one rollout under way asks for. Immutable.
     *
     * @param version its version
     * @param starts  regions that are about to be pointed at it: its controllers must be ready there before
     * @param keeps   regions that it may put back: what they had before stays ready
     * @param stages  its stages that are under way, by name, each with what it had before, empty text for nothing: regions that join
     *                one of these get first that, and then its version
     * @param regions all that are part of it
     */
    public record Need(
            VersionLabel version,
            Set<RegionName> starts,
            Set<RegionName> keeps,
            Map<String, String> stages,
            Set<RegionName> regions) {
        public Need {
            starts = Set.copyOf(starts);
            keeps = Set.copyOf(keeps);
            stages = Map.copyOf(stages);
            regions = Set.copyOf(regions);
        }

        /** Of a rollout that is not final. */
        public static Need of(Rollout rollout) {
            var all = Set.copyOf(rollout.regions());
            if (rollout.state() == RolloutState.ROLLING_BACK) {
                return new Need(rollout.version(), Set.of(), Set.of(), Map.of(), all);
            }
            var open = rollout.stages().stream()
                    .filter(stage -> stage.isOpen() && stage.state() != StageState.PENDING)
                    .toList();
            return rollout.kind() == RolloutKind.ROLLBACK
                    ? new Need(rollout.version(), all, Set.of(), Map.of(), all)
                    : new Need(
                            rollout.version(),
                            open.stream()
                                    .flatMap(stage -> stage.wave().stream())
                                    .collect(Collectors.toSet()),
                            Set.copyOf(rollout.touchedRegions()),
                            open.stream()
                                    .map(StageProgress::name)
                                    .collect(Collectors.toMap(name -> name, name -> rollout.stagesBefore()
                                            .getOrDefault(name, ""))),
                            all);
        }
    }

    /**
     * Versions whose controllers run in a region, in order.
     *
     * @param needs of the extension's rollouts that are not final
     */
    public static Set<VersionLabel> in(RegionName region, Deployment deployment, Collection<Need> needs) {
        var versions = new TreeSet<VersionLabel>();
        var pointer = deployment.regions().get(region);
        if (pointer != null) {
            versions.add(pointer.version());
            boolean kept = pointer.rampPercent() < 100
                    || needs.stream().anyMatch(need -> need.keeps().contains(region));
            if (kept && !pointer.previous().isEmpty()) {
                versions.add(new VersionLabel(pointer.previous()));
            }
        }
        if (deployment.owed().containsKey(region)) {
            CatchingUp.wanted(deployment, region).map(VersionLabel::new).ifPresent(versions::add);
        }
        needs.stream().filter(need -> need.starts().contains(region)).forEach(need -> versions.add(need.version()));
        return versions;
    }

    /**
     * The same of a region that was added and has all of its users: beside it the versions of rollouts that are inside its stage and wait for
     * it though they began before it was part of any, and what {@link Joining} may still give it where it has not what its stage has.
     */
    public static Set<VersionLabel> arrived(
            RegionName region, String stage, Deployment deployment, Collection<Need> needs) {
        boolean decided = needs.stream().anyMatch(need -> need.regions().contains(region));
        boolean settled = deployment.versionOf(stage).equals(deployment.versionIn(region))
                || deployment.isLeftHalfway(region, stage);
        if (!decided && !settled) {
            return joining(region, stage, deployment, needs);
        }
        var versions = new TreeSet<>(in(region, deployment, needs));
        needs.stream()
                .filter(need ->
                        need.stages().containsKey(stage) && !need.regions().contains(region))
                .map(Need::version)
                .filter(version -> !deployment.isWithdrawn(region, version))
                .forEach(versions::add);
        return versions;
    }

    /** The same of a region on its way to its users: beside it what {@link Joining} may give it next. */
    public static Set<VersionLabel> joining(
            RegionName region, String stage, Deployment deployment, Collection<Need> needs) {
        var versions = new TreeSet<>(in(region, deployment, needs));
        var next = new HashSet<VersionLabel>();
        deployment.versionOf(stage).ifPresent(next::add);
        Optional.ofNullable(deployment.slots().get(Slot.LKG)).ifPresent(next::add);
        for (var need : needs) {
            var before = need.stages().get(stage);
            if (before != null) {
                next.add(need.version());
            }
            // Not always last known good: a hotfix is not.
            if (before != null && !before.isEmpty()) {
                next.add(new VersionLabel(before));
            }
        }
        next.removeIf(version -> deployment.isWithdrawn(region, version));
        versions.addAll(next);
        return versions;
    }
}
