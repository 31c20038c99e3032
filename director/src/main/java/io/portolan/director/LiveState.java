package io.portolan.director;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.planner.routing.HealthView;
import io.portolan.sync.RevisionConsumer;
import io.portolan.sync.VerifiedRevision;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The state that answers go by, replaced by one volatile write. Thread-safe: revisions and probes write under one lock, readers take
 * none.
 */
final class LiveState implements RevisionConsumer, Supplier<Optional<DirectorState>> {
    private final List<InetAddress> advertised;
    private final LocationTable locations;
    private final SerialNumber serial;
    private final FailPoints failPoints;
    private HealthView health = HealthView.UNKNOWN;
    private volatile Optional<DirectorState> state = Optional.empty();
    private volatile Optional<ZoneState> zone = Optional.empty();
    private volatile Listener listener = new Listener() {
        @Override
        public void targets(Map<RegionName, List<URI>> urls) {}

        @Override
        public void downChanged() {}
    };

    /** Who is told of changes; called without any lock of this object. */
    interface Listener {
        /** What to probe from now on. */
        void targets(Map<RegionName, List<URI>> urls);

        /** Other regions are down than before. */
        void downChanged();
    }

    LiveState(List<InetAddress> advertised, LocationTable locations, SerialNumber serial, FailPoints failPoints) {
        this.advertised = List.copyOf(advertised);
        this.locations = locations;
        this.serial = serial;
        this.failPoints = failPoints;
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
        state.ifPresent(now -> other.targets(targets(now.revision())));
    }

    @Override
    public void apply(VerifiedRevision revision) {
        var targets = targets(revision);
        synchronized (this) {
            var next = DirectorState.of(revision, advertised, locations, health);
            var zoneOfNext = new ZoneBuilder(next);
            failPoints.reached(FailPoint.SWITCH_STATE_BUILT);
            // The serial last: a revision that cannot be used must not consume one.
            long number = serial.of(revision.id(), revision.digest(), locations.digest());
            zone = Optional.of(zoneOfNext.withSerial(number));
            state = Optional.of(next.withSerial(number));
        }
        failPoints.reached(FailPoint.SWITCH_STATE_SWAPPED);
        listener.targets(targets);
    }

    private static Map<RegionName, List<URI>> targets(VerifiedRevision revision) {
        var targets = new HashMap<RegionName, List<URI>>();
        revision.regions().forEach((name, region) -> {
            var urls = region.probeUrls().stream()
                    .map(url -> URI.create(url + "/readyz"))
                    .toList();
            // Throws what a probe of that URL would throw: then the whole revision is refused here.
            urls.forEach(HttpRequest::newBuilder);
            targets.put(name, urls);
        });
        return targets;
    }

    /** Takes over what the probes see. */
    void health(HealthView view) {
        synchronized (this) {
            if (view.equals(health)) {
                return;
            }
            health = view;
            state = state.map(now -> now.withHealth(view));
            zone = state.flatMap(now -> zone.map(prepared -> prepared.with(now)));
        }
        listener.downChanged();
    }

    /** Regions that are out of the answers by their health. */
    Set<RegionName> down() {
        return state.map(DirectorState::down).orElse(Set.of());
    }

    @Override
    public Facts facts() {
        return new Facts(List.of(), 0, down().stream().sorted().toList(), "");
    }
}
