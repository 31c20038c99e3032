package io.portolan.planner.rollout;

import java.util.Set;

/**
 * One region of a rollout. Immutable.
 *
 * @param reason why it is lost or overtaken, empty text otherwise
 * @param boots  processes ({@code node/boot}) that had loaded the version when the region converged
 */
public record RegionTask(TaskState state, String reason, Set<String> boots) {
    /** Not begun. */
    public static final RegionTask PLANNED = new RegionTask(TaskState.PLANNED, "", Set.of());

    public RegionTask {
        boots = Set.copyOf(boots);
    }

    RegionTask in(TaskState next) {
        return new RegionTask(next, reason, boots);
    }

    RegionTask because(TaskState next, String why) {
        return new RegionTask(next, why, boots);
    }

    RegionTask loadedBy(Set<String> processes) {
        return new RegionTask(state, reason, processes);
    }
}
