package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which version a rollback leads to, or why to none. Pure. */
final class RollbackTarget {
    private RollbackTarget() {}

    static VersionLabel of(RollingBack.Request request, Deployment deployment, List<Rollout> running) {
        if (request.to().equals(RollingBack.AUTO)) {
            var leaving = leaving(request, deployment, running);
            return deployment.choosable().stream()
                    .filter(version -> !leaving.contains(version)
                            && heldIn(request, deployment, version).isEmpty())
                    .filter(request.known()::apply)
                    .findFirst()
                    .orElseThrow(() -> new Refusal(
                            Refusal.Code.NOTHING_TO_ROLL_BACK_TO,
                            "rolling back " + deployment.extension() + ": no good version before "
                                    + (leaving.isEmpty()
                                            ? "the first"
                                            : String.join(
                                                    ", ",
                                                    leaving.stream()
                                                            .map(VersionLabel::value)
                                                            .toList()))
                                    + " is left (expected: a version that completed a rollout and is not withdrawn;"
                                    + " name a published one with --to VERSION)"));
        }
        for (var slot : Slot.values()) {
            if (slot.label().equals(request.to())) {
                var version = deployment.slots().get(slot);
                if (version == null) {
                    throw new Refusal(
                            Refusal.Code.NOTHING_TO_ROLL_BACK_TO,
                            "rolling back " + deployment.extension() + ": slot " + request.to() + " is empty (set: "
                                    + setSlots(deployment) + ")");
                }
                // Its pages would answer 410 everywhere, and every region would call that converged.
                if (!request.known().apply(version)) {
                    throw new Refusal(
                            Refusal.Code.NOTHING_TO_ROLL_BACK_TO,
                            "rolling back " + deployment.extension() + ": slot " + request.to() + " is " + version
                                    + ", which is revoked (set: " + setSlots(deployment)
                                    + "; name a published version with --to VERSION)");
                }
                return version;
            }
        }
        VersionLabel version;
        try {
            version = new VersionLabel(request.to());
        } catch (IllegalArgumentException e) {
            throw new Refusal(
                    Refusal.Code.INVALID, "rolling back " + deployment.extension() + ": to: " + e.getMessage());
        }
        if (!request.known().apply(version)) {
            throw new Refusal(
                    Refusal.Code.UNKNOWN,
                    "rolling back " + deployment.extension() + ": version " + version
                            + " is not published, or revoked");
        }
        if (deployment.refuses(version)) {
            throw new Refusal(
                    Refusal.Code.HELD,
                    "rolling back " + deployment.extension() + ": version " + version
                            + " was withdrawn and the hold stands (or: portolan hold lift "
                            + deployment.extension() + ")");
        }
        heldIn(request, deployment, version).ifPresent(region -> {
            throw new Refusal(
                    Refusal.Code.HELD,
                    "rolling back " + deployment.extension() + ": version " + version + " was withdrawn in " + region
                            + " and the hold there stands (or: portolan hold lift " + deployment.extension() + ")");
        });
        return version;
    }

    /** A region that the rollback is limited to and whose hold refuses the version. */
    private static Optional<RegionName> heldIn(
            RollingBack.Request request, Deployment deployment, VersionLabel version) {
        return request.isRegional()
                ? request.only().stream()
                        .filter(region -> deployment.isWithdrawn(region, version))
                        .min(RegionName::compareTo)
                : Optional.empty();
    }

    /** What the rollback is meant to leave: what its regions have; of all, what is being rolled out, else the newest. */
    private static List<VersionLabel> leaving(
            RollingBack.Request request, Deployment deployment, List<Rollout> running) {
        if (request.isRegional()) {
            return request.only().stream()
                    .flatMap(region -> deployment.versionIn(region).stream())
                    .distinct()
                    .toList();
        }
        var versions = running.stream()
                .filter(rollout -> rollout.kind() != RolloutKind.ROLLBACK)
                .map(Rollout::version)
                .toList();
        return versions.isEmpty() ? deployment.newest().stream().toList() : versions;
    }

    private static String setSlots(Deployment deployment) {
        var set = new ArrayList<String>();
        for (var slot : Slot.values()) {
            var version = deployment.slots().get(slot);
            if (version != null) {
                set.add(slot.label() + " " + version);
            }
        }
        return set.isEmpty() ? "none" : String.join(", ", set);
    }
}
