package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.portolan.model.controller.ControllerState;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.Replica;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a cluster's objects say of a controller. Pure.
 *
 * <p>A pod takes calls while the cluster calls it ready and nobody asked it to end: one that was asked is out at once, not when it is
 * gone. Where all of them were asked, they serve on until there is another, or they are ready no more. A container that was started again in its pod is another replica, as a process would be.
 *
 * @param wanted replicas that the cluster is to have now, which an autoscaler may have chosen
 * @param reason why it is not ready, or what keeps more replicas from being; empty text for nothing
 */
record Sight(ControllerState state, int wanted, List<Replica> ready, String reason) {
    /** Restarts of a container that the cluster makes pauses before, from which on a controller counts as looping. */
    static final int CRASH_LOOP_RESTARTS = 3;

    private static final String CRASH_LOOP = "CrashLoopBackOff";
    /** What a pod waits for that does not pass by waiting, most likely. */
    private static final Set<String> STUCK = Set.of(
            "ErrImagePull",
            "ImagePullBackOff",
            "InvalidImageName",
            "CreateContainerConfigError",
            "CreateContainerError",
            "RunContainerError");

    private static final Comparator<Pod> BY_NAME =
            Comparator.comparing((Pod pod) -> pod.getMetadata().getName());

    /**
     * Looks.
     *
     * @param everReady whether it was seen ready before: then it is unhealthy, not starting, when it is not
     */
    static Sight of(
            ControllerInstance instance,
            Optional<Deployment> deployment,
            Optional<Service> service,
            List<Pod> pods,
            KubernetesSettings.Addresses addresses,
            boolean everReady) {
        var spec = instance.spec();
        var live = pods.stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .sorted(BY_NAME)
                .toList();
        var readyPods = live.stream().filter(Sight::isReady).toList();
        var serving = readyPods.isEmpty() ? ending(pods) : readyPods;
        var ready = addresses == KubernetesSettings.Addresses.PODS
                ? serving.stream().map(pod -> replica(instance, pod)).toList()
                : service.filter(found -> !serving.isEmpty()).map(found -> replica(instance, found)).stream()
                        .toList();
        int wanted = deployment
                .map(found -> found.getSpec().getReplicas())
                .filter(count -> count >= spec.replicas().min())
                .orElse(spec.replicas().min());
        var loop = live.stream().flatMap(pod -> loop(pod).stream()).findFirst();
        var stuck = live.stream()
                .flatMap(pod -> stuck(pod).stream())
                .findFirst()
                .or(() -> deployment.flatMap(Sight::failure));
        var reason = loop.or(() -> stuck).orElse("");
        if (readyPods.size() >= spec.replicas().min()) {
            return new Sight(ControllerState.READY, wanted, ready, reason);
        }
        var state = loop.isPresent()
                ? ControllerState.CRASH_LOOP
                : everReady || stuck.isPresent() ? ControllerState.UNHEALTHY : ControllerState.STARTING;
        return new Sight(state, wanted, ready, reason);
    }

    /** Those that were asked to end and serve still. */
    private static List<Pod> ending(List<Pod> pods) {
        return pods.stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() != null && isReady(pod))
                .sorted(BY_NAME)
                .toList();
    }

    /** How often the containers of a pod were started again. */
    static long restarts(Pod pod) {
        return containers(pod).stream()
                .mapToLong(container -> container.getRestartCount() == null ? 0 : container.getRestartCount())
                .sum();
    }

    private static boolean isReady(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getPodIP() != null
                && readyCondition(pod).isPresent();
    }

    private static Optional<Instant> readyCondition(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .filter(condition -> "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()))
                .map(condition -> instant(condition.getLastTransitionTime()))
                .findFirst();
    }

    private static Replica replica(ControllerInstance instance, Pod pod) {
        return new Replica(
                prefix(instance) + pod.getMetadata().getName() + "-" + restarts(pod),
                new InetSocketAddress(
                        InetAddress.ofLiteral(pod.getStatus().getPodIP()),
                        instance.spec().port()),
                false,
                readyCondition(pod).orElse(Instant.EPOCH));
    }

    private static Replica replica(ControllerInstance instance, Service service) {
        var metadata = service.getMetadata();
        var address = service.getSpec().getClusterIP();
        int port = instance.spec().port();
        return new Replica(
                prefix(instance) + "service-" + metadata.getUid(),
                address == null || address.isEmpty() || address.equals("None")
                        ? InetSocketAddress.createUnresolved(
                                metadata.getName() + "." + metadata.getNamespace() + ".svc", port)
                        : new InetSocketAddress(InetAddress.ofLiteral(address), port),
                false,
                instant(metadata.getCreationTimestamp()));
    }

    private static String prefix(ControllerInstance instance) {
        var id = instance.id();
        return id.extension() + "/" + id.version() + "/" + id.name() + "/";
    }

    private static Optional<String> loop(Pod pod) {
        return containers(pod).stream()
                .filter(container -> CRASH_LOOP.equals(waiting(container))
                        && container.getRestartCount() != null
                        && container.getRestartCount() >= CRASH_LOOP_RESTARTS)
                .map(container -> ending(container) + ", " + container.getRestartCount() + " times in a row")
                .findFirst();
    }

    private static String ending(ContainerStatus container) {
        var last = container.getLastState() == null
                ? null
                : container.getLastState().getTerminated();
        if (last == null) {
            return "ended";
        }
        var why = last.getReason() == null || last.getReason().equals("Error") ? "" : " (" + last.getReason() + ")";
        return "ended with exit code " + last.getExitCode() + why;
    }

    private static Optional<String> stuck(Pod pod) {
        var container = containers(pod).stream()
                .filter(status -> STUCK.contains(waiting(status)))
                .map(status ->
                        waiting(status) + message(status.getState().getWaiting().getMessage()))
                .findFirst();
        return container.or(() -> pod.getStatus() == null
                ? Optional.empty()
                : pod.getStatus().getConditions().stream()
                        .filter(condition ->
                                "PodScheduled".equals(condition.getType()) && "False".equals(condition.getStatus()))
                        .map(condition -> "no machine takes it" + message(condition.getMessage()))
                        .findFirst());
    }

    /** What the cluster says of a deployment that makes no pods, or no progress. */
    private static Optional<String> failure(Deployment deployment) {
        if (deployment.getStatus() == null) {
            return Optional.empty();
        }
        return deployment.getStatus().getConditions().stream()
                .filter(condition ->
                        ("ReplicaFailure".equals(condition.getType()) && "True".equals(condition.getStatus()))
                                || ("Progressing".equals(condition.getType()) && "False".equals(condition.getStatus())))
                .map(condition -> condition.getReason() + message(condition.getMessage()))
                .findFirst();
    }

    private static String message(String text) {
        return text == null || text.isEmpty() ? "" : ": " + text;
    }

    private static String waiting(ContainerStatus container) {
        var state = container.getState();
        var reason = state == null || state.getWaiting() == null
                ? null
                : state.getWaiting().getReason();
        return reason == null ? "" : reason;
    }

    private static List<ContainerStatus> containers(Pod pod) {
        return pod.getStatus() == null ? List.of() : pod.getStatus().getContainerStatuses();
    }

    private static Instant instant(String text) {
        try {
            return text == null ? Instant.EPOCH : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }
}
