package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster has of ours, followed by one list and one watch a kind; goes on from where it was when a watch breaks. Thread-safe;
 * looks ask no server.
 */
final class Watched implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watched.class);
    private static final String BY_CONTROLLER = "controller";

    private final Map<Class<? extends HasMetadata>, SharedIndexInformer<? extends HasMetadata>> objects =
            new HashMap<>();
    private final SharedIndexInformer<Pod> pods;

    /**
     * Begins to follow.
     *
     * @param changed called after each change, by threads of the client
     */
    Watched(KubernetesApi api, Scope scope, Runnable changed) {
        for (var kind : KubernetesApi.KINDS) {
            objects.put(kind, follow(api, kind, scope, changed));
        }
        pods = follow(api, Pod.class, scope, changed);
        objects.values().forEach(Watched::begin);
        begin(pods);
    }

    private static <T extends HasMetadata> SharedIndexInformer<T> follow(
            KubernetesApi api, Class<T> kind, Scope scope, Runnable changed) {
        var informer = api.informer(kind, scope.labels());
        informer.removeNamespaceIndex();
        informer.addIndexers(Map.of(BY_CONTROLLER, object -> List.of(controllerOf(object))));
        informer.exceptionHandler((started, cause) -> {
            LOG.warn("kind={} cannot be followed, tried again: {}", kind.getSimpleName(), cause.toString());
            return true;
        });
        informer.addEventHandler(new Told<>(changed));
        return informer;
    }

    private static void begin(SharedIndexInformer<?> informer) {
        // It goes on trying; isComplete tells when it has come through.
        var unused = informer.start();
    }

    private static String controllerOf(HasMetadata object) {
        var labels = object.getMetadata().getLabels();
        return labels == null ? "" : labels.getOrDefault(Scope.CONTROLLER, "");
    }

    /** Whether everything was listed once: before that, what is not found here may be there all the same. */
    boolean isComplete() {
        return pods.hasSynced() && objects.values().stream().allMatch(SharedIndexInformer::hasSynced);
    }

    /** The object of a kind of a controller, by the controller's hash. */
    Optional<HasMetadata> object(Class<? extends HasMetadata> kind, String controller) {
        var informer = objects.get(kind);
        return informer == null
                ? Optional.empty()
                : informer.getIndexer().byIndex(BY_CONTROLLER, controller).stream()
                        .<HasMetadata>map(object -> object)
                        .findFirst();
    }

    /** The deployment of a controller. */
    Optional<Deployment> deployment(String controller) {
        return object(Deployment.class, controller).map(Deployment.class::cast);
    }

    /** The pods of a controller, those that end among them. */
    List<Pod> pods(String controller) {
        return pods.getIndexer().byIndex(BY_CONTROLLER, controller);
    }

    @Override
    public void close() {
        objects.values().forEach(SharedIndexInformer::close);
        pods.close();
    }

    private record Told<T>(Runnable changed) implements ResourceEventHandler<T> {
        @Override
        public void onAdd(T object) {
            changed.run();
        }

        @Override
        public void onUpdate(T before, T object) {
            changed.run();
        }

        @Override
        public void onDelete(T object, boolean unknown) {
            changed.run();
        }

        @Override
        public void onList(String version, boolean remainedEmpty) {
            changed.run();
        }
    }
}
