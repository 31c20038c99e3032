package io.portolan.director;

import io.portolan.model.RegionName;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Monitor;
import io.portolan.model.document.Profile;
import io.portolan.observation.Neighbours;
import io.portolan.observation.ProbeTarget;
import io.portolan.observation.Prober;
import io.portolan.planner.routing.EndpointHealth;
import io.portolan.planner.routing.HealthView;
import io.portolan.planner.routing.ObserverReport;
import io.portolan.planner.routing.ProbeState;
import io.portolan.planner.routing.Quorum;
import io.portolan.planner.routing.Spill;
import io.portolan.protocol.ObservationTable;
import io.portolan.sync.VerifiedRevision;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Health of all endpoints, from this director's probes and what other observers say. Thread-safe.
 *
 * <p>Needs no control plane. What it judged lies on disk, so that a restart neither takes regions away nor brings dead ones back.
 */
@SuppressWarnings("FutureReturnValueIgnored") // ticks end with their timer, probes with their deadline
final class RegionHealth implements AutoCloseable {
    /** What the body of a node's {@code /readyz} says. */
    private static final String READY = "ready";

    /** Most endpoints outside that are probed; further ones are served unprobed. */
    private static final int MAX_EXTERNALS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(RegionHealth.class);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration NEIGHBOUR_INTERVAL = Duration.ofSeconds(2);
    private static final Duration LEAST_LIFE = Duration.ofSeconds(10);
    private final String name;
    private final DirectorSettings settings;
    private final Consumer<HealthView> judged;
    private final InstantSource clock;
    private final HealthFile file;
    private final Prober prober;
    private final Neighbours neighbours;
    private final ScheduledExecutorService timer;
    private final Duration life;
    private Map<String, EndpointHealth> health;
    private Map<RegionName, Integer> shares = Map.of();
    private List<Spill.Load> capacities = List.of();
    private volatile Quorum.Judgement last = new Quorum.Judgement(Map.of(), Set.of(), Map.of(), false, Set.of());

