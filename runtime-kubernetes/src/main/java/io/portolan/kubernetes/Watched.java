package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster has of ours, followed by one list and one watch a kind. Thread-safe; looks ask no server. What calls depend on, pods
 * and deployments, is compared with a list from time to time, on a thread of its own: a server that does not answer holds nobody up.
 */
final class Watched implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watched.class);

    private final Map<Class<? extends HasMetadata>, Followed<? extends HasMetadata>> objects = new LinkedHashMap<>();
    private final Followed<Pod> pods;
    private final Thread checking;

    /**
     * Begins to follow.
     *
     * @param checkEvery from one comparison with a list to the next
     * @param changed    called after each change, by threads of the client
     */
    Watched(KubernetesApi api, Scope scope, Duration checkEvery, Runnable changed) {
        for (var kind : KubernetesApi.KINDS) {
            objects.put(kind, new Followed<>(api, kind, scope, changed));
        }
        pods = new Followed<>(api, Pod.class, scope, changed);
        objects.values().forEach(Followed::begin);
        pods.begin();
        checking = Threads.start("controllers-kubernetes-check", () -> check(checkEvery));
    }

    private void check(Duration every) {
        try {
            while (true) {
                TimeUnit.NANOSECONDS.sleep(every.toNanos());
                try {
                    pods.check();
                    followed(Deployment.class).ifPresent(Followed::check);
                } catch (KubernetesClientException e) {
                    LOG.debug("cannot be compared with a list", e);
                } catch (RuntimeException e) {
                    // Whatever it is, the next comparison is to be made: a silent watch would never be noticed.
                    LOG.warn("cannot be compared with a list", e);
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Followed<? extends HasMetadata>> followed(Class<? extends HasMetadata> kind) {
        return Optional.ofNullable(objects.get(kind));
    }

    /** Whether everything was listed once: before that, what is not found here may be there all the same. */
    boolean isComplete() {
        return pods.isComplete() && objects.values().stream().allMatch(Followed::isComplete);
    }

    /** The object of a kind of a controller, by the controller's hash. */
    Optional<HasMetadata> object(Class<? extends HasMetadata> kind, String controller) {
        return followed(kind).flatMap(followed -> followed.of(controller).stream()
                .<HasMetadata>map(object -> object)
                .findFirst());
    }

    /** The deployment of a controller. */
    Optional<Deployment> deployment(String controller) {
        return object(Deployment.class, controller).map(Deployment.class::cast);
    }

    /** The pods of a controller, those that end among them. */
    List<Pod> pods(String controller) {
        return pods.of(controller);
    }

    @Override
    public void close() {
        checking.interrupt();
        try {
            checking.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        objects.values().forEach(Followed::close);
        pods.close();
    }
}
