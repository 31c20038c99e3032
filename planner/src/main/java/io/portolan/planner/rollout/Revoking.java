package io.portolan.planner.rollout;

import io.portolan.model.RolloutKind;
import io.portolan.model.VersionLabel;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** Whether a version may be served no more: not while users have it, or would get it by a way back. Pure. */
public final class Revoking {
    private Revoking() {}

    /**
     * What needs the version though no region points at it, and what to do first; empty when nothing does.
     *
     * @param running rollouts of the extension that are not final
     */
    public static Optional<String> needed(Deployment deployment, Collection<Rollout> running, VersionLabel version) {
        return running.stream()
                .filter(rollout -> rollout.kind() != RolloutKind.ROLLBACK)
                .flatMap(rollout -> wayBack(rollout, deployment, version).stream())
                .findFirst()
                .or(() -> ramping(deployment, version))
                .or(() -> halfway(deployment, version));
    }

    /** What regions get that come to a stage whose rollout ended half-way. */
    private static Optional<String> halfway(Deployment deployment, VersionLabel version) {
        return deployment.halfway().entrySet().stream()
                .filter(entry -> version.value().equals(entry.getValue()))
                .min(Map.Entry.comparingByKey())
                .map(entry -> "regions that come to " + entry.getKey() + " get it, as the rollout of "
                        + deployment.stages().get(entry.getKey())
                        + " ended half-way there (first roll another version out, or: portolan rollback "
                        + deployment.extension() + " --to VERSION)");
    }

    private static Optional<String> wayBack(Rollout rollout, Deployment deployment, VersionLabel version) {
        var until = " (first let it end: portolan rollout watch " + rollout.id() + ")";
        for (var region : rollout.regions()) {
            if (version.value().equals(rollout.before().get(region))
                    || version.value().equals(Reverting.target(rollout, deployment, region))) {
                return Optional.of(
                        region + " would go back to it if rollout " + rollout.id() + " were reverted" + until);
            }
        }
        return rollout.stagesBefore().entrySet().stream()
                .filter(stage -> version.value().equals(stage.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .map(stage -> stage + " would go back to it if rollout " + rollout.id() + " were reverted" + until)
                .findFirst();
    }

    /** A rollout that was halted in its ramp leaves sessions on the version before. */
    private static Optional<String> ramping(Deployment deployment, VersionLabel version) {
        return deployment.regions().entrySet().stream()
                .filter(entry -> entry.getValue().rampPercent() < 100
                        && entry.getValue().previous().equals(version.value()))
                .min(Map.Entry.comparingByKey())
                .map(entry -> (100 - entry.getValue().rampPercent()) + " % of the sessions of " + entry.getKey()
                        + " have it (first roll another version out, or: portolan rollback " + deployment.extension()
                        + " --to VERSION)");
    }
}
