package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The one machine of a {@link SimulatedCluster}: runs an {@link EchoPod} for each pod of a namespace, checks it and starts it again, and
 * writes the pod's status. Its pauses are short, it pulls no images and waits for nothing when a pod ends. For one thread.
 */
final class SimulatedKubelet implements AutoCloseable {
    private static final String NODE = "portolan-simulated";
    private static final int LOOPING = 3;
    private static final int CONFLICT = 409;

    private final KubernetesClient client;
    private final String namespace;
    private final Map<String, Running> running = new HashMap<>();
    private boolean hasNode;

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

    SimulatedKubelet(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /** Binds every pod that nobody has taken to this machine, as a scheduler does: controllers count only pods of machines that exist. */
    void takeAll() {
        if (!hasNode) {
            register();
            hasNode = true;
        }
        for (var pod : pods()) {
            if (pod.getSpec().getNodeName() == null && pod.getMetadata().getDeletionTimestamp() == null) {
                var binding = new BindingBuilder()
                        .withNewMetadata()
                        .withName(pod.getMetadata().getName())
                        .endMetadata()
                        .withNewTarget()
                        .withKind("Node")
                        .withName(NODE)
                        .endTarget()
                        .build();
                client.bindings().inNamespace(namespace).resource(binding).create();
            }
        }
    }

    private void register() {
        try {
            client.nodes()
                    .resource(new NodeBuilder()
                            .withNewMetadata()
                            .withName(NODE)
                            .endMetadata()
                            .build())
                    .create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != CONFLICT) {
                throw e;
            }
        }
    }

    /** Looks at every pod that is there, and forgets those that are not. */
    void attendAll() {
        var pods = pods();
        var names = pods.stream().map(pod -> pod.getMetadata().getName()).toList();
        running.entrySet().removeIf(entry -> {
            if (!names.contains(entry.getKey())) {
                entry.getValue().pod.close();
                return true;
            }
            return false;
        });
        for (var pod : pods) {
            if (pod.getMetadata().getDeletionTimestamp() == null) {
                attend(pod);
            } else {
                end(pod);
            }
        }
    }

    private List<Pod> pods() {
        return client.pods().inNamespace(namespace).list().getItems();
    }

    /** Whether a pod was said to be ready, and is. */
    boolean isReady(Pod pod) {
        var known = running.get(pod.getMetadata().getName());
        return known != null && known.pod.isHealthy() && known.shown.contains("\"True\"");
    }

    /** Lets a pod end, at once: its program first, as everywhere. */
    void end(Pod pod) {
        var known = running.get(pod.getMetadata().getName());
        if (known != null) {
            known.pod.close();
        }
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
            known.ready = Instant.now().truncatedTo(ChronoUnit.SECONDS);
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
        running.values().forEach(known -> known.pod.close());
    }
}
