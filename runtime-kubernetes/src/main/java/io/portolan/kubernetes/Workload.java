package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.LifecycleHandlerBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.runtime.ControllerInstance;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * The deployment of a controller. Pure.
 *
 * <p>Replicas that are to be another way are replaced one at a time, a new one first. What ends goes on serving for
 * {@link #NOTICE}, at most its drain time: the gateway hears of its end from the API server, and calls that were sent before must
 * arrive. Then the program is asked to end, and has the rest of the drain time for what is in progress.
 */
final class Workload {
    /** From the wish that a pod ends until its program hears of it. */
    static final Duration NOTICE = Duration.ofSeconds(10);
    /** Longest that a cluster waits for a pod's end; drain times may be days, but nodes of a cluster have to be emptied. */
    static final Duration LONGEST_END = Duration.ofHours(1);
    /** From asking a program to end to ending it, at least. */
    static final Duration GRACE = Duration.ofSeconds(10);
    /** What an autoscaler reckons with where a manifest limits no CPU. */
    private static final int CPU_MILLIS_TO_SCALE_BY = 100;

    private static final Duration PROGRESS_BEYOND_STARTUP = Duration.ofSeconds(120);

    private Workload() {}

    static Deployment of(
            ControllerInstance instance,
            ContainerVariables variables,
            String secretsVersion,
            Scope scope,
            KubernetesSettings settings,
            ClusterVersion cluster) {
        var id = instance.id();
        var spec = instance.spec();
        var annotations = new TreeMap<>(Scope.annotations(id));
        if (!secretsVersion.isEmpty()) {
            // Another value of a secret is another template: the cluster replaces the pods.
            annotations.put(Scope.SECRETS, secretsVersion);
        }
        return new DeploymentBuilder()
                .withMetadata(ControllerObjects.metadata(id, scope))
                .withNewSpec()
                // The autoscaler's, where there is one: whoever applies a number takes it away from it.
                .withReplicas(
                        ControllerObjects.isScaled(spec)
                                ? null
                                : Integer.valueOf(spec.replicas().min()))
                .withRevisionHistoryLimit(1)
                .withProgressDeadlineSeconds(seconds(spec.health().startup().plus(PROGRESS_BEYOND_STARTUP)))
                .withNewSelector()
                .withMatchLabels(scope.selector(id))
                .endSelector()
                .withNewStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withMaxUnavailable(new IntOrString(0))
                .withMaxSurge(new IntOrString(1))
                .endRollingUpdate()
                .endStrategy()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(scope.labels(id))
                .withAnnotations(annotations)
                .endMetadata()
                .withSpec(pod(spec, variables, settings, cluster))
                .endTemplate()
                .endSpec()
                .build();
    }

    private static PodSpec pod(
            ControllerSpec spec, ContainerVariables variables, KubernetesSettings settings, ClusterVersion cluster) {
        var end = shorter(spec.drain(), LONGEST_END).plus(GRACE);
        return new PodSpecBuilder()
                .withContainers(container(spec, variables, cluster))
                .withTerminationGracePeriodSeconds((long) seconds(end))
                // It is an extension's code: the cluster's API is not its business.
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withImagePullSecrets(settings.pullSecrets().stream()
                        .map(LocalObjectReference::new)
                        .toList())
                .withNewSecurityContext()
                .withRunAsNonRoot(settings.rootAllowed() ? null : Boolean.TRUE)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .build();
    }

    private static Container container(ControllerSpec spec, ContainerVariables variables, ClusterVersion cluster) {
        var check = spec.health();
        int startups =
                Math.max(1, (int) Math.ceilDiv(check.startup().toMillis(), (long) seconds(check.every()) * 1000));
        var limits = limits(spec);
        var requests = new TreeMap<>(limits);
        if (ControllerObjects.isScaled(spec)) {
            requests.putIfAbsent("cpu", new Quantity(CPU_MILLIS_TO_SCALE_BY + "m"));
        }
        return new ContainerBuilder()
                .withName(ControllerObjects.CONTAINER)
                .withImage(spec.image())
                .withArgs(
                        spec.command().stream().map(ContainerVariables::escape).toList())
                .addNewPort()
                .withName(ControllerObjects.PORT)
                .withContainerPort(spec.port())
                .endPort()
                .withEnv(variables.variables())
                .withNewResources()
                .withLimits(limits)
                .withRequests(requests)
                .endResources()
                .withStartupProbe(probe(spec, startups))
                .withReadinessProbe(probe(spec, check.failures()))
                .withLivenessProbe(probe(spec, check.failures()))
                .withNewLifecycle()
                .withPreStop(notice(seconds(shorter(spec.drain(), NOTICE)), cluster))
                .endLifecycle()
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .build();
    }

    /**
     * What a pod does before its program hears of its end. An older cluster knows no sleep of its own: there the image's is asked for, and
     * a pod whose image has none ends at once, as it would without.
     */
    private static LifecycleHandler notice(int seconds, ClusterVersion cluster) {
        return cluster.podsSleep()
                ? new LifecycleHandlerBuilder().withNewSleep((long) seconds).build()
                : new LifecycleHandlerBuilder()
                        .withNewExec()
                        .withCommand("sleep", String.valueOf(seconds))
                        .endExec()
                        .build();
    }

    private static Probe probe(ControllerSpec spec, int failures) {
        var check = spec.health();
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(check.path())
                .withPort(new IntOrString(ControllerObjects.PORT))
                .endHttpGet()
                .withPeriodSeconds(seconds(check.every()))
                .withTimeoutSeconds(seconds(check.timeout()))
                .withFailureThreshold(failures)
                .build();
    }

    private static Map<String, Quantity> limits(ControllerSpec spec) {
        var limits = new TreeMap<String, Quantity>();
        if (spec.resources().cpuMillis() > 0) {
            limits.put("cpu", new Quantity(spec.resources().cpuMillis() + "m"));
        }
        if (spec.resources().memoryBytes() > 0) {
            limits.put("memory", new Quantity(String.valueOf(spec.resources().memoryBytes())));
        }
        return limits;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Whole seconds, at least one: a cluster knows no parts of them. */
    private static int seconds(Duration duration) {
        return (int) Math.max(1, Math.ceilDiv(duration.toMillis(), 1000L));
    }
}
