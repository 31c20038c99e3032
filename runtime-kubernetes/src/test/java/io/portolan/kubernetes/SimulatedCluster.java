package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a cluster has beside its API server, as far as the contract needs it: makes and replaces the pods of deployments where the server
 * has no controllers that do, and has a {@link SimulatedKubelet} run them. It works over the API alone, and so with the mock as with a
 * server. One thread.
 */
final class SimulatedCluster implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SimulatedCluster.class);
    private static final long EVERY_MILLIS = 40;
    private static final String TEMPLATE = "test/template";

    private final KubernetesClient client;
    private final String namespace;
    private final SimulatedKubelet kubelet;
    private final boolean hasControllers;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Begins.
     *
     * @param hasControllers whether the server has controllers of its own, which make and replace pods: then only machines are simulated
     */
    SimulatedCluster(KubernetesClient client, String namespace, boolean hasControllers) {
        this.client = client;
        this.namespace = namespace;
        this.kubelet = new SimulatedKubelet(client, namespace);
        this.hasControllers = hasControllers;
        this.thread = Thread.ofVirtual().name("simulated-cluster").start(this::run);
    }

    private void run() {
        try {
            while (!closed) {
                try {
                    turn();
                } catch (KubernetesClientException e) {
                    if (!closed) {
                        LOG.warn("simulated cluster: {}", e.toString());
                    }
                }
                TimeUnit.MILLISECONDS.sleep(EVERY_MILLIS);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void turn() {
        if (hasControllers) {
            kubelet.takeAll();
        } else {
            replaceAll();
        }
        kubelet.attendAll();
    }

    private void replaceAll() {
        var deployments =
                client.apps().deployments().inNamespace(namespace).list().getItems();
        var pods = client.pods().inNamespace(namespace).list().getItems();
        var owned = new HashMap<String, List<Pod>>();
        pods.forEach(pod -> owned.computeIfAbsent(
                        Objects.toString(pod.getMetadata().getLabels().get(Scope.CONTROLLER)), key -> new ArrayList<>())
                .add(pod));
        for (var deployment : deployments) {
            var own = owned.remove(
                    deployment.getSpec().getSelector().getMatchLabels().get(Scope.CONTROLLER));
            replace(deployment, own == null ? List.of() : own);
        }
        owned.values().forEach(orphans -> orphans.forEach(kubelet::end));
    }

    /** As a rolling update does with one more and none less. */
    private void replace(Deployment deployment, List<Pod> pods) {
        var template = Scope.hash(
                client.getKubernetesSerialization().asJson(deployment.getSpec().getTemplate()));
        int wanted = deployment.getSpec().getReplicas() == null
                ? 1
                : deployment.getSpec().getReplicas();
        var current = pods.stream()
                .filter(pod ->
                        template.equals(pod.getMetadata().getAnnotations().get(TEMPLATE)))
                .toList();
        var old = pods.stream()
                .filter(pod -> !current.contains(pod))
                .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
                .toList();
        long readyCurrent = current.stream().filter(kubelet::isReady).count();
        if (current.size() < wanted && pods.size() < wanted + 1) {
            make(deployment, template);
        } else if (!old.isEmpty() && readyCurrent + old.size() > wanted) {
            kubelet.end(old.getFirst());
        } else if (current.size() > wanted) {
            kubelet.end(current.getLast());
        }
    }

    private void make(Deployment deployment, String template) {
        var annotations = new TreeMap<>(Map.of(TEMPLATE, template));
        var made = new PodBuilder()
                .withNewMetadata()
                .withName(deployment.getMetadata().getName() + "-"
                        + UUID.randomUUID().toString().substring(0, 8))
                .withLabels(deployment.getSpec().getTemplate().getMetadata().getLabels())
                .withAnnotations(annotations)
                .endMetadata()
                .withSpec(deployment.getSpec().getTemplate().getSpec())
                .build();
        client.pods().inNamespace(namespace).resource(made).create();
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kubelet.close();
    }
}
