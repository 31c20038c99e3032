package io.portolan.planner.rollout;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A rollout as it is persisted: the frozen plan and how far it is. Immutable.
 *
 * @param lineage      rises with each start; in a region it only ever falls by a rollback or a revert
 * @param base         version that its last region had when it began, empty text for none
 * @param reason       given at start; later why it was paused, resumed or ended
 * @param contains     versions whose changes this version has too: a hotfix among them does not supersede it
 * @param before       version of each planned region when it began, empty text for none
 * @param stagesBefore version that each stage had before it, empty text for none
 * @param approvals    all that were given
 * @param advance      a person asked to end the present wait
 * @param since        when the present state began
 * @param provingUntil when a version that had to be loaded again has run long enough to become last known good, null if unneeded
 * @param rollback     figures of a rollback, null for other kinds
 */
public record Rollout(
        String id,
        long lineage,
        ExtensionName extension,
        EnvironmentName environment,
        VersionLabel version,
        String base,
        RolloutKind kind,
        RolloutState state,
        String reason,
        String actor,
        List<VersionLabel> contains,
        RolloutPlan plan,
        String planHash,
        List<StageProgress> stages,
        Map<RegionName, String> before,
        Map<String, String> stagesBefore,
        List<Approval> approvals,
        boolean advance,
        Instant startedAt,
        @Nullable Instant since,
        @Nullable Instant provingUntil,
        @Nullable Instant endedAt,
        @Nullable RollbackFigures rollback) {
    public Rollout {
        contains = List.copyOf(Objects.requireNonNullElse(contains, List.of()));
        stages = List.copyOf(stages);
        before = Map.copyOf(before);
        stagesBefore = Map.copyOf(stagesBefore);
        approvals = List.copyOf(Objects.requireNonNullElse(approvals, List.of()));
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
                .flatMap(stage -> stage.regions().stream()
                        .filter(region -> stage.task(region).state().isTouched()))
                .toList();
    }

    /** Regions that are switched and not sealed. */
    public List<RegionName> unsealedRegions() {
        return stages.stream()
                .flatMap(stage -> stage.in(TaskState.SWITCHED).stream())
                .toList();
    }

    /** The stage of that name, if the plan has it. */
    public Optional<StageProgress> stage(String name) {
        return stages.stream().filter(stage -> stage.name().equals(name)).findFirst();
    }

    /** Whether it has moved nothing yet. */
    public boolean notStarted() {
        return stages.stream().noneMatch(stage -> stage.touched() || stage.lost() > 0);
    }

    /** Whether its content has the changes of that version. */
    public boolean has(VersionLabel other) {
        return version.equals(other) || contains.contains(other);
    }

    /** What may change while a rollout goes on. One thread at a time. */
    static final class Draft {
        RolloutState state;
        String reason;
        List<StageProgress> stages;
        List<Approval> approvals;
        boolean advance;
        Map<RegionName, String> before;
        Map<String, String> stagesBefore;

        @Nullable
        Instant since;

        @Nullable
        Instant provingUntil;

        @Nullable
        Instant endedAt;

        @Nullable
        RollbackFigures rollback;

        private Draft(Rollout from) {
            state = from.state;
            reason = from.reason;
            stages = from.stages;
            approvals = from.approvals;
            advance = from.advance;
            before = from.before;
            stagesBefore = from.stagesBefore;
            since = from.since;
            provingUntil = from.provingUntil;
            endedAt = from.endedAt;
            rollback = from.rollback;
        }
    }

    Rollout change(Consumer<Draft> edit) {
        var draft = new Draft(this);
        edit.accept(draft);
        return new Rollout(
                id,
                lineage,
                extension,
                environment,
                version,
                base,
                kind,
                draft.state,
                draft.reason,
                actor,
                contains,
                plan,
                planHash,
                draft.stages,
                draft.before,
                draft.stagesBefore,
                draft.approvals,
                draft.advance,
                startedAt,
                draft.since,
                draft.provingUntil,
                draft.endedAt,
                draft.rollback);
    }

    Rollout with(int stage, StageProgress progress) {
        var changed = new ArrayList<>(stages);
        changed.set(stage, progress);
        return stages(changed);
    }

    Rollout stages(List<StageProgress> changed) {
        return change(draft -> draft.stages = changed);
    }

    /** With what regions had that were not planned when it began. */
    Rollout before(Map<RegionName, String> more) {
        var all = new HashMap<>(before);
        more.forEach(all::putIfAbsent);
        return change(draft -> draft.before = all);
    }

    /** About to give a stage its version: what the stage has now is what it goes back to, were it not the same when this one began. */
    Rollout displacing(String stage, Deployment deployment) {
        var present = deployment.versionOf(stage);
        // Its own is from an earlier wave.
        if (present.equals(Optional.of(version))) {
            return this;
        }
        var all = new HashMap<>(stagesBefore);
        all.put(stage, present.map(VersionLabel::value).orElse(""));
        return change(draft -> draft.stagesBefore = all);
    }

    Rollout advancing(boolean wanted) {
        return change(draft -> draft.advance = wanted);
    }

    Rollout in(RolloutState next, String why, Instant now) {
        return change(draft -> {
            draft.state = next;
            draft.since = now;
            if (!why.isEmpty()) {
                draft.reason = why;
            }
        });
    }

    Rollout ended(RolloutState last, String why, Instant now) {
        return in(last, why, now).change(draft -> {
            draft.advance = false;
            draft.endedAt = now;
        });
    }

    Rollout measured(RollbackFigures figures) {
        return change(draft -> draft.rollback = figures);
    }
}
