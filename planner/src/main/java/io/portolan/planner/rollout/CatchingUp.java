package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Gives regions that a move left out what is owed to them: the version that their stage has now, not the one that they missed.
 * Pure.
 */
public final class CatchingUp {
    private CatchingUp() {}

    /**
     * A deployment with something paid, and what that was.
     *
     * @param cause for the log and the revision
     */
    public record Change(Deployment deployment, String cause) {}

    /** The version that is owed to a region: that of its stage, or what it was taken back to by itself. */
    public static Optional<String> wanted(Deployment deployment, RegionName region) {
        if (deployment.regionHolds().containsKey(region)) {
            return deployment.versionIn(region).map(VersionLabel::value);
        }
        return Optional.ofNullable(deployment.owed().get(region))
                .flatMap(owed -> deployment.isLeftHalfway(region, owed.stage())
                        ? deployment.versionIn(region)
                        : deployment.versionOf(owed.stage()))
                .flatMap(version -> Joining.wasPutBack(deployment, version, region)
                        ? deployment.versionIn(region)
                        : Optional.of(version))
                .map(VersionLabel::value);
    }

    /**
     * The next thing that can be paid, or empty. A region gets what others of its stage have proved: nothing that a rollout has not
     * sealed there yet, and nothing that was withdrawn.
     *
     * @param running  rollouts of the extension that are not final
     * @param observed for each owed region whether it holds what is {@link #wanted} and runs its controllers, and whether it has its present pointer
     */
    public static Optional<Change> next(
            Deployment deployment, Collection<Rollout> running, Observation observed, Instant now) {
        for (var region : deployment.owed().keySet().stream().sorted().toList()) {
            var seen = observed.of(region);
            var wanted = wanted(deployment, region);
            if (!seen.reachable() || wanted.isEmpty()) {
                continue;
            }
            boolean pointed =
                    deployment.versionIn(region).map(version -> version.value()).equals(wanted);
            if (pointed && seen.serves()) {
                return Optional.of(paid(deployment, region, wanted.get()));
            }
            if (!pointed && seen.mayShow() && mayMove(deployment, running, region, wanted.get())) {
                var pointer = new HashMap<>(Map.of(region, wanted.get()));
                return Optional.of(new Change(
                        deployment.pointing(pointer, lineage(deployment, region, wanted.get())),
                        region + " is back and gets " + wanted.get() + ", which its stage has by now"));
            }
        }
        return Optional.empty();
    }

    private static Change paid(Deployment deployment, RegionName region, String version) {
        var settled = deployment.settled(java.util.List.of(region));
        var candidate = settled.candidate();
        if (candidate == null
                || settled.owed().values().stream()
                        .anyMatch(owed -> owed.rollout().equals(candidate.rollout()))) {
            return new Change(settled, region + " has caught up with " + version);
        }
        // Caught up with something newer: that every region has served the candidate can never be said.
        return settled.withdrawn().contains(candidate.version())
                        || !candidate.version().value().equals(version)
                ? new Change(settled.proposing(null), region + " has caught up with " + version)
                : new Change(
                        Completing.promote(settled, candidate.version(), candidate.hotfix()),
                        region + " has caught up with " + version + ": " + candidate.version()
                                + " becomes last known good");
    }

    private static boolean mayMove(
            Deployment deployment, Collection<Rollout> running, RegionName region, String version) {
        var label = new VersionLabel(version);
        return !deployment.withdrawn().contains(label)
                && running.stream().noneMatch(rollout -> stands(rollout, region, label));
    }

    /** Whether a rollout stands against giving the region the version now. */
    private static boolean stands(Rollout rollout, RegionName region, VersionLabel version) {
        var limits = rollout.plan().limits();
        var unsealed = rollout.unsealedRegions();
        boolean unproved = rollout.version().equals(version)
                && rollout.stages().stream().anyMatch(stage -> stage.regions().contains(region) && !stage.done());
        return rollout.state() == RolloutState.ROLLING_BACK
                || rollout.kind() == RolloutKind.ROLLBACK
                || unproved
                || unsealed.stream().anyMatch(other -> other.equals(region) || limits.paired(region, other));
    }

    /** Of whatever gave the version to other regions, but never below what the region has: it does not go back. */
    private static long lineage(Deployment deployment, RegionName region, String version) {
        return deployment.regions().entrySet().stream()
                .filter(entry -> entry.getKey().equals(region)
                        || entry.getValue().version().value().equals(version))
                .mapToLong(entry -> entry.getValue().lineage())
                .max()
                .orElse(0);
    }
}
