package io.portolan.director;

import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.planner.routing.HealthView;
import io.portolan.sync.RevisionConsumer;
import io.portolan.sync.VerifiedRevision;
import java.net.InetAddress;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The state that answers go by, replaced by one volatile write. Thread-safe: revisions and probes write under one lock, readers take
 * none.
 */
final class LiveState implements RevisionConsumer, Supplier<Optional<DirectorState>> {
    private static final String DRAINED = "is drained by an operator's override";

    private final List<InetAddress> advertised;
    private final Maps maps;
    private final SerialNumber serial;
    private final FailPoints failPoints;
    private final DirectorOverrides overrides;
    private final InstantSource clock;
    /** Is told every state that answers come from; under the lock, so in order. */
    private volatile Consumer<DirectorState> observer = state -> {};

    private HealthView health = HealthView.UNKNOWN;
    /** Extensions of the revision in use that have a new profile: looked at every second. */
    private List<ExtensionDocument> turning = List.of();

    private volatile Optional<DirectorState> state = Optional.empty();
    private volatile Optional<ZoneState> zone = Optional.empty();
    private volatile Listener listener = new Listener() {
        @Override
        public void applied(VerifiedRevision revision) {}

        @Override
        public void downChanged() {}
    };

    /** Who is told of changes; called without any lock of this object. */
    interface Listener {
        /** A revision is in use; what it names is to be watched from now on. */
        void applied(VerifiedRevision revision);

        /** Other regions are down than before. */
        void downChanged();
    }

    LiveState(
            List<InetAddress> advertised,
            Maps maps,
            SerialNumber serial,
            DirectorOverrides overrides,
            InstantSource clock,
            FailPoints failPoints) {
        this.overrides = overrides;
        this.advertised = List.copyOf(advertised);
        this.maps = maps;
        this.serial = serial;
        this.clock = clock;
        this.failPoints = failPoints;
    }

    /** Tells another one of every state that answers come from, in order, and of the present one at once. */
    void observe(Consumer<DirectorState> other) {
        synchronized (this) {
            observer = other;
            state.ifPresent(other);
        }
    }

    @Override
    public Optional<DirectorState> get() {
        return state;
    }

    /** What DNS answers come from, the same state made ready to be sent. */
    Optional<ZoneState> zone() {
        return zone;
    }

    /** Tells another listener from now on; it learns the targets at once. */
    void listen(Listener other) {
        listener = other;
        state.ifPresent(now -> other.applied(now.revision()));
    }

    @Override
    public void apply(VerifiedRevision revision) {
        checkProbeUrls(revision);
        overrides.applying();
        synchronized (this) {
            swap(revision);
        }
        failPoints.reached(FailPoint.SWITCH_STATE_SWAPPED);
        overrides.settle(revision.header());
        listener.applied(revision);
    }

    @Override
    public void told(Facts facts) {
        var now = state;
        if (facts.overrides().isEmpty() || now.isEmpty()) {
            return;
        }
        var header = now.get().revision().header();
        if (overrides.told(facts.overrides(), header)) {
            drainedChanged();
            overrides.settle(header);
        }
    }

    /** A URL that cannot be probed refuses the whole revision, here and not when it is too late. */
    private static void checkProbeUrls(VerifiedRevision revision) {
        revision.regions().forEach((name, region) -> region.probeUrls().forEach(url -> {
            var parsed = URI.create(url);
            if (parsed.getHost() == null || !List.of("http", "https").contains(parsed.getScheme())) {
                throw new IllegalArgumentException(
                        "region " + name + ": probe URL: " + url + " (expected: such as http://10.0.0.1:7080)");
            }
        }));
    }

