package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
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
 * What a cluster has beside its API server, as far as the contract needs it: makes and replaces the pods of deployments, runs an
 * {@link EchoPod} for each, checks and starts it again, and writes the pods' status. It works over the API alone, and so with the mock
 * as with a server that has no controllers and no kubelets of its own. Its pauses are short and it pulls no images. One thread.
 */
final class SimulatedCluster implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SimulatedCluster.class);
    private static final long EVERY_MILLIS = 40;
    private static final int LOOPING = 3;
    private static final String TEMPLATE = "test/template";

    private final KubernetesClient client;
    private final String namespace;
    private final Map<String, Running> running = new HashMap<>();
    private final Thread thread;
    private volatile boolean closed;

    /** What a kubelet knows of a pod. */
    private static final class Running {
        EchoPod pod;
        int restarts;
        int lastExit = -1;
        int bad;
        Instant ready = Instant.EPOCH;
        String shown = "";

        Running(EchoPod pod) {
            this.pod = pod;
        }
    }

    SimulatedCluster(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
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
        owned.values().forEach(orphans -> orphans.forEach(this::end));
        var alive = client.pods().inNamespace(namespace).list().getItems();
        var names = alive.stream().map(pod -> pod.getMetadata().getName()).toList();
        running.entrySet().removeIf(entry -> {
            if (!names.contains(entry.getKey())) {
                entry.getValue().pod.close();
                return true;
            }
            return false;
        });
        alive.forEach(this::attend);
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
        long readyCurrent = current.stream().filter(this::isReady).count();
        if (current.size() < wanted && pods.size() < wanted + 1) {
            make(deployment, template);
        } else if (!old.isEmpty() && readyCurrent + old.size() > wanted) {
            end(old.getFirst());
        } else if (current.size() > wanted) {
            end(current.getLast());
        }
    }

    private boolean isReady(Pod pod) {
        var known = running.get(pod.getMetadata().getName());
        return known != null && known.pod.isHealthy() && known.shown.contains("\"True\"");
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

    private void end(Pod pod) {
        client.pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .withGracePeriod(0)
                .delete();
    }

    /** What a kubelet does with a pod: starts it, looks at it, starts it again, says how it is. */
    private void attend(Pod pod) {
        var name = pod.getMetadata().getName();
        var container = pod.getSpec().getContainers().getFirst();
        int port = container.getPorts().getFirst().getContainerPort();
        var known = running.computeIfAbsent(name, key -> new Running(EchoPod.start(variables(container, pod), port)));
        if (known.pod.exitCode() >= 0) {
            known.lastExit = known.pod.exitCode();
            again(known, container, pod, port);
        } else if (!known.pod.isHealthy()
                && ++known.bad >= container.getLivenessProbe().getFailureThreshold() + 2) {
            known.lastExit = 137;
            again(known, container, pod, port);
        }
        say(pod, known);
    }

    private void again(Running known, Container container, Pod pod, int port) {
        known.pod.close();
        known.restarts++;
        known.bad = 0;
        known.pod = EchoPod.start(variables(container, pod), port);
    }

    private void say(Pod pod, Running known) {
        var status = status(known);
        var text = client.getKubernetesSerialization().asJson(status);
        if (text.equals(known.shown)) {
            return;
        }
        var next = new PodBuilder(pod).withStatus(status).build();
        client.pods().inNamespace(namespace).resource(next).patchStatus();
        known.shown = text;
    }

    private static PodStatus status(Running known) {
        boolean ready = known.pod.isHealthy();
        if (ready && known.ready.equals(Instant.EPOCH)) {
            known.ready = Instant.now();
        } else if (!ready) {
            known.ready = Instant.EPOCH;
        }
        return new PodStatusBuilder()
                .withPhase("Running")
                .withPodIP(known.pod.address().isEmpty() ? null : known.pod.address())
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .withLastTransitionTime(known.ready.toString())
                .endCondition()
                .withContainerStatuses(container(known, ready))
                .build();
    }

    private static ContainerStatus container(Running known, boolean ready) {
        var status = new ContainerStatusBuilder()
                .withName(ControllerObjects.CONTAINER)
                .withImage("echo")
                .withImageID("echo")
                .withReady(ready)
                .withRestartCount(Math.min(known.restarts, LOOPING + 5));
        if (known.lastExit >= 0) {
            status.withNewLastState()
                    .withNewTerminated()
                    .withExitCode(known.lastExit)
                    .withReason("Error")
                    .endTerminated()
                    .endLastState();
        }
        if (known.pod.exitCode() >= 0 && known.restarts >= LOOPING) {
            status.withNewState()
                    .withNewWaiting()
                    .withReason("CrashLoopBackOff")
                    .endWaiting()
                    .endState();
        }
        return status.build();
    }

    /** The variables as a kubelet resolves them. */
    private Map<String, String> variables(Container container, Pod pod) {
        var variables = new HashMap<String, String>();
        for (var variable : container.getEnv()) {
            variables.put(variable.getName(), value(variable, variables, pod));
        }
        return variables;
    }

    private String value(EnvVar variable, Map<String, String> earlier, Pod pod) {
        var from = variable.getValueFrom();
        if (from == null) {
            return expand(Objects.requireNonNullElse(variable.getValue(), ""), earlier);
        }
        if (from.getFieldRef() != null) {
            return pod.getMetadata().getName();
        }
        var reference = from.getSecretKeyRef();
        var secret = client.secrets()
                .inNamespace(namespace)
                .withName(reference.getName())
                .get();
        return new String(Base64.getDecoder().decode(secret.getData().get(reference.getKey())), StandardCharsets.UTF_8);
    }

    /** {@code $(NAME)} is a variable, {@code $$} a dollar sign. */
    private static String expand(String text, Map<String, String> earlier) {
        var out = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            char next = text.charAt(at);
            if (next != '$' || at + 1 == text.length()) {
                out.append(next);
            } else if (text.charAt(at + 1) == '$') {
                out.append('$');
                at++;
            } else if (text.charAt(at + 1) == '(') {
                int end = text.indexOf(')', at);
                out.append(earlier.getOrDefault(text.substring(at + 2, end), ""));
                at = end;
            } else {
                out.append(next);
            }
        }
        return out.toString();
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
        running.values().forEach(known -> known.pod.close());
    }
}
