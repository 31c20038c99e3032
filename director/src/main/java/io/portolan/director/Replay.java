package io.portolan.director;

import io.portolan.model.RevisionId;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.routing.LatencyEstimator;
import io.portolan.planner.routing.RegionTable;
import io.portolan.sync.VerifiedRevision;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * Builds the state that answers came from at a time within the last 24 hours: the kept revision and map that the history names, and health as
 * it was then. Thread-safe; uses nothing that answers use now.
 */
final class Replay {
    private final History history;
    private final Maps maps;
    private final Revisions revisions;
    private final List<InetAddress> advertised;

    /** Where kept revisions are. */
    @FunctionalInterface
    interface Revisions {
        VerifiedRevision kept(RevisionId id) throws IOException;
    }

    Replay(History history, Maps maps, Revisions revisions, List<InetAddress> advertised) {
        this.history = history;
        this.maps = maps;
        this.revisions = revisions;
        this.advertised = List.copyOf(advertised);
    }

    /**
     * The state at a time.
     *
     * @throws IllegalArgumentException when the time is not within reach, or what it needs is no longer here
     */
    DirectorState at(Instant time) {
        var now = history.now();
        if (time.isAfter(now) || time.isBefore(now.minus(History.REACH))) {
            throw new IllegalArgumentException(
                    "at: " + time + " (expected: " + now.minus(History.REACH) + " to " + now + ")");
        }
        try {
            var then = history.at(time)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "at: " + time + ": nothing is recorded from then (the director was started later)"));
            var revision = revisions.kept(then.id());
            return DirectorState.of(revision, advertised, map(then, revision), then.health());
        } catch (IOException e) {
            throw new IllegalArgumentException("at: " + time + ": " + e.getMessage(), e);
        }
    }

    private MapInUse map(Observed then, VerifiedRevision revision) throws IOException {
        if (then.own()) {
            var own = maps.own().map(regions(revision));
            if (!own.version().equals(then.map())) {
                throw new IOException("the director's own location table was another one: " + then.map());
            }
            return own;
        }
        return maps.read(then.map())
                .map(map -> new MapInUse(then.map(), map))
                .orElseThrow(() -> new IOException("latency map " + then.map() + " is no longer kept"));
    }

    /** A revision's regions in declared order, as maps want them. */
    static List<LatencyEstimator.Region> regions(VerifiedRevision revision) {
        return regions(RegionTable.of(revision.environment(), revision.regions().values())
                .all());
    }

    private static List<LatencyEstimator.Region> regions(Collection<RegionDocument> regions) {
        return regions.stream()
                .map(region -> new LatencyEstimator.Region(region.name(), region.location()))
                .toList();
    }
}
