package io.portolan.region;

import io.portolan.artifact.ServedManifest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import io.portolan.protocol.ControllerReport;
import io.portolan.region.ControllerReports.Offer;
import io.portolan.region.ControllerReports.Stay;
import io.portolan.region.ControllerWants.Key;
import io.portolan.region.ControllerWants.Known;
import io.portolan.region.ControllerWants.Want;
import io.portolan.runtime.ControllerDirectory;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.ControllerRuntime;
import io.portolan.runtime.ControllerStatus;
import io.portolan.runtime.VersionUse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the controllers of this region's versions running as its revision and its users want it, and says where they are. Thread-safe.
 *
 * <p>One thread compares what is wanted with what runs: when a state was put in place, when a version is used that does not run, and
 * every second for those whose time is over. {@link ControllerWants} says what is wanted by the revision; beside that, a version stays
 * as long as it is used, and for its drain time after its last use, also when the revision names it no more.
 */
final class HostedControllers implements ControllerDirectory, VersionUse, RevisionApplier.Controllers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostedControllers.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    /** What is answered with such a status or a higher one is no use. */
    private static final int FAULTS = 400;
    /** Of a replica's log, what people are shown. */
    private static final int LOG_BYTES = 64 << 10;

    private final RegionName region;
    private final ControllerRuntime runtime;
    private final Supplier<Optional<ServingState>> state;
    private final ControllerInstances instances;
    private final VersionUses uses;
    private final InstantSource clock;
    private final Duration readyWait;
    private final Runnable statusChanged;
    private final ControllerReports reports;
    private final Semaphore signal = new Semaphore(0);

    /** The looking thread's. */
    private final Map<Key, Hosted> hosted = new HashMap<>();

    /** The state that was looked at last; the looking thread's. */
    private @Nullable ServingState looked;

    private volatile Map<Key, List<Service>> services = Map.of();
    private volatile Map<Key, Offer> offers = Map.of();
    private volatile @Nullable Instant firstLookAt;
    private volatile boolean settled;
    private volatile @Nullable Thread thread;
    private volatile boolean closed;

    /** A version whose controllers run, or could. */
    private static final class Hosted {
        final ServedManifest manifest;
        final Duration drain;
        Want want = Want.ON_USE;
        /** Whether its controllers are asked for. */
        boolean runs;

        /** Whether the revision still lets it run. */
        boolean named = true;

        /** Made when they are asked for first. */
        @Nullable
        List<ControllerInstance> instances;

        Hosted(ServedManifest manifest) {
            this.manifest = manifest;
            this.drain = manifest.controllers().stream()
                    .map(ControllerSpec::drain)
                    .max(Comparator.naturalOrder())
                    .orElse(Duration.ZERO);
        }
    }

    HostedControllers(
            RegionName region,
            ControllerRuntime runtime,
            Supplier<Optional<ServingState>> state,
            NodeBlobs blobs,
            Duration readyWait,
            Runnable statusChanged,
            InstantSource clock) {
        this.region = region;
        this.runtime = runtime;
        this.state = state;
        this.instances = new ControllerInstances(region, blobs);
        this.uses = new VersionUses(clock);
        this.reports = new ControllerReports(region);
        this.readyWait = readyWait;
        this.statusChanged = statusChanged;
        this.clock = clock;
    }

    /** Who counts the calls of controllers; once, before the start. */
    void counting(ControllerReports.Counts whoCounts) {
        reports.counting(whoCounts);
    }

    /** Begins; once. */
    void start() {
        runtime.whenChanged(this::runtimeChanged);
        thread = Threads.start("region-controllers", this::run);
    }

    @Override
    public void stateChanged() {
        signal.release();
    }

    @Override
    public List<Service> of(ExtensionName extension, VersionLabel version) {
        return services.getOrDefault(new Key(extension, version), List.of());
    }

    @Override
    public void used(ExtensionName extension, VersionLabel version) {
        used(extension.value(), version.value());
    }

    /** An answer was sent: a page or an asset of a version is a use of it. */
    void answered(AnswerFacts answer) {
        if (answer.status() < FAULTS && !answer.version().isEmpty()) {
            used(answer.extension(), answer.version());
        }
    }

    private void used(String extension, String version) {
        if (uses.used(extension, version)) {
            signal.release();
        }
    }

    /**
     * Whether the controllers of what is served by default got ready once, or had their time to: a node that starts waits for them before
     * it takes users, and one broken controller does not keep it from all of them.
     */
    boolean isReady() {
        if (!settled) {
            var first = firstLookAt;
            settled = first != null
                    && (clock.instant().isAfter(first.plus(readyWait))
                            || offers.entrySet().stream()
                                    .filter(entry -> entry.getValue().atOnce())
                                    .allMatch(entry -> isSettled(entry.getKey())));
        }
        return settled;
    }

    private boolean isSettled(Key key) {
        return services.getOrDefault(key, List.of()).stream()
                .allMatch(service -> service.state().isSettled() || service.state() == ControllerState.REFUSED);
    }

    /** What the status says of controllers that run, or are to. */
    @Override
    public List<ControllerReport> reports() {
        return reports.of(
                runtime.states(), offers, Optional.ofNullable(firstLookAt).orElse(Instant.EPOCH));
    }

    private void runtimeChanged() {
        publish();
        statusChanged.run();
    }

    private void run() {
        try {
            while (!closed) {
                signal.drainPermits();
                try {
                    look();
                } catch (RuntimeException e) {
                    LOG.error("controllers cannot be compared with what is wanted", e);
                }
                var unused = signal.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /** Compares what is wanted with what runs, and asks for the difference. */
    private void look() {
        var now = state.get().orElse(null);
        if (now == null) {
            return;
        }
        boolean changed = now != looked;
        if (changed) {
            learn(now);
            looked = now;
        }
        for (var entry : List.copyOf(hosted.entrySet())) {
            changed |= lookAtOne(entry.getKey(), entry.getValue(), now);
        }
        if (firstLookAt == null) {
            firstLookAt = clock.instant();
        }
        if (changed) {
            remember();
            publish();
            runtime.keepOnly(wanted());
            statusChanged.run();
        }
    }

    /** All that are to run here now, whether they could be asked for already or not. */
    private Set<ControllerId> wanted() {
        var ids = new HashSet<ControllerId>();
        hosted.forEach((key, version) -> {
            if (version.runs || version.want == Want.AT_ONCE) {
                version.manifest.controllers().stream()
                        .filter(spec -> spec.placement().includes(region))
                        .forEach(spec -> ids.add(ControllerInstances.id(key, spec)));
            }
        });
        return ids;
    }

    /** Takes over what the revision says now. */
    private void learn(ServingState now) {
        var wants = ControllerWants.of(now);
        var added = new HashSet<Key>();
        wants.forEach((key, known) -> {
            var before = hosted.get(key);
            if (before == null
                    || !before.manifest.identity().equals(known.manifest().identity())) {
                hosted.put(key, new Hosted(known.manifest()));
                added.add(key);
            }
            take(key, hosted.get(key), known);
        });
        hosted.forEach((key, version) -> {
            version.named = wants.containsKey(key);
            if (!version.named) {
                leave(key, version);
            }
        });
        if (!added.isEmpty()) {
            remember();
        }
    }

    private void take(Key key, @Nullable Hosted version, Known known) {
        if (version == null) {
            return;
        }
        if (known.want() == Want.ON_USE) {
            leave(key, version);
        } else {
            version.want = Want.AT_ONCE;
        }
    }

    /** A version that is no longer wanted for itself stays for its drain time from now: pages of it are open. */
    private void leave(Key key, Hosted version) {
        if (version.want == Want.AT_ONCE) {
            version.want = Want.ON_USE;
            uses.used(key.extension().value(), key.version().value());
        }
    }

    /** A fault of ours in one version must not keep the others from being looked at. */
    private boolean lookAtOne(Key key, Hosted version, ServingState now) {
        try {
            return lookAt(key, version, now);
        } catch (RuntimeException e) {
            LOG.error("extension={} version={} controllers cannot be looked after", key.extension(), key.version(), e);
            return false;
        }
    }

    /** Starts or ends the controllers of one version; answers whether anything was asked for. */
    private boolean lookAt(Key key, Hosted version, ServingState now) {
        boolean revoked = !version.named
                && now.extension(key.extension())
                        .flatMap(extension -> extension.version(key.version()))
                        .filter(ServedVersion::isRevoked)
                        .isPresent();
        boolean wanted = !revoked && (version.want == Want.AT_ONCE || uses.isUsed(key, version.drain));
        if (wanted && !version.runs) {
            return begin(key, version, now);
        }
        if (!wanted && version.runs) {
            LOG.info("extension={} version={} controllers end", key.extension(), key.version());
            version.runs = false;
            version.manifest.controllers().forEach(spec -> runtime.stop(ControllerInstances.id(key, spec)));
            if (!version.named) {
                hosted.remove(key);
            }
            return true;
        }
        if (!wanted && !version.named) {
            hosted.remove(key);
            return true;
        }
        return false;
    }

    private boolean begin(Key key, Hosted version, ServingState now) {
        try {
            var wanted = version.instances == null ? instances.of(key, version.manifest, now) : version.instances;
            version.instances = wanted;
            LOG.info("extension={} version={} controllers start", key.extension(), key.version());
            wanted.forEach(runtime::ensure);
            // Not before: where one could not be asked for, the next look asks for all of them again.
            version.runs = true;
            return true;
        } catch (IOException e) {
            // Its configuration is being fetched again; the next look finds it.
            LOG.warn("extension={} version={} controllers wait: {}", key.extension(), key.version(), e.toString());
            return false;
        }
    }

    /** Puts in place what requests look at: which versions there are, and when each was used. */
    private void remember() {
        var nextOffers =
                new TreeMap<Key, Offer>(Comparator.comparing(Key::extension).thenComparing(Key::version));
        hosted.forEach((key, version) -> nextOffers.put(
                key,
                new Offer(version.manifest.controllers(), version.runs, version.want == Want.AT_ONCE, version.drain)));
        uses.know(hosted.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().runs)));
        offers = Map.copyOf(nextOffers);
    }

    /** Puts in place where calls go; by the looking thread and by those of runtimes. */
    private synchronized void publish() {
        var states = runtime.states();
        var next = new HashMap<Key, List<Service>>();
        offers.forEach((key, offer) -> next.put(
                key,
                offer.specs().stream()
                        .map(spec -> service(key, spec, offer, states.get(ControllerInstances.id(key, spec))))
                        .sorted(Comparator.comparing((Service service) ->
                                        service.spec().mount().length())
                                .reversed())
                        .toList()));
        services = Map.copyOf(next);
    }

    private Service service(Key key, ControllerSpec spec, Offer offer, @Nullable ControllerStatus status) {
        var id = ControllerInstances.id(key, spec);
        if (!spec.placement().includes(region)) {
            return new Service(id, spec, List.of(), ControllerState.NOT_PLACED);
        }
        if (status == null) {
            return new Service(id, spec, List.of(), offer.runs() ? ControllerState.STARTING : ControllerState.STOPPED);
        }
        return new Service(id, spec, status.ready(), status.state());
    }

    /** What the replicas of a controller wrote last; empty text where nothing is kept here. Blocks. */
    String log(ControllerId id) throws IOException {
        return runtime.log(id, LOG_BYTES);
    }

    /** Why the controllers of a version run, and until when. */
    Stay stay(ExtensionName extension, VersionLabel version) {
        var key = new Key(extension, version);
        var offer = offers.get(key);
        return offer == null ? Stay.NONE : Stay.of(offer, uses.last(key));
    }

    /** Where each controller's replicas are, for diagnostics. */
    Map<ControllerId, ControllerStatus> states() {
        return runtime.states();
    }

    /** Metrics of every controller that runs, or is to. */
    void write(StringBuilder text) {
        ControllerSeries.write(text, reports());
    }

    @Override
    public void close() {
        closed = true;
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
        runtime.close();
    }
}
