package io.portolan.planner.rollout;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A rollout as it is persisted: the frozen plan and how far it is. Immutable.
 *
 * @param base         version that its last region had when it began, empty text for none
 * @param reason       given at start; later why it ended
 * @param before       version of each planned region when it began, empty text for none
 * @param stagesBefore version of each stage when it began, empty text for none
 * @param advance      a person asked to end the present wait
 * @param rollback     figures of a rollback, null for other kinds
 */
public record Rollout(
        String id,
        ExtensionName extension,
        EnvironmentName environment,
        VersionLabel version,
        String base,
        RolloutKind kind,
        RolloutState state,
        String reason,
        String actor,
        RolloutPlan plan,
        String planHash,
        List<StageProgress> stages,
        Map<RegionName, String> before,
        Map<String, String> stagesBefore,
        boolean advance,
        Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable RollbackFigures rollback) {
    public Rollout {
        stages = List.copyOf(stages);
        before = Map.copyOf(before);
        stagesBefore = Map.copyOf(stagesBefore);
    }

    /**
     * Figures of a rollback, from the nodes' signed status.
     *
     * @param to            what was asked for: {@code auto}, a slot, a version
     * @param fetchedBefore blobsFetched of each node (by {@code id/bootId}) when it began
     * @param elapsedMillis from receipt of the request to the last region's acknowledgement, null until then
     * @param blobsMoved    blobs that nodes fetched meanwhile, null until then
     */
    public record RollbackFigures(
            String to,
            Map<String, Long> fetchedBefore,
            @Nullable Long elapsedMillis,
            @Nullable Long blobsMoved) {
        public RollbackFigures {
            fetchedBefore = Map.copyOf(fetchedBefore);
        }
    }

    /** Regions of all its stages, in order. */
    public List<RegionName> regions() {
        return stages.stream().flatMap(stage -> stage.regions().stream()).toList();
    }

    /** Regions that it has switched and not switched back. */
    public List<RegionName> touchedRegions() {
        return stages.stream()
                .filter(StageProgress::touched)
                .flatMap(stage -> stage.regions().stream())
                .toList();
    }

    Rollout with(int stage, StageProgress progress) {
        var changed = new ArrayList<>(stages);
        changed.set(stage, progress);
        return stages(changed);
    }

    Rollout stages(List<StageProgress> changed) {
        return new Rollout(
                id,
                extension,
                environment,
                version,
                base,
                kind,
                state,
                reason,
                actor,
                plan,
                planHash,
                changed,
                before,
                stagesBefore,
                advance,
                startedAt,
                endedAt,
                rollback);
    }

    Rollout advancing(boolean wanted) {
        return new Rollout(
                id,
                extension,
                environment,
                version,
                base,
                kind,
                state,
                reason,
                actor,
                plan,
                planHash,
                stages,
                before,
                stagesBefore,
                wanted,
                startedAt,
                endedAt,
                rollback);
    }

    Rollout in(RolloutState next, String why) {
        return new Rollout(
                id,
                extension,
                environment,
                version,
                base,
                kind,
                next,
                why.isEmpty() ? reason : why,
                actor,
                plan,
                planHash,
                stages,
                before,
                stagesBefore,
                advance,
                startedAt,
                endedAt,
                rollback);
    }

    Rollout ended(RolloutState last, String why, Instant now) {
        return new Rollout(
                id,
                extension,
                environment,
                version,
                base,
                kind,
                last,
                why.isEmpty() ? reason : why,
                actor,
                plan,
                planHash,
                stages,
                before,
                stagesBefore,
                false,
                startedAt,
                now,
                rollback);
    }

    Rollout measured(RollbackFigures figures) {
        return new Rollout(
                id,
                extension,
                environment,
                version,
                base,
                kind,
                state,
                reason,
                actor,
                plan,
                planHash,
                stages,
                before,
                stagesBefore,
                advance,
                startedAt,
                endedAt,
                figures);
    }
}