    /** @param judged is told what holds from now on; one call at a time */
    RegionHealth(DirectorSettings settings, Consumer<HealthView> judged, InstantSource clock, Counters counters) {
        this.name = settings.replica().nodeId();
        this.settings = settings;
        this.judged = judged;
        this.clock = clock;
        this.file = new HealthFile(settings.replica().folder().resolve("health.json"));
        this.health = file.read(clock.instant());
        var interval = settings.probes().interval();
        var every = interval.compareTo(NEIGHBOUR_INTERVAL) < 0 ? interval : NEIGHBOUR_INTERVAL;
        var three = interval.multipliedBy(3);
        this.life = three.compareTo(LEAST_LIFE) > 0 ? three : LEAST_LIFE;
        this.neighbours = new Neighbours(every, clock, this::judge);
        this.prober = new Prober(clock, health, new Prober.Listener() {
            @Override
            public void probed(String target, ProbeState.Result result) {
                counters.count("portolan_director_probes_total{region=\"" + target + "\",result=\""
                        + result.name().toLowerCase(java.util.Locale.ROOT) + "\"}");
            }

            @Override
            public void changed() {
                judge();
            }
        });
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("health-timer").factory());
        judged.accept(view());
        timer.scheduleAtFixedRate(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            judge();
        } catch (RuntimeException e) {
            LOG.error("judging health failed", e);
        }
    }

    /** Watches what a revision names. */
    void follow(VerifiedRevision revision) {
        var targets = new TreeMap<String, ProbeTarget>();
        var bases = new HashSet<URI>(settings.peers());
        settings.replica().controls().forEach(control -> bases.add(acknowledgements(control)));
        var loads = new ArrayList<Spill.Load>();
        var readiness = settings.probes().monitor();
        revision.regions().forEach((region, document) -> {
            var urls = document.probeUrls().stream().map(URI::create).toList();
            targets.put(region.value(), new ProbeTarget(region.value(), urls, readiness, READY));
            bases.addAll(urls);
            loads.add(new Spill.Load(
                    region, Double.NaN, document.capacity() * Math.max(1, settings.requestsPerCapacity())));
        });
        var externals = new TreeMap<String, ProbeTarget>();
        revision.extensions().values().forEach(extension -> {
            externals(extension.profile(), externals);
            extension.replaced().forEach(replaced -> externals(replaced.profile(), externals));
        });
        externals.values().stream().limit(MAX_EXTERNALS).forEach(target -> targets.putIfAbsent(target.name(), target));
        synchronized (this) {
            capacities = List.copyOf(loads);
        }
        prober.watch(targets);
        neighbours.read(bases);
    }

    /** Where a control plane tells which regions' nodes it hears of. */
    private URI acknowledgements(URI control) {
        var base = control.toString();
        return URI.create((base.endsWith("/") ? base : base + "/") + "v1/environments/"
                + settings.replica().environment());
    }

    private static void externals(Profile profile, Map<String, ProbeTarget> targets) {
        for (var endpoint : profile.endpoints()) {
            boolean probed = endpoint.mode() == Endpoint.Mode.ENABLED;
            switch (endpoint.target()) {
                case Endpoint.InRegion in -> {}
                case Endpoint.Nested nested -> externals(nested.profile(), targets);
                case Endpoint.Address at -> {
                    if (probed) {
                        var host = at.address().indexOf(':') >= 0 ? "[" + at.address() + "]" : at.address();
                        targets.putIfAbsent(
                                at.address(),
                                external(at.address(), host, profile.settings().monitor()));
                    }
                }
                case Endpoint.Host host -> {
                    if (probed) {
                        targets.putIfAbsent(
                                host.host(),
                                external(
                                        host.host(),
                                        host.host(),
                                        profile.settings().monitor()));
                    }
                }
            }
        }
    }

    private static ProbeTarget external(String name, String host, Monitor monitor) {
        var scheme =
                switch (monitor.protocol()) {
                    case HTTP -> "http";
                    case HTTPS -> "https";
                    case TCP -> "tcp";
                };
        return new ProbeTarget(name, List.of(URI.create(scheme + "://" + host)), monitor, "");
    }

    /** What this director sees, for others to read. */
    ObservationTable table() {
        return prober.table(name, "director", name, 0);
    }

    private synchronized void judge() {
        var reports = new ArrayList<ObserverReport>(neighbours.reports());
        reports.removeIf(report -> report.observer().equals(name));
        ControlWitness.dismissUnfit(reports, life);
        reports.add(Neighbours.report(table(), Duration.ZERO));
        var places = new TreeSet<String>();
        reports.forEach(report -> places.add(report.place()));
        var judgement = Quorum.judge(reports, places, life, health);
        last = judgement;
        var watched = prober.seen().keySet();
        var next = new TreeMap<>(judgement.health());
        if (!watched.isEmpty()) { // before the first revision nothing is forgotten
            next.keySet().retainAll(watched);
        }
        if (!next.equals(health)) {
            health = next;
            file.write(health, clock.instant());
        }
        spill();
        judged.accept(view());
    }

    private void spill() {
        if (settings.requestsPerCapacity() <= 0) {
            return;
        }
        var loads = new HashMap<String, Double>();
        neighbours.heard().stream()
                .filter(heard -> heard.table().kind().equals("region"))
                .filter(heard -> Duration.between(heard.at(), clock.instant()).compareTo(life) < 0)
                .forEach(heard ->
                        loads.merge(heard.table().place(), heard.table().requestsPerSecond(), Double::sum));
        var known = capacities.stream()
                .filter(region -> health.get(region.region().value()) != EndpointHealth.DEGRADED)
                .map(region -> new Spill.Load(
                        region.region(), loads.getOrDefault(region.region().value(), Double.NaN), region.capacity()))
                .toList();
        shares = Spill.shares(known, shares, Spill.Policy.STANDARD);
    }

    private HealthView view() {
        var regions = new HashMap<RegionName, EndpointHealth>();
        health.forEach((target, seen) -> {
            region(target).ifPresent(region -> regions.put(region, seen));
        });
        var spared = new TreeSet<RegionName>();
        last.spared().forEach(target -> region(target).ifPresent(spared::add));
        return new HealthView(regions, health, shares, Map.of()).spared(spared);
    }

    /** A region among targets: addresses and host names have dots or colons, regions have neither. */
    private static Optional<RegionName> region(String target) {
        return target.indexOf('.') < 0 && target.indexOf(':') < 0
                ? Optional.of(new RegionName(target))
                : Optional.empty();
    }

    /** Lines of {@code /metrics}. */
    String metrics() {
        return "portolan_director_quorate " + (last.quorate() ? 1 : 0) + "\nportolan_director_observers_counted "
                + last.counted().size() + "\nportolan_director_observers_excluded "
                + last.excluded().size() + "\nportolan_director_spared "
                + last.spared().size() + "\nportolan_director_stalled " + (prober.stalled() ? 1 : 0) + '\n';
    }

    @Override
    public void close() {
        timer.shutdownNow();
        neighbours.close();
        prober.close();
    }
}
