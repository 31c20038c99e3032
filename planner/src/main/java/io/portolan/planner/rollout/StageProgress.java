package io.portolan.planner.rollout;

import io.portolan.model.RegionName;
import io.portolan.model.StageState;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How far one stage of a rollout is. Immutable.
 *
 * @param tasks       each of its regions
 * @param wave        regions that are moved together now, empty between waves
 * @param rampStep    index into the plan's ramp; beyond its end all sessions have the version
 * @param since       when the present state began
 * @param convergedAt when its present wave first converged, null before
 * @param healthyFor  healthy time accumulated since then
 * @param tickedAt    when healthy time was last counted; null while it is not being counted
 * @param verdict     what the gate said last, empty text before
 * @param unsureSince since when the gate neither passes nor fails, null while it does
 */
public record StageProgress(
        String name,
        List<RegionName> regions,
        StageState state,
        Map<RegionName, RegionTask> tasks,
        List<RegionName> wave,
        int rampStep,
        @Nullable Instant since,
        @Nullable Instant convergedAt,
        Duration healthyFor,
        @Nullable Instant tickedAt,
        String verdict,
        @Nullable Instant unsureSince) {
    public StageProgress {
        regions = List.copyOf(regions);
        wave = List.copyOf(Objects.requireNonNullElse(wave, regions));
        tasks = ordered(regions, tasks, state);
    }

    /** In the regions' order; of a rollout that an earlier build recorded, what its state implies. */
    private static Map<RegionName, RegionTask> ordered(
            List<RegionName> regions, @Nullable Map<RegionName, RegionTask> tasks, StageState state) {
        var implied = new RegionTask(
                switch (state) {
                    case CONVERGING, BAKING, GATING -> TaskState.SWITCHED;
                    case SEALED -> TaskState.SEALED;
                    case REVERTED -> TaskState.REVERTED;
                    case PENDING, SKIPPED, APPLYING -> TaskState.PLANNED;
                },
                "",
                java.util.Set.of());
        var ordered = new LinkedHashMap<RegionName, RegionTask>();
        for (var region : regions) {
            ordered.put(region, tasks == null ? implied : tasks.getOrDefault(region, implied));
        }
        return java.util.Collections.unmodifiableMap(ordered);
    }

    static StageProgress pending(RolloutPlan.PlannedStage stage) {
        return new StageProgress(
                stage.name(),
                stage.regions(),
                StageState.PENDING,
                Map.of(),
                List.of(),
                0,
                null,
                null,
                Duration.ZERO,
                null,
                "",
                null);
    }

    /** The state of a region's task. */
    public RegionTask task(RegionName region) {
        return tasks.getOrDefault(region, RegionTask.PLANNED);
    }

    /** Regions in that state, in order. */
    public List<RegionName> in(TaskState wanted) {
        return regions.stream().filter(region -> task(region).state() == wanted).toList();
    }

    /** How many regions count against the failure budget. */
    public int lost() {
        return (int)
                tasks.values().stream().filter(task -> task.state().isLost()).count();
    }

    StageProgress enter(StageState next, Instant now) {
        return new StageProgress(
                name,
                regions,
                next,
                tasks,
                wave,
                rampStep,
                now,
                convergedAt,
                healthyFor,
                tickedAt,
                verdict,
                unsureSince);
    }

    /** Moves these regions next, from the first share of their sessions on. */
    StageProgress moving(List<RegionName> next, Instant now) {
        return new StageProgress(
                name, regions, StageState.APPLYING, tasks, next, 0, now, null, Duration.ZERO, null, verdict, null);
    }

    /** Not begun any more; what was lost in it stays lost. */
    StageProgress afresh(Instant now) {
        return tasks(in(TaskState.SEALED), task -> task.in(TaskState.PLANNED))
                .moving(List.of(), now)
                .enter(StageState.PENDING, now);
    }

    StageProgress tasks(Collection<RegionName> which, UnaryOperator<RegionTask> change) {
        var changed = new LinkedHashMap<>(tasks);
        which.forEach(region -> changed.computeIfPresent(region, (key, task) -> change.apply(task)));
        return new StageProgress(
                name,
                regions,
                state,
                changed,
                wave,
                rampStep,
                since,
                convergedAt,
                healthyFor,
                tickedAt,
                verdict,
                unsureSince);
    }

    /** With further regions that have the version and were not planned. */
    StageProgress joinedBy(Collection<RegionName> more) {
        var all = new java.util.ArrayList<>(regions);
        var changed = new LinkedHashMap<>(tasks);
        for (var region : more) {
            all.add(region);
            changed.put(region, RegionTask.PLANNED.in(TaskState.SWITCHED));
        }
        return new StageProgress(
                name,
                all,
                state,
                changed,
                wave,
                rampStep,
                since,
                convergedAt,
                healthyFor,
                tickedAt,
                verdict,
                unsureSince);
    }

    StageProgress wave(List<RegionName> left) {
        return new StageProgress(
                name,
                regions,
                state,
                tasks,
                left,
                rampStep,
                since,
                convergedAt,
                healthyFor,
                tickedAt,
                verdict,
                unsureSince);
    }

    StageProgress rampTo(int step, Instant now) {
        return new StageProgress(
                name,
                regions,
                StageState.CONVERGING,
                tasks,
                wave,
                step,
                now,
                convergedAt,
                Duration.ZERO,
                null,
                verdict,
                null);
    }

    StageProgress converged(Instant now) {
        return new StageProgress(
                name,
                regions,
                StageState.BAKING,
                tasks,
                wave,
                rampStep,
                now,
                convergedAt == null ? now : convergedAt,
                healthyFor,
                now,
                verdict,
                null);
    }

    StageProgress healthy(Duration total, @Nullable Instant counted) {
        return new StageProgress(
                name, regions, state, tasks, wave, rampStep, since, convergedAt, total, counted, verdict, unsureSince);
    }

    StageProgress judged(String said) {
        return new StageProgress(
                name, regions, state, tasks, wave, rampStep, since, convergedAt, healthyFor, tickedAt, said, null);
    }

    StageProgress unsure(String said, @Nullable Instant from) {
        return new StageProgress(
                name, regions, state, tasks, wave, rampStep, since, convergedAt, healthyFor, tickedAt, said, from);
    }

    /** Whether a region was switched by the rollout and not switched back. */
    public boolean touched() {
        return tasks.values().stream().anyMatch(task -> task.state().isTouched());
    }

    /** Whether nothing more happens to it. */
    public boolean done() {
        return switch (state) {
            case SEALED, SKIPPED, REVERTED -> true;
            case PENDING, APPLYING, CONVERGING, BAKING, GATING -> false;
        };
    }

    /** Whether something was begun that is not finished. */
    public boolean isOpen() {
        return !done() && state != StageState.PENDING;
    }
}