    /** Builds and swaps; with the lock held. */
    private void swap(VerifiedRevision revision) {
        var map = maps.use(revision.environment().latencyMap(), Replay.regions(revision));
        var changing = revision.extensions().values().stream()
                .filter(extension -> !extension.replaced().isEmpty())
                .toList();
        var next = DirectorState.of(revision, advertised, map, view(revision, changing));
        var zoneOfNext = new ZoneBuilder(next);
        failPoints.reached(FailPoint.SWITCH_STATE_BUILT);
        // The serial last: a revision that cannot be used must not consume one.
        long number =
                serial.of(revision.id(), revision.digest(), next.locations().digest());
        var numbered = next.withSerial(number);
        turning = changing;
        zone = Optional.of(zoneOfNext.withSerial(number));
        state = Optional.of(numbered);
        observer.accept(numbered);
    }

    /** A map may have come that the revision in use names. */
    void mapsChanged() {
        boolean changed;
        synchronized (this) {
            var now = state;
            changed = now.isPresent() && isOther(now.get());
            if (changed) {
                swap(now.get().revision());
            }
        }
        // Also where none came: why is told in the status.
        listener.downChanged();
    }

    private boolean isOther(DirectorState now) {
        var revision = now.revision();
        var map = maps.use(revision.environment().latencyMap(), Replay.regions(revision));
        return !map.version().equals(now.locations().digest());
    }

    /** Operators ordered other regions out of the answers. */
    void drainedChanged() {
        recompile();
        listener.downChanged();
    }

    private synchronized void recompile() {
        var before = state;
        var view = before.map(now -> view(now.revision(), turning));
        if (before.isEmpty() || view.equals(before.map(DirectorState::health))) {
            return;
        }
        state = before.map(now -> now.withHealth(view.orElseThrow()));
        zone = state.flatMap(now -> zone.map(prepared -> prepared.with(now)));
        state.ifPresent(observer);
    }

    /** What observers see, what operators ordered, and how far regions are on their way back. */
    private HealthView view(VerifiedRevision revision, List<ExtensionDocument> changing) {
        var admitted = new HashMap<>(health.admitted());
        var standIns = new HashSet<RegionName>();
        var now = clock.instant();
        revision.regions().forEach((name, region) -> {
            if (region.standsIn(now)) {
                standIns.add(name);
            }
            int share = region.share(now);
            if (share < HealthView.ALL) {
                admitted.merge(name, share, Math::min);
            }
        });
        return new HealthView(
                health.regions(),
                health.externals(),
                admitted,
                drained(revision),
                turned(changing, now),
                health.spared(),
                standIns);
    }

    /** How far extensions' new profiles are on their way in. */
    private static Map<ExtensionName, Integer> turned(List<ExtensionDocument> changing, Instant now) {
        var turned = new HashMap<ExtensionName, Integer>();
        changing.forEach(extension -> extension.replaced().forEach(replaced -> {
            int share = replaced.ramp().share(now);
            if (share < HealthView.ALL) {
                turned.put(extension.name(), share);
            }
        }));
        return turned;
    }

    private Map<RegionName, String> drained(VerifiedRevision revision) {
        var drained = new HashMap<RegionName, String>();
        overrides.drained(revision.header()).forEach(region -> drained.put(region, DRAINED));
        return drained;
    }

    /** Takes over what observers see; also moves ramps on, so it is called now and then. */
    void health(HealthView seen) {
        Set<RegionName> before;
        synchronized (this) {
            before = down();
            health = seen;
            recompile();
        }
        if (!before.equals(down())) {
            listener.downChanged();
        }
    }

    /** Regions that are out of the answers by their health. */
    Set<RegionName> down() {
        return state.map(DirectorState::down).orElse(Set.of());
    }

    @Override
    public Facts facts() {
        var inForce =
                state.map(now -> overrides.inForce(now.revision().header())).orElse(List.of());
        var problems = List.of(overrides.problem(), maps.problem()).stream()
                .filter(problem -> !problem.isEmpty())
                .toList();
        return new Facts(
                List.of(), 0, down().stream().sorted().toList(), String.join("; ", problems), List.of(), inForce);
    }
}
