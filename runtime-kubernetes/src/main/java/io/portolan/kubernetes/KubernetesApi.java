package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.File;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The one way to the API server: everything that this module asks of it is asked here, in one namespace. Thread-safe; blocks.
 *
 * <p>What is to be is applied on the server with our field manager, so that what others set beside it (an autoscaler the number of
 * replicas, an operator a label) stays theirs. A server that knows no such thing (or, like the mock of the tests, knows it only for
 * what exists) gets the object created, or updated from what was read, again when somebody else was faster. What the account must be
 * allowed to is in {@code docs/operate/kubernetes-rbac.yaml}, and a test holds the two together.
 */
final class KubernetesApi implements AutoCloseable {
    /** Kinds of objects that a controller has, in the order in which they are deleted: what the others are found by comes last. */
    static final List<Class<? extends HasMetadata>> KINDS = List.of(
            HorizontalPodAutoscaler.class,
            PodDisruptionBudget.class,
            NetworkPolicy.class,
            Service.class,
            Deployment.class);

    private static final String FIELD_MANAGER = "portolan";
    /** Answers of a server that does not apply: not found (the mock, for what is new), not allowed, not acceptable, unsupported. */
    private static final Set<Integer> DOES_NOT_APPLY = Set.of(404, 405, 406, 415);

    /** Answers of a server whose version is not this account's business, or that has none: the mock. */
    private static final Set<Integer> DOES_NOT_TELL = Set.of(401, 403, 404);

    private static final int CONFLICT = 409;
    private static final int MOST_CONFLICTS = 5;
    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;
    private static final int RETRIES = 2;

    private final KubernetesClient client;
    private final String namespace;
    private volatile @Nullable ClusterVersion version;

    KubernetesApi(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /** Makes the client; reaches no server yet. */
    static KubernetesApi open(KubernetesSettings settings) {
        var context = settings.context().isEmpty() ? null : settings.context();
        var found = settings.config().isEmpty()
                ? Config.autoConfigure(context)
                : Config.fromKubeconfig(context, new File(settings.config()));
        var client = new KubernetesClientBuilder()
                .withConfig(configured(found))
                .withTaskExecutorSupplier(Executors::newVirtualThreadPerTaskExecutor)
                .build();
        return new KubernetesApi(client, settings.namespace());
    }

    /** How its client talks to a server that was found. */
    static Config configured(Config found) {
        return new ConfigBuilder(found)
                .withRequestTimeout(REQUEST_TIMEOUT_MILLIS)
                .withConnectionTimeout(REQUEST_TIMEOUT_MILLIS)
                .withRequestRetryBackoffLimit(RETRIES)
                .withUserAgent("portolan")
                // A connection that somebody between has forgotten is given up with the request that it did not answer;
                // one of
                // HTTP/2 would be kept, and the silence with it, until the kernel gives up after a quarter of an hour.
                .withHttp2Disable(true)
                .build();
    }

    /** The object as text, the same for the same object. */
    String text(Object object) {
        return client.getKubernetesSerialization().asJson(object);
    }

    /**
     * The server's version, asked for once; the newest where the server does not tell it.
     *
     * @throws KubernetesClientException when the server is not reached
     */
    ClusterVersion version() {
        var known = version;
        if (known == null) {
            known = askForVersion();
            version = known;
        }
        return known;
    }

    private ClusterVersion askForVersion() {
        try {
            var told = client.getKubernetesVersion();
            return told == null
                    ? ClusterVersion.NEWEST
                    : ClusterVersion.of(String.valueOf(told.getMajor()), String.valueOf(told.getMinor()))
                            .orElse(ClusterVersion.NEWEST);
        } catch (KubernetesClientException e) {
            if (DOES_NOT_TELL.contains(e.getCode())) {
                return ClusterVersion.NEWEST;
            }
            throw e;
        }
    }

    /**
     * Sees to it that the object is so.
     *
     * @throws KubernetesClientException when the server refuses it, or is not reached
     */
    void apply(HasMetadata wanted) {
        try {
            client.resource(wanted)
                    .inNamespace(namespace)
                    .fieldManager(FIELD_MANAGER)
                    .forceConflicts()
                    .serverSideApply();
        } catch (KubernetesClientException e) {
            if (!DOES_NOT_APPLY.contains(e.getCode())) {
                throw e;
            }
            createOrUpdate(wanted);
        }
    }

    /** The same where the server does not apply: made, or changed from what was read, again when somebody else was faster. */
    void createOrUpdate(HasMetadata wanted) {
        for (int attempt = 1; ; attempt++) {
            try {
                var current = client.resource(wanted).inNamespace(namespace).get();
                if (current == null) {
                    client.resource(wanted).inNamespace(namespace).create();
                } else {
                    client.resource(over(current, wanted))
                            .inNamespace(namespace)
                            .update();
                }
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != CONFLICT || attempt == MOST_CONFLICTS) {
                    throw e;
                }
            }
        }
    }

