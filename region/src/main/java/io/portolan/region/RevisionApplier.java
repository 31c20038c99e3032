package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.sync.LoadMarker;
import io.portolan.sync.OverrideStore;
import io.portolan.sync.RevisionConsumer;
import io.portolan.sync.VerifiedRevision;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns revisions and arriving content into the one {@link ServingState} that requests are answered from.
 *
 * <p>Thread-safe. A state is built whole under the lock, then put in place by one volatile write; readers take no lock. Applying
 * never waits for content: a version that is not fully held is listed as lacking and is not shown by default.
 */
final class RevisionApplier implements RevisionConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(RevisionApplier.class);
    /** Most extensions that one line of the log names. */
    private static final int MOST_SAID = 20;

    private final RegionName region;
    private final List<String> ownNames;
    private final Holdings holdings;
    private final NodeBlobs blobs;
    private final Faults faults;
    private final Incidents incidents;
    private final FailPoints failPoints;
    private final OverrideStore overrides;

    @GuardedBy("this")
    private final ServingRecord served;

    @GuardedBy("this")
    private final Map<Digest, Holding> looked = new HashMap<>();

    /** What the state in use serves by default. */
    @GuardedBy("this")
    private Map<ExtensionName, VersionLabel> shown = Map.of();

    private volatile @Nullable ServingState state;
    private volatile boolean ready;
    private volatile LoadMarker loading = LoadMarker.NONE;
    private volatile Fill fill = Fill.NONE;
    private volatile Controllers controllers = Controllers.NONE;

    RevisionApplier(
            RegionName region,
            List<String> ownNames,
            ServingRecord served,
            Holdings holdings,
            NodeBlobs blobs,
            Faults faults,
            Incidents incidents,
            OverrideStore overrides,
            FailPoints failPoints) {
        this.overrides = overrides;
        this.region = region;
        this.ownNames = ownNames;
        this.served = served;
        this.holdings = holdings;
        this.blobs = blobs;
        this.faults = faults;
        this.incidents = incidents;
        this.failPoints = failPoints;
    }

    /** Whoever fetches what is lacking. */
    interface Fill {
        Fill NONE = new Fill() {
            @Override
            public void wantsChanged() {}

            @Override
            public long missingBytes(ServedVersion version) {
                return version.missingBytes();
            }
        };

        /** The list of what is lacking changed by a new revision. Returns at once. */
        void wantsChanged();

        /** What is missing of a lacking version by now. */
        long missingBytes(ServedVersion version);
    }

    /** Whoever runs controllers. */
    interface Controllers {
        Controllers NONE = new Controllers() {
            @Override
            public void stateChanged() {}

            @Override
            public List<ControllerReport> reports() {
                return List.of();
            }
        };

        /** Another state is in use. Returns at once; called with the lock of states held. */
        void stateChanged();

        /** How the controllers are. */
        List<ControllerReport> reports();
    }

    /** Sets who runs controllers; once, at start. */
    void controllers(Controllers whoRuns) {
        controllers = whoRuns;
    }

    /** Bytes that a version lacks now. */
    long missingBytes(ServedVersion version) {
        return fill.missingBytes(version);
    }

    /** Sets who is told; once, at start. */
    void fill(Fill filler) {
        fill = filler;
    }

    /** The state in use; empty before the first revision. */
    Optional<ServingState> state() {
        return Optional.ofNullable(state);
    }

    @Override
    public void apply(VerifiedRevision revision) {
        apply(revision, LoadMarker.NONE);
    }

    @Override
    public void apply(VerifiedRevision revision, LoadMarker marker) {
        overrides.applying();
        synchronized (this) {
            loading = marker;
            forgetChanged(revision);
            var next = rebuild(revision, extension -> false);
            faults.retain(next);
        }
        overrides.settle(revision.header());
        fill.wantsChanged();
    }

    @Override
    public void told(Facts facts) {
        var current = state;
        if (facts.overrides().isEmpty() || current == null) {
            return;
        }
        var header = current.revision().header();
        if (overrides.told(facts.overrides().stream().map(OverrideReport::id).toList(), header)) {
            overridden();
            overrides.settle(header);
        }
    }

    /** Builds the state again: an operator's override was taken or lifted, or has ended. */
    synchronized void overridden() {
        var current = state;
        if (current != null) {
            rebuild(current.revision(), extension -> false);
        }
    }

    /** What is read or fetched is taken down here, for the case that it ends the process. */
    LoadMarker loading() {
        return loading;
    }

    /** Looks again at what is held of versions, and shows those that have become complete, which are the result. */
    synchronized List<ServedVersion> recheck(Collection<ServedVersion> versions) {
        var current = state;
        if (current == null) {
            return List.of();
        }
        versions.forEach(version -> looked.remove(version.document().manifest()));
        var complete = new ArrayList<ServedVersion>();
        for (var version : versions) {
            var document = current.revision().extensions().get(version.extension());
            if (document != null && holding(document, version.label()) instanceof Holding.Complete) {
                complete.add(version);
            }
        }
        var changed = versions.stream().map(ServedVersion::extension).collect(Collectors.toSet());
        rebuild(current.revision(), changed::contains);
        return complete;
    }

    /** A blob was found damaged and set aside: the versions that need it are lacking until it was fetched again. */
    void damaged(Digest digest) {
        synchronized (this) {
            var current = state;
            if (current == null) {
                return;
            }
            looked.values().removeIf(holding -> uses(holding, digest));
            rebuild(current.revision(), extension -> true);
        }
        fill.wantsChanged();
    }

    /** An extension with a version that is held in full and made of the blob; empty text for none. */
    synchronized String userOf(Digest digest) {
        var current = state;
        return current == null
                ? ""
                : current.routes().values().stream()
                        .filter(extension -> extension.versions().values().stream()
                                .anyMatch(
                                        version -> version.document().manifest().equals(digest)
                                                || (version.holding() instanceof Holding.Complete complete
                                                        && uses(complete, digest))))
                        .map(extension -> extension.document().name().value())
                        .findFirst()
                        .orElse("");
    }

    @Override
    public Facts facts() {
        var current = state;
        var lacking = current == null
                ? List.<NodeStatus.Lacking>of()
                : current.lacking().stream()
                        .map(version -> new NodeStatus.Lacking(
                                version.extension(), version.label(), fill.missingBytes(version)))
                        .toList();
        return new Facts(
                lacking,
                blobs.fetchedCount(),
                List.of(),
                joined(overrides.problem(), faults.any()),
                incidents.all(),
                overridesInForce(),
                controllers.reports());
    }

    /** Overrides that count beside the revision in use. */
    List<OverrideReport> overridesInForce() {
        var current = state;
        return current == null
                ? overrides.inForce()
                : overrides.inForce(current.revision().header());
    }

    private static String joined(String one, String other) {
        return one.isEmpty() || other.isEmpty() ? one + other : one + "; " + other;
    }

    /**
     * Whether every version that this region serves has once been held by this process; stays true. An extension whose content was
     * refused, as a quarantined one, does not count: one extension never takes a node out.
     */
    @Override
    public boolean isReady() {
        var current = state;
        if (!ready && current != null) {
            ready = current.routes().values().stream().noneMatch(this::waits);
        }
        return ready;
    }

    private boolean waits(ServedExtension extension) {
        return extension.byDefault() instanceof ServedExtension.Default.Waits waits
                && !faults.isRefused(extension.document().name(), waits.version());
    }

    /** Builds and swaps; of extensions whose document is the same, only {@code changed} ones are looked at again. */
    @GuardedBy("this")
    private ServingState rebuild(VerifiedRevision revision, Predicate<ExtensionName> changed) {
        var here = new Here(overrides.inForce(revision.header()), changed);
        var next = ServingState.build(revision, region, ownNames, here);
        loading.done();
        failPoints.reached(FailPoint.SWITCH_STATE_BUILT);
        state = next;
        failPoints.reached(FailPoint.SWITCH_STATE_SWAPPED);
        controllers.stateChanged();
        var serving = next.serving();
        if (!serving.equals(shown)) {
            LOG.info("revision={} now-serving={}", revision.id(), news(shown, serving));
            shown = serving;
            served.save(serving);
        }
        // Latched here and not when somebody asks: what arrives later never makes a node unready.
        isReady();
        return next;
    }

    /** What is served by default now and was not before, with {@code -} for nothing any more: never all of thousands in a line. */
    private static String news(Map<ExtensionName, VersionLabel> before, Map<ExtensionName, VersionLabel> now) {
        var names = new TreeSet<>(now.keySet());
        names.addAll(before.keySet());
        names.removeIf(name -> Objects.equals(before.get(name), now.get(name)));
        var said = names.stream()
                .limit(MOST_SAID)
                .map(name -> name + " " + (now.containsKey(name) ? now.get(name) : "-"))
                .collect(Collectors.joining(", ", "[", ""));
        return said + (names.size() > MOST_SAID ? ", and " + (names.size() - MOST_SAID) + " more]" : "]");
    }

    /** What a changed document names is looked at again: files may have gone since. */
    @GuardedBy("this")
    private void forgetChanged(VerifiedRevision revision) {
        var before = state;
        Set<Digest> keep = new HashSet<>();
        if (before != null) {
            for (var document : revision.extensions().values()) {
                if (document.equals(before.revision().extensions().get(document.name()))) {
                    document.versions().values().forEach(version -> keep.add(version.manifest()));
                }
            }
        }
        looked.keySet().retainAll(keep);
    }

    @GuardedBy("this")
    private Holding holding(ExtensionDocument document, VersionLabel label) {
        var held = document.versions().get(label);
        if (held == null) {
            return new Holding.Unknown();
        }
        var known = looked.get(held.manifest());
        if (known == null) {
            loading.at(document.name(), label.value());
            failPoints.reached(FailPoint.LOAD_VERSION);
            known = holdings.look(document.name(), label, held);
            looked.put(held.manifest(), known);
        }
        return known;
    }

    private static boolean uses(Holding holding, Digest digest) {
        return switch (holding) {
            case Holding.Complete complete ->
                Holdings.parts(complete.manifest()).stream()
                        .anyMatch(part -> part.digest().equals(digest));
            case Holding.Partial partial -> true;
            case Holding.Unknown unknown -> true;
        };
    }

    /** Used under the lock only. */
    private final class Here implements ServingState.Surroundings {
        private final List<OverrideReport> inForce;
        private final Predicate<ExtensionName> changed;

        Here(List<OverrideReport> inForce, Predicate<ExtensionName> changed) {
            this.inForce = inForce;
            this.changed = changed;
        }

        @Override
        public Optional<OverrideReport> override(ExtensionName extension) {
            return inForce.stream()
                    .filter(report -> report.action() == OperatorOverride.Action.ROLLBACK)
                    .filter(report -> report.extension().equals(extension.value()))
                    .reduce((older, newer) -> newer);
        }

        @Override
        public Optional<ServedExtension> unchanged(ExtensionDocument document) {
            // What it would be built of is the same: what it serves now stays what it would serve.
            var wanted = override(document.name()).map(OverrideReport::id).orElse("");
            return Optional.ofNullable(state)
                    .map(current -> current.routes().get(document.route().value()))
                    .filter(known -> known.document().equals(document) && !changed.test(document.name()))
                    .filter(known -> known.overriddenBy().equals(wanted));
        }

        @Override
        @SuppressWarnings("GuardedBy") // called by rebuild, which holds the lock
        public Holding holding(ExtensionDocument document, VersionLabel version) {
            return RevisionApplier.this.holding(document, version);
        }

        @Override
        @SuppressWarnings("GuardedBy") // called by rebuild, which holds the lock
        public Optional<ServingState.Before> before(ExtensionName extension) {
            var current = state;
            return current == null
                    ? Optional.ofNullable(served.last().get(extension))
                            .map(version -> new ServingState.Before(version, false))
                    : current.extension(extension)
                            .flatMap(ServedExtension::serving)
                            .map(version -> new ServingState.Before(version.label(), true));
        }
    }
}
