package io.portolan.planner.rollout;

import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;

/** What must be true of a storm's regions that are owed something. Stateless. */
final class StormDebts {
    private StormDebts() {}

    /** A debt was paid: what the region got is what it may have. */
    static void judge(Storm storm, Deployment before, Deployment after) {
        after.regions().forEach((region, pointer) -> {
            var old = before.regions().get(region);
            if (pointer.equals(old)) {
                return;
            }
            if (old != null && pointer.lineage() < old.lineage()) {
                throw storm.broken("I2: catching up took lineage of " + region + " from " + old.lineage() + " to "
                        + pointer.lineage());
            }
            if (!storm.isReady(region, pointer.version())) {
                throw storm.broken(
                        "I13: " + region + " caught up with " + pointer.version() + " without its controllers");
            }
            if (after.withdrawn().contains(pointer.version())) {
                throw storm.broken(region + " caught up with " + pointer.version() + ", which was withdrawn");
            }
            if (storm.wasTakenBack(region, pointer.version())
                    && before.versionIn(region)
                            .filter(present -> !before.isWithdrawn(region, present))
                            .isPresent()) {
                throw storm.broken(region + " caught up with " + pointer.version() + ", which it was taken back from");
            }
            var owed = before.owed().get(region);
            if (owed != null && !storm.mayHave(owed.stage(), pointer.version())) {
                throw storm.broken(region + " caught up with " + pointer.version() + ", which no rollout left "
                        + owed.stage() + " with");
            }
            for (var other : storm.running()) {
                if (other.version().equals(pointer.version())
                        && other.stages().stream()
                                .anyMatch(stage -> stage.regions().contains(region) && !stage.done())) {
                    throw storm.broken("I11: " + region + " caught up with what " + other.id() + " has not sealed");
                }
            }
        });
        for (var slot : Slot.values()) {
            var version = after.slots().get(slot);
            if (version != null && !storm.hasCompleted(version)) {
                throw storm.broken("slots: " + version + " never completed");
            }
        }
    }

    /** In the end nothing is owed that could be paid. */
    static void settled(Storm storm) {
        for (var region : storm.deployment().owed().keySet()) {
            if (CatchingUp.wanted(storm.deployment(), region)
                    .filter(version -> !storm.deployment().withdrawn().contains(new VersionLabel(version)))
                    .isPresent()) {
                throw storm.broken(region + " is owed something and nothing is done: "
                        + storm.deployment().owed());
            }
        }
    }
}
