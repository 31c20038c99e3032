package io.portolan.planner.rollout;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Intent for one extension in one environment: what every region should serve, and what may be named. Immutable.
 *
 * @param regions   pointer of each region that was given a version
 * @param stages    version of each stage, by stage name
 * @param names     friendly names
 * @param slots     last known good versions, those that are set
 * @param good      versions whose rollout completed, newest first, at most {@link #GOOD_LIMIT}; all stay on every region's disk
 * @param withdrawn versions that a rollback left: no slot and no automation may choose them
 * @param hold      set by a rollback, null when nothing is held
 * @param fence     rises with each write of a pointer
 * @param sealed    versions that each region had for a whole bake, newest first, at most {@link #SEALED_LIMIT}: what a revert
 *                  goes back to
 * @param owed      regions that a move left out, and what is owed to them
 * @param candidate becomes last known good when nothing is owed to any region any more, null for none
 * @param hotfix    the newest one that completed, null for none
 * @param regionHolds set by rollbacks of single regions: what automation does not move there, and what does not come back
 * @param halfway   stages that a rollout left half-way when it ended, by name, each with what it had before, empty text for nothing
 * @param putBack   versions that each region was taken back from by itself, by a person or its rollout: automation does not give it those
 *                  again, also when its hold is over; a rollout or a person that does ends it
 */
public record Deployment(
        ExtensionName extension,
        EnvironmentName environment,
        Map<RegionName, Pointer> regions,
        Map<String, VersionLabel> stages,
        Map<String, FriendlyName> names,
        Map<Slot, VersionLabel> slots,
        List<VersionLabel> good,
        List<VersionLabel> withdrawn,
        @Nullable Hold hold,
        long fence,
        Map<RegionName, List<VersionLabel>> sealed,
        Map<RegionName, Owed> owed,
        @Nullable Candidate candidate,
        @Nullable Hotfix hotfix,
        Map<RegionName, Hold> regionHolds,
        Map<String, String> halfway,
        Map<RegionName, List<VersionLabel>> putBack) {
    /** How many good versions are remembered. */
    public static final int GOOD_LIMIT = 5;

    /** How many sealed versions of a region are remembered. */
    public static final int SEALED_LIMIT = 3;

    /** How many versions a region is remembered to have been taken back from. */
    public static final int PUT_BACK_LIMIT = 5;

    public Deployment {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(environment, "environment");
        regions = Map.copyOf(regions);
        stages = Map.copyOf(stages);
        names = Map.copyOf(names);
        slots = Map.copyOf(slots);
        good = List.copyOf(good);
        withdrawn = List.copyOf(withdrawn);
        sealed = Map.copyOf(Objects.requireNonNullElse(sealed, Map.of()));
        owed = Map.copyOf(Objects.requireNonNullElse(owed, Map.of()));
        regionHolds = Map.copyOf(Objects.requireNonNullElse(regionHolds, Map.of()));
        halfway = Map.copyOf(Objects.requireNonNullElse(halfway, Map.of()));
        putBack = Map.copyOf(Objects.requireNonNullElse(putBack, Map.of()));
    }

    /**
     * A region's version.
     *
     * @param previous    version before, empty text for none
     * @param fence       of the write that set the version
     * @param rampPercent share of the sessions that have the version, the others have the previous one
     * @param lineage     of the rollout that set it
     */
    public record Pointer(VersionLabel version, String previous, long fence, int rampPercent, long lineage) {
        public Pointer {
            // Of an earlier build, which knew no shares.
            rampPercent = rampPercent == 0 ? 100 : rampPercent;
        }

        /** What the sessions keep that do not get the next version: never one that only a share of them had. */
        private String stable(int percent) {
            return percent < 100 && rampPercent < 100 ? previous : version.value();
        }
    }

    /** A friendly name; {@code expiresAt} null: never. */
    public record FriendlyName(
            VersionLabel version, @Nullable Instant expiresAt) {}

    /** Stops automation from moving the extension forward, and refuses the withdrawn versions. */
    public record Hold(String reason, Instant at, List<VersionLabel> withdrawn) {
        public Hold {
            withdrawn = List.copyOf(withdrawn);
        }
    }

    /**
     * What is owed to a region that a move left out: the version that its stage has by the time it is back.
     *
     * @param stage   its stage
     * @param rollout that left it out
     */
    public record Owed(String stage, String rollout, String reason, Instant since) {}

    /** A version whose rollout completed while something was owed; {@code hotfix} chooses the slots. */
    public record Candidate(VersionLabel version, boolean hotfix, String rollout) {}

    /** A hotfix that completed; rollouts that began before it and do not contain it are superseded. */
    public record Hotfix(VersionLabel version, long lineage, String rollout) {}

    /** Of an extension that was never deployed here. */
    public static Deployment none(ExtensionName extension, EnvironmentName environment) {
        return new Deployment(
                extension,
                environment,
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                List.of(),
                List.of(),
                null,
                0,
                Map.of(),
                Map.of(),
                null,
                null,
                Map.of(),
                Map.of(),
                Map.of());
    }

    /** Of an environment that begins with what another has in all of its stages: regions that appear are given it. */
    public static Deployment based(
            ExtensionName extension, EnvironmentName environment, StageDefinition definition, VersionLabel version) {
        var stages = new HashMap<String, VersionLabel>();
        definition.stages().forEach(stage -> stages.put(stage.name(), version));
        return new Deployment(
                extension,
                environment,
                Map.of(),
                stages,
                Map.of(),
                Map.of(Slot.LKG, version),
                List.of(version),
                List.of(),
                null,
                0,
                Map.of(),
                Map.of(),
                null,
                null,
                Map.of(),
                Map.of(),
                Map.of());
    }

    /** The version that a region should serve. */
    public Optional<VersionLabel> versionIn(RegionName region) {
        return Optional.ofNullable(regions.get(region)).map(Pointer::version);
    }

    /**
     * What automation may take to be the version of a stage: its alias, but where a rollout ended half-way what the stage had before, for
     * nobody has proved the other there.
     */
    public Optional<VersionLabel> versionOf(String stage) {
        var before = halfway.get(stage);
        return before == null
                ? Optional.ofNullable(stages.get(stage))
                : before.isEmpty() ? Optional.empty() : Optional.of(new VersionLabel(before));
    }

    /** Versions that stages have, and what those had before that a rollout left half-way. */
    public Set<VersionLabel> ofStages() {
        var all = new HashSet<>(stages.values());
        halfway.keySet().forEach(stage -> versionOf(stage).ifPresent(all::add));
        return all;
    }

    /** Whether the region was given its version by a rollout that ended half-way in the stage: it is left as it is. */
    boolean isLeftHalfway(RegionName region, String stage) {
        return halfway.containsKey(stage)
                && versionIn(region)
                        .filter(version -> version.equals(stages.get(stage)) && !isWithdrawn(region, version))
                        .isPresent();
    }

    /**
     * The version most recently pointed at by any region: what a rollback without a target leaves. Regions that were taken back by
     * themselves do not tell, unless there is no other.
     */
    public Optional<VersionLabel> newest() {
        boolean others = !regionHolds.keySet().containsAll(regions.keySet());
        return regions.entrySet().stream()
                .filter(entry -> !others || !regionHolds.containsKey(entry.getKey()))
                .map(Map.Entry::getValue)
                .max(Comparator.comparingLong(Pointer::fence)
                        .thenComparing(pointer -> pointer.version().value()))
                .map(Pointer::version);
    }

    /** Good versions that a rollback may choose, newest first. */
    public List<VersionLabel> choosable() {
        return good.stream().filter(version -> !withdrawn.contains(version)).toList();
    }

    /** Whether the hold refuses the version. */
    public boolean refuses(VersionLabel version) {
        return hold != null && hold.withdrawn().contains(version);
    }

    /** Whether the version was withdrawn, everywhere or from this region. */
    public boolean isWithdrawn(RegionName region, VersionLabel version) {
        var held = regionHolds.get(region);
        return withdrawn.contains(version) || (held != null && held.withdrawn().contains(version));
    }

    /** The newest version that the region had for a whole bake, but for the one given, the withdrawn ones and those it was taken back from. */
    public Optional<VersionLabel> sealedBefore(RegionName region, VersionLabel leaving) {
        return sealed.getOrDefault(region, List.of()).stream()
                .filter(version ->
                        !version.equals(leaving) && !isWithdrawn(region, version) && !wasPutBack(region, version))
                .findFirst();
    }

    /** What may be changed. One thread at a time. */
    private static final class Draft {
        Map<RegionName, Pointer> regions;
        Map<String, VersionLabel> stages;
        Map<String, FriendlyName> names;
        Map<Slot, VersionLabel> slots;
        List<VersionLabel> good;
        List<VersionLabel> withdrawn;

        @Nullable
        Hold hold;

        long fence;
        Map<RegionName, List<VersionLabel>> sealed;
        Map<RegionName, Owed> owed;

        @Nullable
        Candidate candidate;

        @Nullable
        Hotfix hotfix;

        Map<RegionName, Hold> regionHolds;
        Map<String, String> halfway;
        Map<RegionName, List<VersionLabel>> putBack;

        private Draft(Deployment from) {
            regions = from.regions;
            stages = from.stages;
            names = from.names;
            slots = from.slots;
            good = from.good;
            withdrawn = from.withdrawn;
            hold = from.hold;
            fence = from.fence;
            sealed = from.sealed;
            owed = from.owed;
            candidate = from.candidate;
            hotfix = from.hotfix;
            regionHolds = from.regionHolds;
            halfway = from.halfway;
            putBack = from.putBack;
        }
    }

    private Deployment change(Consumer<Draft> edit) {
        var draft = new Draft(this);
        edit.accept(draft);
        return new Deployment(
                extension,
                environment,
                draft.regions,
                draft.stages,
                draft.names,
                draft.slots,
                draft.good,
                draft.withdrawn,
                draft.hold,
                draft.fence,
                draft.sealed,
                draft.owed,
                draft.candidate,
                draft.hotfix,
                draft.regionHolds,
                draft.halfway,
                draft.putBack);
    }

    /** With each given region pointed at its version for all sessions; empty text takes the pointer away. */
    public Deployment pointing(Map<RegionName, String> versions, long lineage) {
        return pointing(versions, lineage, 100);
    }

    /**
     * With each given region pointed at its version for a share of its sessions; empty text takes the pointer away. A region that
     * had no version before has nothing for the other sessions: it takes all of them.
     */
    public Deployment pointing(Map<RegionName, String> versions, long lineage, int percent) {
        long next = fence + 1;
        var changed = new HashMap<>(regions);
        versions.forEach((region, version) -> {
            var present = regions.get(region);
            if (version.isEmpty()) {
                changed.remove(region);
            } else if (present == null || !present.version().value().equals(version)) {
                var before = present == null ? "" : present.stable(percent);
                int share = before.isEmpty() || before.equals(version) ? 100 : percent;
                var previous = before.equals(version) && present != null
                        ? present.version().value()
                        : before;
                changed.put(region, new Pointer(new VersionLabel(version), previous, next, share, lineage));
            } else if (present.rampPercent() < percent && !present.previous().isEmpty()) {
                // A share only rises: whoever has the version keeps it.
                changed.put(region, new Pointer(present.version(), present.previous(), next, percent, lineage));
            }
        });
        return change(draft -> {
            draft.regions = changed;
            draft.fence = next;
            draft.putBack = putBackFrom(versions);
        });
    }

    /** Without what regions were taken back from and are given again. */
    private Map<RegionName, List<VersionLabel>> putBackFrom(Map<RegionName, String> given) {
        var left = new HashMap<>(putBack);
        given.forEach((region, version) -> left.computeIfPresent(region, (key, versions) -> {
            var others = versions.stream()
                    .filter(other -> !other.value().equals(version))
                    .toList();
            return others.isEmpty() ? null : others;
        }));
        return left;
    }

    /** With regions that were taken back by themselves, each with what it was taken back from. */
    Deployment puttingBack(Map<RegionName, List<VersionLabel>> from) {
        var changed = new HashMap<>(putBack);
        from.forEach((region, versions) -> {
            var all = new LinkedHashSet<>(versions);
            all.addAll(changed.getOrDefault(region, List.of()));
            if (!all.isEmpty()) {
                changed.put(region, all.stream().limit(PUT_BACK_LIMIT).toList());
            }
        });
        return change(draft -> draft.putBack = changed);
    }

    /** Whether the region was taken back from the version by itself, and nobody has given it to it again. */
    public boolean wasPutBack(RegionName region, VersionLabel version) {
        return putBack.getOrDefault(region, List.of()).contains(version);
    }

    /** With each given stage set to its version; empty text takes the stage's version away. */
    public Deployment staging(Map<String, String> versions) {
        var changed = new HashMap<>(stages);
        versions.forEach((stage, version) -> {
            if (version.isEmpty()) {
                changed.remove(stage);
            } else {
                changed.put(stage, new VersionLabel(version));
            }
        });
        var left = new HashMap<>(halfway);
        left.keySet().removeAll(versions.keySet());
        return change(draft -> {
            draft.stages = changed;
            draft.halfway = left;
        });
    }

    /** With the stages marked in which the rollout, which ends, has given its version to some and proved it to nobody. */
    Deployment leaving(Rollout rollout) {
        var left = new HashMap<>(halfway);
        rollout.stages().stream()
                .filter(stage -> !stage.done() && rollout.version().equals(stages.get(stage.name())))
                .forEach(stage -> left.put(stage.name(), rollout.stagesBefore().getOrDefault(stage.name(), "")));
        return change(draft -> draft.halfway = left);
    }

    /** With other friendly names. */
    public Deployment naming(Map<String, FriendlyName> changed) {
        return change(draft -> draft.names = changed);
    }

    /** With or, for null, without a hold. */
    public Deployment holding(@Nullable Hold changed) {
        return change(draft -> draft.hold = changed);
    }

    /** With these holds of single regions. */
    public Deployment holdingRegions(Map<RegionName, Hold> changed) {
        return change(draft -> draft.regionHolds = changed);
    }

    /** With these withdrawn versions. */
    public Deployment withdrawing(List<VersionLabel> changed) {
        return change(draft -> draft.withdrawn = changed);
    }

    /** With this version among the withdrawn ones. */
    Deployment withdrawing(VersionLabel version) {
        var changed = new LinkedHashSet<>(withdrawn);
        changed.add(version);
        return withdrawing(List.copyOf(changed));
    }

    /** With other slots. */
    public Deployment slotting(Map<Slot, VersionLabel> changed) {
        return change(draft -> draft.slots = changed);
    }

    /** With the version as the newest good one. */
    public Deployment remembering(VersionLabel version) {
        return change(draft -> draft.good = newestFirst(version, good, GOOD_LIMIT));
    }

    /** With the version sealed in these regions. */
    Deployment sealing(Collection<RegionName> which, VersionLabel version) {
        var changed = new HashMap<>(sealed);
        which.forEach(region ->
                changed.put(region, newestFirst(version, sealed.getOrDefault(region, List.of()), SEALED_LIMIT)));
        return change(draft -> draft.sealed = changed);
    }

    /**
     * Without a version that is served no more as what anything could lead to; the same if nothing did. Names stay: what a person named
     * answers that it is gone.
     */
    public Deployment without(VersionLabel version) {
        boolean led = slots.containsValue(version)
                || good.contains(version)
                || stages.containsValue(version)
                || sealed.values().stream().anyMatch(versions -> versions.contains(version))
                || (candidate != null && candidate.version().equals(version));
        if (!led) {
            return this;
        }
        var kept = good.stream().filter(other -> !other.equals(version)).toList();
        var sealedStill = new HashMap<RegionName, List<VersionLabel>>();
        sealed.forEach((region, versions) -> sealedStill.put(
                region,
                versions.stream().filter(other -> !other.equals(version)).toList()));
        var changed = new HashMap<>(slots);
        changed.values().removeIf(version::equals);
        // What an operator's order to a node leads to while no control plane answers: never left empty without need.
        var last = changed.get(Slot.LKG);
        if (version.equals(slots.get(Slot.PREVIOUS_LKG)) && last != null) {
            kept.stream()
                    .skip(kept.indexOf(last) + 1L)
                    .filter(other -> !other.equals(last) && !withdrawn.contains(other))
                    .findFirst()
                    .ifPresent(other -> changed.put(Slot.PREVIOUS_LKG, other));
        }
        // Stages may name it still: withdrawn, it is given to no region that joins or catches up.
        return withdrawing(version).change(draft -> {
            draft.good = kept;
            draft.sealed = sealedStill;
            draft.slots = changed;
            if (candidate != null && candidate.version().equals(version)) {
                draft.candidate = null;
            }
        });
    }

    /** With nothing remembered of a region that is no more. */
    Deployment forgetting(RegionName region) {
        var changed = new HashMap<>(sealed);
        changed.remove(region);
        var holds = new HashMap<>(regionHolds);
        holds.remove(region);
        var left = new HashMap<>(putBack);
        left.remove(region);
        return settled(List.of(region)).change(draft -> {
            draft.sealed = changed;
            draft.regionHolds = holds;
            draft.putBack = left;
        });
    }

    Deployment owing(Map<RegionName, Owed> more) {
        var changed = new HashMap<>(owed);
        changed.putAll(more);
        return change(draft -> draft.owed = changed);
    }

    Deployment settled(Collection<RegionName> which) {
        var changed = new HashMap<>(owed);
        which.forEach(changed::remove);
        return change(draft -> draft.owed = changed);
    }

    Deployment proposing(@Nullable Candidate changed) {
        return change(draft -> draft.candidate = changed);
    }

    Deployment hotfixed(Hotfix changed) {
        boolean newer = hotfix == null || hotfix.lineage() < changed.lineage();
        return newer ? change(draft -> draft.hotfix = changed) : this;
    }

    private static List<VersionLabel> newestFirst(VersionLabel version, List<VersionLabel> others, int limit) {
        var changed = new LinkedHashSet<VersionLabel>();
        changed.add(version);
        changed.addAll(others);
        return new ArrayList<>(changed).subList(0, Math.min(limit, changed.size()));
    }
}
