package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.Delivery;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.ExtensionDocument.Pointer;
import io.portolan.protocol.OverrideReport;
import io.portolan.sync.VerifiedRevision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything that requests are answered from: one value for each revision and each version that became complete, built whole
 * before one volatile write makes it current, so that no request sees parts of two. Immutable.
 *
 * @param resourceApiEndpoint resource API nearest to this region, empty text for none
 * @param delivery   how browsers get assets
 * @param worker     the service worker that they get
 * @param routes     extensions by route
 */
record ServingState(
        VerifiedRevision revision,
        RegionName region,
        String resourceApiEndpoint,
        String frameAncestors,
        HostRule hostRule,
        Delivery delivery,
        WorkerScript worker,
        Map<String, ServedExtension> routes) {
    ServingState {
        Objects.requireNonNull(revision, "revision");
        routes = Map.copyOf(routes);
    }

    /** What a node knows beside a revision when it builds a state. */
    interface Surroundings {
        /** How much of a version lies on disk. */
        Holding holding(ExtensionDocument document, VersionLabel version);

        /** What was served by default before, if anything. */
        Optional<Before> before(ExtensionName extension);

        /** An operator's override of the extension's version that counts beside this revision, if there is one. */
        default Optional<OverrideReport> override(ExtensionName extension) {
            return Optional.empty();
        }

        /** The extension as it was built before, if nothing that it is made of has changed since. */
        Optional<ServedExtension> unchanged(ExtensionDocument document);
    }

    /**
     * What an extension served by default before.
     *
     * @param inUse true: this process serves it now, so it held it in full; false: a process before this one did
     */
    record Before(VersionLabel version, boolean inUse) {}

    /** Builds the state of a revision for one region. Pure but for what the surroundings look up. */
    static ServingState build(
            VerifiedRevision revision, RegionName region, List<String> ownNames, Surroundings surroundings) {
        var routes = new HashMap<String, ServedExtension>();
        var here = revision.regions().get(region);
        for (var document : revision.extensions().values()) {
            if (!document.mayBeIn(here == null ? "" : here.residency())) {
                // It is fenced in elsewhere: nothing of it is held here, and no name of it answers.
                continue;
            }
            routes.put(
                    document.route().value(),
                    surroundings.unchanged(document).orElseGet(() -> extension(document, region, surroundings)));
        }
        var environment = revision.environment();
        return new ServingState(
                revision,
                region,
                here == null ? "" : here.resourceApiEndpoint(),
                frameAncestors(environment),
                new HostRule(environment.zone(), environment.sharedHost(), java.util.Set.copyOf(ownNames)),
                environment.delivery(),
                WorkerScript.of(environment.delivery(), region, revision.regions()),
                routes);
    }

    /** Versions that should be held in full and were not, those that this region shows first. */
    List<ServedVersion> lacking() {
        var shown = new ArrayList<ServedVersion>();
        var others = new ArrayList<ServedVersion>();
        var extensions = routes.values().stream()
                .filter(extension -> extension.versions().values().stream().anyMatch(ServedVersion::isLacking))
                .sorted(Comparator.comparing(
                        extension -> extension.document().route().value()))
                .toList();
        for (var extension : extensions) {
            var pointer = extension.document().pointer(region);
            for (var version : new TreeMap<>(extension.versions()).values()) {
                if (version.isLacking()) {
                    boolean first = pointer.map(Pointer::version)
                            .filter(version.label()::equals)
                            .isPresent();
                    (first ? shown : others).add(version);
                }
            }
        }
        shown.addAll(others);
        return List.copyOf(shown);
    }

    /** The extension of that name. */
    Optional<ServedExtension> extension(ExtensionName name) {
        return Optional.ofNullable(revision.extensions().get(name))
                .map(document -> routes.get(document.route().value()));
    }

    /** What each extension serves by default. */
    Map<ExtensionName, VersionLabel> serving() {
        var serving = new HashMap<ExtensionName, VersionLabel>();
        for (var extension : routes.values()) {
            extension.serving().ifPresent(version -> serving.put(version.extension(), version.label()));
        }
        return serving;
    }

    private static ServedExtension extension(ExtensionDocument document, RegionName region, Surroundings surroundings) {
        var versions = new HashMap<String, ServedVersion>();
        document.versions()
                .forEach((label, held) -> versions.put(
                        label.value(),
                        new ServedVersion(document.name(), label, held, surroundings.holding(document, label))));
        var before = surroundings.before(document.name());
        var overridden = surroundings
                .override(document.name())
                .flatMap(override -> overridden(document, region, versions, before, override));
        overridden.ifPresent(serves -> withdraw(document, region, versions, serves.version()));
        return new ServedExtension(
                document,
                overridden
                        .<ServedExtension.Default>map(serves -> serves)
                        .orElseGet(() -> byDefault(document, region, versions, before)),
                versions,
                ServedExtension.dotlessForms(document.versions().keySet()));
    }

    /**
     * What an override chooses, as long as the revision names that version and it lies here in full: an override brings nothing that
     * is not held, and a region that was given no version is not given one.
     */
    private static Optional<ServedExtension.Default.Serves> overridden(
            ExtensionDocument document,
            RegionName region,
            Map<String, ServedVersion> versions,
            Optional<Before> before,
            OverrideReport override) {
        var pointer = document.regions().get(region);
        var chosen = versions.get(override.version());
        if (pointer == null || chosen == null || chosen.isRevoked()) {
            return Optional.empty();
        }
        boolean inUse = before.filter(b -> b.inUse() && b.version().equals(chosen.label()))
                .isPresent();
        return chosen.isComplete() || inUse
                ? Optional.of(new ServedExtension.Default.Serves(chosen, pointer.stage(), override.id()))
                : Optional.empty();
    }

    /** What an override leaves is what a rollback would have withdrawn: nobody may keep a page of it. */
    private static void withdraw(
            ExtensionDocument document, RegionName region, Map<String, ServedVersion> versions, ServedVersion chosen) {
        document.pointer(region)
                .map(Pointer::version)
                .filter(left -> !left.equals(chosen.label()))
                .ifPresent(left -> versions.computeIfPresent(left.value(), (label, version) -> version.withdrawn()));
    }

    /**
     * The version given to this region if it is fully held; else what was served before, as long as the revision still names it;
     * else nothing. A version in use stays in use when one of its blobs is found damaged: the blob is fetched again.
     */
    private static ServedExtension.Default byDefault(
            ExtensionDocument document,
            RegionName region,
            Map<String, ServedVersion> versions,
            Optional<Before> before) {
        var pointer = document.regions().get(region);
        if (pointer == null) {
            return new ServedExtension.Default.None();
        }
        var given = versions.get(pointer.version().value());
        if (given == null || given.isRevoked()) {
            return new ServedExtension.Default.Revoked(pointer.version());
        }
        boolean givenInUse = before.filter(b -> b.inUse() && b.version().equals(given.label()))
                .isPresent();
        if (given.isComplete() || givenInUse) {
            return new ServedExtension.Default.Serves(given, pointer.stage(), "");
        }
        return before.flatMap(b -> Optional.ofNullable(versions.get(b.version().value()))
                        .filter(version -> !version.isRevoked() && (version.isComplete() || b.inUse())))
                .<ServedExtension.Default>map(
                        version -> new ServedExtension.Default.Serves(version, pointer.stage(), ""))
                .orElseGet(() -> new ServedExtension.Default.Waits(given.label()));
    }

    /**
     * Policy of every page: who may frame it, and nothing about scripts. A page is the package's own, with inline scripts of its
     * own that no hash of ours covers; a {@code script-src} from here would break it. A policy in a {@code <meta>} of the package
     * does not reach the boot script, which stands before it.
     */
    private static String frameAncestors(EnvironmentDocument environment) {
        var sources = new ArrayList<String>();
        sources.add("'self'");
        sources.addAll(environment.portalHosts());
        sources.addAll(environment.frameAncestors());
        return "frame-ancestors " + String.join(" ", sources);
    }
}
