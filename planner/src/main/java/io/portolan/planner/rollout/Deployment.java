package io.portolan.planner.rollout;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
        long fence) {
    /** How many good versions are remembered. */
    public static final int GOOD_LIMIT = 5;

    public Deployment {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(environment, "environment");
        regions = Map.copyOf(regions);
        stages = Map.copyOf(stages);
        names = Map.copyOf(names);
        slots = Map.copyOf(slots);
        good = List.copyOf(good);
        withdrawn = List.copyOf(withdrawn);
    }

    /** A region's version, the one before (empty text for none), and the fence of the write that set it. */
    public record Pointer(VersionLabel version, String previous, long fence) {}

    /** A friendly name; {@code expiresAt} null: never. */
    public record FriendlyName(
            VersionLabel version, @Nullable Instant expiresAt) {}

    /** Stops automation from moving the extension forward, and refuses the withdrawn versions. */
    public record Hold(String reason, Instant at, List<VersionLabel> withdrawn) {
        public Hold {
            withdrawn = List.copyOf(withdrawn);
        }
    }

    /** Of an extension that was never deployed here. */
    public static Deployment none(ExtensionName extension, EnvironmentName environment) {
        return new Deployment(
                extension, environment, Map.of(), Map.of(), Map.of(), Map.of(), List.of(), List.of(), null, 0);
    }

    /** The version that a region should serve. */
    public Optional<VersionLabel> versionIn(RegionName region) {
        return Optional.ofNullable(regions.get(region)).map(Pointer::version);
    }

    /** The version most recently pointed at by any region: what a rollback without a target leaves. */
    public Optional<VersionLabel> newest() {
        return regions.values().stream()
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

    /** With each given region pointed at its version; empty text takes the pointer away. */
    public Deployment pointing(Map<RegionName, String> versions) {
        long next = fence + 1;
        var changed = new HashMap<>(regions);
        versions.forEach((region, version) -> {
            var present = regions.get(region);
            if (version.isEmpty()) {
                changed.remove(region);
            } else if (present == null || !present.version().value().equals(version)) {
                var before = present == null ? "" : present.version().value();
                changed.put(region, new Pointer(new VersionLabel(version), before, next));
            }
        });
        return new Deployment(extension, environment, changed, stages, names, slots, good, withdrawn, hold, next);
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
        return new Deployment(extension, environment, regions, changed, names, slots, good, withdrawn, hold, fence);
    }

    /** With other friendly names. */
    public Deployment naming(Map<String, FriendlyName> changed) {
        return new Deployment(extension, environment, regions, stages, changed, slots, good, withdrawn, hold, fence);
    }

    /** With or, for null, without a hold. */
    public Deployment holding(@Nullable Hold changed) {
        return new Deployment(extension, environment, regions, stages, names, slots, good, withdrawn, changed, fence);
    }

    /** With these withdrawn versions. */
    public Deployment withdrawing(List<VersionLabel> changed) {
        return new Deployment(extension, environment, regions, stages, names, slots, good, changed, hold, fence);
    }

    /** With other slots. */
    public Deployment slotting(Map<Slot, VersionLabel> changed) {
        return new Deployment(extension, environment, regions, stages, names, changed, good, withdrawn, hold, fence);
    }

    /** With the version as the newest good one. */
    public Deployment remembering(VersionLabel version) {
        var changed = new LinkedHashSet<VersionLabel>();
        changed.add(version);
        changed.addAll(good);
        var limited = new ArrayList<>(changed).subList(0, Math.min(GOOD_LIMIT, changed.size()));
        return new Deployment(extension, environment, regions, stages, names, slots, limited, withdrawn, hold, fence);
    }
}
