package io.portolan.kubernetes;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerKind;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.ControllerRuntime;
import io.portolan.runtime.ControllerStatus;
import io.portolan.runtime.OpenCalls;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs controllers as workloads of a Kubernetes cluster. Thread-safe.
 *
 * <p>Of each controller of each version there are a Deployment, a Service, a NetworkPolicy, a PodDisruptionBudget and, where replicas may
 * be scaled, a HorizontalPodAutoscaler. They outlive this node: the next one finds them by their labels and goes on. One thread compares
 * what is wanted with what the watches know, after each change and every second, and asks for the difference. What nobody wants any more
 * is deleted only when it was just listed, carries our labels and names, is none of a list of wanted ones that is not empty, and no node
 * of the region has a claim on it.
 */
public final class KubernetesRuntime implements ControllerRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(KubernetesRuntime.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration LOOK_AT_CALLS_EVERY = Duration.ofMillis(100);
    /** Changes come in bursts: a look is for all of one. */
    private static final Duration BURST = Duration.ofMillis(20);

    private final Region region;
    private final ReentrantLock lock = new ReentrantLock();
    private final Semaphore signal = new Semaphore(0);
    private final Thread thread;

    @GuardedBy("lock")
    private final Map<ControllerId, KubernetesController> controllers = new HashMap<>();

    private volatile Map<ControllerId, ControllerStatus> states = Map.of();
    private volatile Runnable told = () -> {};
    private volatile Set<ControllerId> kept = Set.of();
    private volatile boolean keptChanged;
    private volatile boolean closed;

    /** The looking thread's. */
    private Instant pruneAt = Instant.MIN;

    KubernetesRuntime(
            KubernetesApi api, Scope scope, KubernetesSettings settings, OpenCalls calls, InstantSource clock) {
        this.region = new Region(
                api,
                new Watched(api, scope, settings.timings().resync(), signal::release),
                new KubernetesSecrets(api, settings.timings().secretsEvery(), clock),
                scope,
                settings,
                calls,
                clock);
        this.thread = Threads.start("controllers-kubernetes", this::run);
    }

    /**
     * Opens the runtime; a cluster that is not reached is tried again and again.
     *
     * @param environment the node's environment
     * @param regionName  the node's region: its nodes share what runs
     * @param node        the node's own name
     * @param calls       who knows of calls in progress
     */
    public static KubernetesRuntime open(
            KubernetesSettings settings,
            String environment,
            String regionName,
            String node,
            OpenCalls calls,
            InstantSource clock) {
        return new KubernetesRuntime(
                KubernetesApi.open(settings), new Scope(environment, regionName, node), settings, calls, clock);
    }

    @Override
    public boolean takes(ControllerKind kind) {
        return kind == ControllerKind.CONTAINER;
    }

    @Override
    public void ensure(ControllerInstance wanted) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            controllers
                    .computeIfAbsent(wanted.id(), id -> new KubernetesController(wanted, region))
                    .ensure(wanted);
        } finally {
            lock.unlock();
        }
        publish();
        signal.release();
    }

    @Override
    public void stop(ControllerId id) {
        lock.lock();
        try {
            var controller = controllers.get(id);
            if (controller == null) {
                return;
            }
            controller.stop();
        } finally {
            lock.unlock();
        }
        publish();
        signal.release();
    }

    @Override
    public void keepOnly(Set<ControllerId> wanted) {
        kept = Set.copyOf(wanted);
        keptChanged = true;
        signal.release();
    }

    @Override
    public Map<ControllerId, ControllerStatus> states() {
        return states;
    }

    /** Where what pods wrote is read: the cluster keeps it, and this node's account may not. */
    @Override
    public String log(ControllerId id, int mostBytes) {
        return states.containsKey(id)
                ? "The cluster keeps what the pods wrote: kubectl -n "
                        + region.settings().namespace()
                        + " logs --prefix --tail=200 -l " + Scope.CONTROLLER + "="
                        + region.scope().key(id) + "\n"
                : "";
    }

    @Override
    public void whenChanged(Runnable whom) {
        told = whom;
    }

    /** Lets go: what runs in the cluster goes on, and the next node finds it. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            controllers.clear();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        region.watched().close();
        region.api().close();
        states = Map.of();
    }

    private List<KubernetesController> all() {
        lock.lock();
        try {
            return List.copyOf(controllers.values());
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (!closed) {
                signal.drainPermits();
                boolean draining = false;
                for (var controller : all()) {
                    lookAt(controller);
                    draining |= controller.isDraining();
                }
                prune();
                publish();
                TimeUnit.NANOSECONDS.sleep(BURST.toNanos());
                var pause = draining ? LOOK_AT_CALLS_EVERY : LOOK_EVERY;
                var unused = signal.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookAt(KubernetesController controller) {
        try {
            if (controller.look()) {
                forget(controller);
            }
        } catch (RuntimeException e) {
            // A fault of ours in one must not end the keeping of all others.
            if (!closed) {
                LOG.error("controller={} cannot be compared with what is wanted", controller.id(), e);
            }
        }
    }

    /** Unless it was asked for again in the meantime. */
    private void forget(KubernetesController controller) {
        lock.lock();
        try {
            if (controller.isToEnd()) {
                controllers.remove(controller.id(), controller);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Deletes what earlier nodes left and nobody wants. */
    private void prune() {
        var now = region.clock().instant();
        var wanted = kept;
        if (wanted.isEmpty() || (!keptChanged && now.isBefore(pruneAt))) {
            return;
        }
        keptChanged = false;
        pruneAt = now.plus(region.settings().timings().resync());
        try {
            for (var deployment :
                    region.api().list(Deployment.class, region.scope().labels())) {
                var id = idOf(deployment);
                if (id.isPresent()
                        && !wanted.contains(id.get())
                        && !isKnown(id.get())
                        && !Claims.byAnybody(
                                deployment, now, region.settings().timings().claim())) {
                    LOG.info("controller={} is wanted by nobody and is deleted", id.get());
                    KubernetesController.delete(
                            region.api(), deployment.getMetadata().getName());
                }
            }
        } catch (KubernetesClientException e) {
            // A list that failed says nothing.
            LOG.warn("what nobody wants cannot be looked for: {}", e.toString());
        }
    }

    private boolean isKnown(ControllerId id) {
        lock.lock();
        try {
            return controllers.containsKey(id);
        } finally {
            lock.unlock();
        }
    }

    /** The controller whose deployment this is; empty for one that says so and has not the name that we give. */
    private Optional<ControllerId> idOf(Deployment deployment) {
        var metadata = deployment.getMetadata();
        var annotations = metadata.getAnnotations();
        if (annotations == null) {
            return Optional.empty();
        }
        try {
            var id = new ControllerId(
                    new ExtensionName(annotations.getOrDefault(Scope.EXTENSION, "")),
                    new VersionLabel(annotations.getOrDefault(Scope.VERSION, "")),
                    annotations.getOrDefault(Scope.NAME, ""));
            return region.scope().name(id).equals(metadata.getName()) ? Optional.of(id) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Puts in place how everything is, and tells whoever asked when something is another way. */
    private void publish() {
        boolean changed;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            var next = new TreeMap<ControllerId, ControllerStatus>();
            controllers.forEach((id, controller) -> next.put(id, controller.status()));
            changed = !next.equals(states);
            if (changed) {
                states = Collections.unmodifiableMap(next);
            }
        } finally {
            lock.unlock();
        }
        if (changed) {
            told.run();
        }
    }
}
