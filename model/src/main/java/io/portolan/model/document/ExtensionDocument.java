package io.portolan.model.document;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Route;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything that nodes and directors are told about one extension in one environment. Immutable.
 *
 * <p>All aliases are resolved by the compiler: a node looks a stage or a friendly name up, it computes neither.
 *
 * @param schema   version of this form, {@link #SCHEMA}
 * @param profile  routing method, {@link Profile#standard()} by default
 * @param regions  the regions that serve the extension; a region that is absent was given no version
 * @param stages   version of each stage of the environment, by stage name, also of stages without regions
 * @param names    version of each friendly name
 * @param slots    the last known good versions, those that are set
 * @param versions every version that this document names or that pages may still ask for, by label
 * @param running  versions whose controllers are to run in each region, those that have some: what it serves, what it is about to
 *                 serve and what it would be put back to; nodes keep others while their pages are in use. Absent in older documents
 * @param replaced the profile that {@code profile} replaces step by step, one at most. Absent in older documents
 * @param fence    classes of residency outside which nothing of it may be held, served or asked for; empty for everywhere. Absent in
 *                 older documents
 */
public record ExtensionDocument(
        int schema,
        ExtensionName name,
        Route route,
        Profile profile,
        Map<RegionName, Pointer> regions,
        Map<String, VersionLabel> stages,
        Map<String, VersionLabel> names,
        Map<Slot, VersionLabel> slots,
        Map<VersionLabel, HeldVersion> versions,
        Map<RegionName, List<VersionLabel>> running,
        List<Replaced> replaced,
        List<String> fence) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    public ExtensionDocument {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(route, "route");
        Objects.requireNonNull(profile, "profile");
        regions = Map.copyOf(regions);
        stages = Map.copyOf(stages);
        names = Map.copyOf(names);
        slots = Map.copyOf(slots);
        versions = Map.copyOf(versions);
        running = copied(running);
        replaced = List.copyOf(Objects.requireNonNullElse(replaced, List.of()));
        fence = List.copyOf(Objects.requireNonNullElse(fence, List.of()));
        if (replaced.size() > 1) {
            throw new IllegalArgumentException(
                    "extension " + name + ": replaced: " + replaced.size() + " profiles (expected: one at most)");
        }
        for (var entry : regions.entrySet()) {
            requireKnown("regions." + entry.getKey(), entry.getValue().version(), name, versions);
        }
        for (var entry : stages.entrySet()) {
            requireKnown("stages." + entry.getKey(), entry.getValue(), name, versions);
        }
        for (var entry : running.entrySet()) {
            for (var version : entry.getValue()) {
                requireKnown("running." + entry.getKey(), version, name, versions);
            }
        }
        for (var entry : names.entrySet()) {
            requireKnown("names." + entry.getKey(), entry.getValue(), name, versions);
        }
    }

    /** Without a fence. */
    public ExtensionDocument(
            int schema,
            ExtensionName name,
            Route route,
            Profile profile,
            Map<RegionName, Pointer> regions,
            Map<String, VersionLabel> stages,
            Map<String, VersionLabel> names,
            Map<Slot, VersionLabel> slots,
            Map<VersionLabel, HeldVersion> versions,
            Map<RegionName, List<VersionLabel>> running,
            List<Replaced> replaced) {
        this(schema, name, route, profile, regions, stages, names, slots, versions, running, replaced, List.of());
    }

    /** The same within a fence. */
    public ExtensionDocument fencedIn(List<String> classes) {
        return new ExtensionDocument(
                schema, name, route, profile, regions, stages, names, slots, versions, running, replaced, classes);
    }

    /** Whether it may be held and served where data of a class may stay, empty text for no class. */
    public boolean mayBeIn(String residency) {
        return fence.isEmpty() || fence.contains(residency);
    }

    /** Of an extension whose versions have no controllers. */
    public ExtensionDocument(
            int schema,
            ExtensionName name,
            Route route,
            Profile profile,
            Map<RegionName, Pointer> regions,
            Map<String, VersionLabel> stages,
            Map<String, VersionLabel> names,
            Map<Slot, VersionLabel> slots,
            Map<VersionLabel, HeldVersion> versions) {
        this(schema, name, route, profile, regions, stages, names, slots, versions, Map.of(), List.of());
    }

    /**
     * A profile that is on its way out. Immutable.
     *
     * @param ramp share of clients that the new one has; the others get this one
     */
    public record Replaced(Profile profile, RegionDocument.Ramp ramp) {
        public Replaced {
            Objects.requireNonNull(profile, "profile");
            Objects.requireNonNull(ramp, "ramp");
        }
    }

    private static Map<RegionName, List<VersionLabel>> copied(Map<RegionName, List<VersionLabel>> running) {
        var copy = new HashMap<RegionName, List<VersionLabel>>();
        Objects.requireNonNullElse(running, Map.<RegionName, List<VersionLabel>>of())
                .forEach((region, labels) -> copy.put(region, List.copyOf(labels)));
        return Map.copyOf(copy);
    }

    /** Versions whose controllers are to run in a region. */
    public List<VersionLabel> running(RegionName region) {
        return running.getOrDefault(region, List.of());
    }

    /** The pointer of a region, if it was given a version. */
    public Optional<Pointer> pointer(RegionName region) {
        return Optional.ofNullable(regions.get(region));
    }

    /**
     * What a region serves by default.
     *
     * @param stage    stage that the region belongs to
     * @param previous version that it served before, empty text for none
     * @param rampPercent share of sessions that get {@code version}, 1 to 100; the others get {@code previous}
     * @param fence    rises with each write of this pointer
     */
    public record Pointer(VersionLabel version, String stage, String previous, int rampPercent, long fence) {
        public Pointer {
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(stage, "stage");
            Objects.requireNonNull(previous, "previous");
            if (rampPercent < 1 || rampPercent > 100) {
                throw new IllegalArgumentException("rampPercent: " + rampPercent + " (expected: 1 to 100)");
            }
        }

        /** The version before, if there was one. */
        public Optional<VersionLabel> previousVersion() {
            return previous.isEmpty() ? Optional.empty() : Optional.of(new VersionLabel(previous));
        }
    }

    /**
     * A version that nodes know.
     *
     * @param manifest digest of the served manifest, itself a blob
     * @param identity digest of the canonical manifest: the version's identity
     * @param state    a revoked version is answered 410
     * @param withdrawn whether a rollback left it: served to pinned sessions, never cached, never chosen
     * @param held     true: a full copy lies on every node; false: retained, fetched on first request
     * @param keptFor  why the version is kept: {@code region}, {@code previous}, {@code stage}, {@code name}, {@code slot},
     *                 {@code rollout}
     */
    public record HeldVersion(
            Digest manifest,
            Digest identity,
            VersionState state,
            boolean withdrawn,
            boolean held,
            List<String> keptFor) {
        public HeldVersion {
            Objects.requireNonNull(manifest, "manifest");
            Objects.requireNonNull(identity, "identity");
            Objects.requireNonNull(state, "state");
            keptFor = List.copyOf(keptFor);
        }
    }

    private static void requireKnown(
            String field, VersionLabel version, ExtensionName extension, Map<VersionLabel, HeldVersion> versions) {
        if (!versions.containsKey(version)) {
            throw new IllegalArgumentException(
                    "extension " + extension + ": " + field + ": version " + version + " is not among its versions");
        }
    }
}