    /** What is wanted, with what others have set on the object that is there. */
    private HasMetadata over(HasMetadata current, HasMetadata wanted) {
        HasMetadata next = client.getKubernetesSerialization().clone(wanted);
        var metadata = next.getMetadata();
        metadata.setLabels(both(current.getMetadata().getLabels(), metadata.getLabels()));
        metadata.setAnnotations(both(current.getMetadata().getAnnotations(), metadata.getAnnotations()));
        metadata.setResourceVersion(current.getMetadata().getResourceVersion());
        metadata.setFinalizers(current.getMetadata().getFinalizers());
        if (next instanceof Deployment deployment && current instanceof Deployment before) {
            if (deployment.getSpec().getReplicas() == null) {
                deployment.getSpec().setReplicas(before.getSpec().getReplicas());
            }
            deployment.setStatus(before.getStatus());
        }
        if (next instanceof Service service && current instanceof Service before) {
            service.getSpec().setClusterIP(before.getSpec().getClusterIP());
            service.getSpec().setClusterIPs(before.getSpec().getClusterIPs());
        }
        return next;
    }

    private static Map<String, String> both(Map<String, String> theirs, Map<String, String> ours) {
        var both = new HashMap<String, String>();
        if (theirs != null) {
            both.putAll(theirs);
        }
        if (ours != null) {
            both.putAll(ours);
        }
        return both;
    }

    /** Sets an annotation of a deployment, or takes it away where the value is empty text; one that is gone is nothing to do. */
    void annotate(String deployment, String annotation, String value) {
        var text = text(Map.of(annotation, value));
        if (value.isEmpty()) {
            text = text.replace("\"\"", "null");
        }
        // By an object, not by its name: for a name the library reads the object first, which the account may not.
        var named = new DeploymentBuilder()
                .withNewMetadata()
                .withName(deployment)
                .endMetadata()
                .build();
        try {
            client.resource(named)
                    .inNamespace(namespace)
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":" + text + "}}");
        } catch (KubernetesClientException e) {
            if (e.getCode() != 404) {
                throw e;
            }
        }
    }

    /** Everything of a kind with these labels, as the server has it now. */
    <T extends HasMetadata> List<T> list(Class<T> kind, Map<String, String> labels) {
        return client.resources(kind)
                .inNamespace(namespace)
                .withLabels(labels)
                .list()
                .getItems();
    }

    /** A secret, as the server has it now. */
    Optional<Secret> secret(String name) {
        return Optional.ofNullable(
                client.secrets().inNamespace(namespace).withName(name).get());
    }

    /** Lets an object end, with what the cluster made of it; one that is not there is nothing to do. */
    void delete(Class<? extends HasMetadata> kind, String name) {
        var unused =
                client.resources(kind).inNamespace(namespace).withName(name).delete();
    }

    /** Everything of a kind with these labels, not followed yet. */
    <T extends HasMetadata> SharedIndexInformer<T> informer(Class<T> kind, Map<String, String> labels) {
        return client.resources(kind).inNamespace(namespace).withLabels(labels).runnableInformer(0);
    }

    @Override
    public void close() {
        client.close();
    }
}
