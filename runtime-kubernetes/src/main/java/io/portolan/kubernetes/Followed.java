package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our objects of one kind, followed by one list and one watch. A watch that broke goes on by itself; one that is silent is replaced by
 * {@link #check}, and until the next one has listed everything, what the last one told stays. Thread-safe; {@link #check} is for one
 * thread.
 */
final class Followed<T extends HasMetadata> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Followed.class);
    private static final String BY_CONTROLLER = "controller";

    private final KubernetesApi api;
    private final Class<T> kind;
    private final Scope scope;
    private final Runnable changed;
    private final Freshness freshness = new Freshness();
    private volatile SharedIndexInformer<T> current;
    /** The one that is to take over; the same as the current one where there is none. */
    private volatile SharedIndexInformer<T> next;

    /**
     * Prepares; nothing is asked before {@link #begin}.
     *
     * @param changed called after each change, by threads of the client
     */
    Followed(KubernetesApi api, Class<T> kind, Scope scope, Runnable changed) {
        this.api = api;
        this.kind = kind;
        this.scope = scope;
        this.changed = changed;
        this.current = make();
        this.next = current;
    }

    /** Begins to follow. */
    void begin() {
        begin(current);
    }

    private static void begin(SharedIndexInformer<?> informer) {
        // It goes on trying; hasSynced tells when it has come through.
        var unused = informer.start();
    }

    private SharedIndexInformer<T> make() {
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

    private static String controllerOf(HasMetadata object) {
        var labels = object.getMetadata().getLabels();
        return labels == null ? "" : labels.getOrDefault(Scope.CONTROLLER, "");
    }

    /** Whether everything was listed once. */
    boolean isComplete() {
        return current.hasSynced();
    }

    /** Those of a controller, by the controller's hash. */
    List<T> of(String controller) {
        return current.getIndexer().byIndex(BY_CONTROLLER, controller);
    }

    /**
     * Compares what was told with what the server lists, and follows anew when the watch is behind for good.
     *
     * @throws io.fabric8.kubernetes.client.KubernetesClientException when the server is not reached
     */
    void check() {
        var waiting = next;
        if (waiting != current) {
            if (waiting.hasSynced()) {
                var last = current;
                current = waiting;
                last.close();
                changed.run();
            }
            return;
        }
        if (!isComplete()) {
            return;
        }
        var told = versions(current.getIndexer().list());
        if (freshness.isStale(told, versions(api.list(kind, scope.labels())))) {
            LOG.warn("kind={} the watch is silent while things happen: followed anew", kind.getSimpleName());
            next = make();
            begin(next);
        }
    }

    private static Map<String, String> versions(List<? extends HasMetadata> objects) {
        return objects.stream()
                .collect(Collectors.toMap(
                        object -> object.getMetadata().getUid(),
                        object -> object.getMetadata().getResourceVersion(),
                        (one, other) -> other));
    }

    @Override
    public void close() {
        current.close();
        next.close();
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
