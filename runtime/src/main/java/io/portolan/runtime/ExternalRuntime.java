package io.portolan.runtime;

import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerProtocol;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.ControllerTls;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches controllers that somebody else deploys: an endpoint is a replica while its health check is good and, where it reports a
 * version, that is the one of the pages. Nothing is started or ended. Thread-safe.
 *
 * <p>Certificates of its {@code tls} are looked at again before each check. New ones are tried by a check of their own, and taken when it
 * is good: then the replica is another one, so that no connection of the old certificate gets another call.
 */
public final class ExternalRuntime implements ControllerRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(ExternalRuntime.class);

    private final String region;
    private final Secrets secrets;
    private final InstantSource clock;
    private final HealthProbe plain = new HealthProbe();
    private final ConcurrentHashMap<ControllerId, Watch> watches = new ConcurrentHashMap<>();
    private final AtomicLong found = new AtomicLong();
    private final Object publishing = new Object();
    private volatile Map<ControllerId, ControllerStatus> states = Map.of();
    private volatile Runnable told = () -> {};

    /** {@code secrets}: what controllers' {@code tls} refers to. */
    public ExternalRuntime(String region, Secrets secrets, InstantSource clock) {
        this.region = region;
        this.secrets = secrets;
        this.clock = clock;
    }

    @Override
    public boolean takes(ControllerKind kind) {
        return kind == ControllerKind.EXTERNAL;
    }

    @Override
    public void ensure(ControllerInstance wanted) {
        watches.compute(wanted.id(), (id, watching) -> {
            if (watching != null) {
                if (watching.instance.equals(wanted)) {
                    return watching;
                }
                watching.end();
            }
            var next = new Watch(wanted);
            next.begin();
            return next;
        });
    }

    @Override
    public void stop(ControllerId id) {
        var watching = watches.remove(id);
        if (watching != null) {
            watching.end();
            publish(watching, null);
        }
    }

    @Override
    public Map<ControllerId, ControllerStatus> states() {
        return states;
    }

    @Override
    public void whenChanged(Runnable whom) {
        told = whom;
    }

    @Override
    public void close() {
        List.copyOf(watches.keySet()).forEach(this::stop);
        plain.close();
    }

    private void publish(Watch watch, @Nullable ControllerStatus status) {
        var id = watch.instance.id();
        synchronized (publishing) {
            if (status != null && watch.over) {
                return;
            }
            var next = new TreeMap<>(states);
            if (status == null) {
                next.remove(id);
            } else {
                next.put(id, status);
            }
            states = Collections.unmodifiableMap(next);
        }
        told.run();
    }

    /** Looks at one endpoint until it is ended. */
    private final class Watch {
        private final ControllerInstance instance;
        private volatile boolean over;
        private volatile @Nullable Thread thread;
        private ControllerState state = ControllerState.STARTING;
        private Instant since = clock.instant();
        private List<Replica> ready = List.of();
        private String reason = "";
        private boolean everReady;
        private BackendTls tls = BackendTls.STANDARD;
        private HealthProbe probe = plain;
        /** Why there are no certificates to begin with, empty text where there are, or none are needed. */
        private String unusable = "";

        private String refusedFor = "";

        Watch(ControllerInstance instance) {
            this.instance = instance;
        }

        void begin() {
            var endpoint = instance.spec().endpoint(region);
            if (endpoint.isEmpty()) {
                become(ControllerState.NOT_PLACED, List.of(), "no endpoint is declared for this region");
                return;
            }
            become(ControllerState.STARTING, List.of(), "");
            thread = Threads.start("controller-external", () -> run(endpoint.get()));
        }

        void end() {
            over = true;
            var running = thread;
            if (running != null) {
                running.interrupt();
            }
        }

        private void run(String endpoint) {
            var base = endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
            int bad = 0;
            try {
                while (!over) {
                    renew(base);
                    var problem = unusable.isEmpty() ? problem(base, probe) : unusable;
                    if (problem.isEmpty()) {
                        bad = 0;
                        if (ready.isEmpty() || ready.get(0).security() != tls) {
                            everReady = true;
                            become(ControllerState.READY, List.of(replica(URI.create(base))), "");
                        }
                    } else if (ready.isEmpty()
                            || ++bad >= instance.spec().health().failures()) {
                        become(everReady ? ControllerState.UNHEALTHY : ControllerState.STARTING, List.of(), problem);
                    }
                    TimeUnit.NANOSECONDS.sleep(instance.spec().health().every().toNanos());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                if (probe != plain) {
                    probe.close();
                }
            }
        }

        /** Looks at the secrets again, and uses others from now on where there are others that do. */
        private void renew(String base) throws InterruptedException {
            var declared = instance.spec().tls();
            if (declared.equals(ControllerTls.NONE)) {
                return;
            }
            try {
                var next = BackendTls.of(declared, instance.id().extension(), secrets, tls);
                if (next == tls) {
                    refusedFor = "";
                    return;
                }
                boolean http2 = instance.spec().protocol() == ControllerProtocol.HTTP2;
                var trying = new HealthProbe(next, http2 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
                // The first ones are used whatever comes of it: there is nothing better.
                var problem = probe == plain ? "" : problem(base, trying);
                if (!problem.isEmpty()) {
                    trying.close();
                    refuse(problem);
                    return;
                }
                if (probe != plain) {
                    probe.close();
                    LOG.info("controller={} certificates were changed", instance.id());
                }
                tls = next;
                probe = trying;
                unusable = "";
            } catch (BackendTls.Unusable e) {
                if (probe == plain) {
                    unusable = String.valueOf(e.getMessage());
                } else {
                    refuse(String.valueOf(e.getMessage()));
                }
            }
        }

        private void refuse(String problem) {
            if (!problem.equals(refusedFor)) {
                refusedFor = problem;
                LOG.warn("controller={} new certificates refused, the last ones stay: {}", instance.id(), problem);
            }
        }

        /** Why the endpoint takes no calls, empty text when it does. */
        private String problem(String base, HealthProbe probe) throws InterruptedException {
            var check = instance.spec().health();
            var health = probe.ask(URI.create(base + check.path()), check.timeout());
            var versionPath = instance.spec().versionPath();
            if (!health.isGood() || versionPath.isEmpty()) {
                return health.problem();
            }
            var report = probe.ask(URI.create(base + versionPath), check.timeout());
            if (!report.isGood()) {
                return report.problem();
            }
            var version = instance.id().version().value();
            return reports(report.body().strip(), version)
                    ? ""
                    : "another version is deployed there (expected: " + version + ")";
        }

        private Replica replica(URI base) {
            boolean secure = "https".equals(base.getScheme());
            int port = base.getPort() >= 0 ? base.getPort() : secure ? 443 : 80;
            var id = instance.id();
            return new Replica(
                    id.extension() + "/" + id.version() + "/" + id.name() + "/external-" + found.incrementAndGet(),
                    InetSocketAddress.createUnresolved(base.getHost(), port),
                    secure,
                    base.getRawPath() == null ? "" : base.getRawPath(),
                    clock.instant(),
                    tls);
        }

        private void become(ControllerState next, List<Replica> replicas, String why) {
            if (next == state && replicas.equals(ready) && why.equals(reason) && states.containsKey(instance.id())) {
                return;
            }
            if (next != state) {
                since = clock.instant();
            }
            state = next;
            ready = replicas;
            reason = why;
            publish(
                    this,
                    new ControllerStatus(
                            instance.id(),
                            instance.spec(),
                            next,
                            next == ControllerState.NOT_PLACED ? 0 : 1,
                            replicas,
                            0,
                            why,
                            since));
        }
    }

    /** Whether a report is that version: as plain text, or as {@code "version"} of a JSON object. */
    private static boolean reports(String body, String version) {
        return body.equals(version)
                || Pattern.compile("\"version\"\\s*:\\s*\"" + Pattern.quote(version) + "\"")
                        .matcher(body)
                        .find();
    }
}
