package io.portolan.region;

import io.portolan.artifact.BlobStore;
import io.portolan.model.RegionName;
import io.portolan.model.document.Monitor;
import io.portolan.model.document.RegionDocument;
import io.portolan.observation.ProbeTarget;
import io.portolan.observation.Prober;
import io.portolan.planner.routing.BaseRanking;
import io.portolan.planner.routing.ProbeState;
import io.portolan.protocol.DarkCounters;
import io.portolan.protocol.EdgeWarmth;
import io.portolan.protocol.Json;
import io.portolan.protocol.SourceCounters;
import io.portolan.sync.ReplicaSettings;
import io.portolan.sync.VerifiedRevision;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What this node sees of other regions, for directors and for its own ranking of bases. Thread-safe.
 *
 * <p>A region is watched from the {@link #WATCHERS} regions next to it, so that what its nodes are asked does not grow with the
 * number of regions.
 */
@SuppressWarnings("FutureReturnValueIgnored") // ticks end with their timer, probes with their deadline
final class NodeObservations implements AutoCloseable {
    /** Regions that a region is watched from. */
    static final int WATCHERS = 6;

    private static final Logger LOG = LoggerFactory.getLogger(NodeObservations.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final double SMOOTHING = 0.2;

    private final ReplicaSettings settings;
    private final Monitor readiness;
    private final Supplier<Optional<ServingState>> states;
    private final LongSupplier answered;
    private final UserAnswers users;
    private final Supplier<List<SourceCounters>> sources;
    private final Supplier<DarkCounters> dark;
    private final JoiningRegions joining;
    private final CdnProbes cdns;
    private final EdgeWarming warming;
    private final Prober prober;
    private final ScheduledThreadPoolExecutor timer;
    private Optional<VerifiedRevision> followed = Optional.empty();
    private long lastAnswered;
    private long lastFromUsers;
    private volatile double requestsPerSecond;
    private volatile double userRequestsPerSecond;

    /**
     * @param pace     of its probes of other regions
     * @param answered how many requests this node has answered
     * @param users    those of them that users made
     * @param sources  what browsers told lately of CDNs
     * @param dark     what those told that asked none
     * @param blobs     what this node has on its disk
     * @param incidents of this node; {@code incidentsChanged} is told when one was opened or resolved
     */
    NodeObservations(
            ReplicaSettings settings,
            ObservationPace pace,
            Supplier<Optional<ServingState>> states,
            LongSupplier answered,
            UserAnswers users,
            Supplier<List<SourceCounters>> sources,
            Supplier<DarkCounters> dark,
            BlobStore blobs,
            Incidents incidents,
            Runnable incidentsChanged,
            InstantSource clock) {
        this.settings = settings;
        this.readiness = pace.monitor();
        this.states = states;
        this.answered = answered;
        this.users = users;
        this.sources = sources;
        this.dark = dark;
        this.warming = new EdgeWarming(states, blobs);
        this.joining = new JoiningRegions(settings.region(), states);
        this.prober = new Prober(clock, Map.of(), new Prober.Listener() {
            @Override
            public void probed(String target, ProbeState.Result result) {}

            @Override
            public void changed() {}
        });
        this.cdns =
                new CdnProbes(settings.region().value(), states, prober::stalled, incidents, incidentsChanged, clock);
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("node-observations").factory());
    }

    void start() {
        joining.start();
        timer.scheduleAtFixedRate(this::look, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            long now = answered.getAsLong();
            double before = requestsPerSecond;
            requestsPerSecond = before + SMOOTHING * ((now - lastAnswered) / (double) LOOK.toSeconds() - before);
            lastAnswered = now;
            long fromUsers = users.total();
            cdns.look();
            warming.look();
            userRequestsPerSecond +=
                    SMOOTHING * ((fromUsers - lastFromUsers) / (double) LOOK.toSeconds() - userRequestsPerSecond);
            lastFromUsers = fromUsers;
            var revision = states.get().map(ServingState::revision);
            if (!revision.equals(followed)) {
                revision.ifPresent(present -> prober.watch(targets(settings.region(), present, readiness)));
                followed = revision;
            }
        } catch (RuntimeException e) {
            LOG.error("looking for regions to watch failed", e);
        }
    }

    /** Regions that a node of one region watches. */
    static Map<String, ProbeTarget> targets(RegionName own, VerifiedRevision revision, Monitor readiness) {
        var targets = new TreeMap<String, ProbeTarget>();
        revision.regions().forEach((name, region) -> {
            if (!name.equals(own) && watchers(region, revision).contains(own)) {
                targets.put(
                        name.value(),
                        new ProbeTarget(
                                name.value(),
                                region.probeUrls().stream().map(URI::create).toList(),
                                readiness,
                                "ready"));
            }
        });
        return targets;
    }

    private static List<RegionName> watchers(RegionDocument watched, VerifiedRevision revision) {
        var others = new ArrayList<>(revision.regions().values());
        others.removeIf(other -> other.name().equals(watched.name()));
        others.sort(Comparator.comparingDouble(
                        (RegionDocument other) -> other.location().distanceKm(watched.location()))
                .thenComparing(RegionDocument::name));
        return others.stream().limit(WATCHERS).map(RegionDocument::name).toList();
    }

    /** A browser says that a CDN gave a file wrongly. */
    void suspect(String cdn, String path, String session) {
        cdns.suspect(cdn, path, session);
    }

    /** The table for others, as JSON. */
    byte[] table() {
        var table = Json.mapper()
                .<ObjectNode>valueToTree(prober.table(
                        settings.nodeId(),
                        "region",
                        settings.region().value(),
                        Math.round(requestsPerSecond * 10) / 10.0));
        // For the control plane; other readers pass over what they do not know.
        table.put("userRequestsPerSecond", Math.round(userRequestsPerSecond * 100) / 100.0);
        table.put("answered", users.total());
        table.put("failed", users.failed());
        table.set(SourceCounters.FIELD, Json.mapper().valueToTree(sources.get()));
        table.set(DarkCounters.FIELD, Json.mapper().valueToTree(dark.get()));
        table.set("joining", Json.mapper().valueToTree(joining.seen()));
        table.set(EdgeWarmth.FIELD, Json.mapper().valueToTree(warming.seen()));
        table.set("cdns", Json.mapper().valueToTree(cdns.seen()));
        return Json.bytes(table);
    }

    /** What {@code /-/bases/R} answers. */
    private record Bases(
            String route,
            String extension,
            String revision,
            List<BaseRanking.Base> bases,
            @Nullable Boolean alias) {}

    /**
     * The ranking of an extension's bases, as JSON.
     *
     * @param alias a name of a version, of which is said whether there is a page under it; empty text for none
     */
    byte[] bases(ServingState state, ServedExtension extension, String alias) {
        var document = extension.document();
        var ranked = BaseRanking.rank(
                state.region(), document, state.revision().regions().values(), prober.seen());
        return Json.bytes(new Bases(
                document.route().value(),
                document.name().value(),
                state.revision().id().toString(),
                ranked,
                alias.isEmpty()
                        ? null
                        : extension
                                .alias(alias)
                                .filter(choice -> !choice.version().isRevoked())
                                .isPresent()));
    }

    @Override
    public void close() {
        timer.shutdownNow();
        joining.close();
        cdns.close();
        warming.close();
        prober.close();
    }
}
