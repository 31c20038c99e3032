package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.portolan.model.controller.ControllerProtocol;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerInstance;
import java.util.ArrayList;
import java.util.List;

/** What a controller is in a cluster: a workload, and what stands around it. Pure. */
final class ControllerObjects {
    /** Name of the container, and of its port. */
    static final String CONTAINER = "controller";

    static final String PORT = "http";

    private ControllerObjects() {}

    /** Every object of a controller, in the order in which they are made; the reverse of that in which they are deleted. */
    static List<HasMetadata> of(
            ControllerInstance instance,
            ContainerVariables variables,
            String secretsVersion,
            Scope scope,
            KubernetesSettings settings,
            ClusterVersion cluster) {
        var id = instance.id();
        var spec = instance.spec();
        var objects = new ArrayList<HasMetadata>();
        objects.add(Workload.of(instance, variables, secretsVersion, scope, settings, cluster));
        objects.add(service(id, spec, scope));
        objects.add(policy(id, spec, scope, settings));
        objects.add(budget(id, scope));
        if (isScaled(spec)) {
            objects.add(scaler(id, spec, scope));
        }
        return List.copyOf(objects);
    }

    /** Whether the cluster decides how many replicas there are. */
    static boolean isScaled(ControllerSpec spec) {
        return spec.replicas().max() > spec.replicas().min();
    }

    static ObjectMeta metadata(ControllerId id, Scope scope) {
        return new ObjectMetaBuilder()
                .withName(scope.name(id))
                .withLabels(scope.labels(id))
                .withAnnotations(Scope.annotations(id))
                .build();
    }

    private static HasMetadata service(ControllerId id, ControllerSpec spec, Scope scope) {
        return new ServiceBuilder()
                .withMetadata(metadata(id, scope))
                .withNewSpec()
                .withType("ClusterIP")
                .withSelector(scope.selector(id))
                .addNewPort()
                .withName(PORT)
                .withPort(spec.port())
                .withTargetPort(new IntOrString(PORT))
                .withAppProtocol(spec.protocol() == ControllerProtocol.HTTP2 ? "kubernetes.io/h2c" : "http")
                .endPort()
                .endSpec()
                .build();
    }

    /** Who may call the pods; what they call themselves is their extension's business. */
    private static NetworkPolicy policy(
            ControllerId id, ControllerSpec spec, Scope scope, KubernetesSettings settings) {
        var peers = settings.callers().stream().map(ControllerObjects::peer).toList();
        return new NetworkPolicyBuilder()
                .withMetadata(metadata(id, scope))
                .withNewSpec()
                .withNewPodSelector()
                .withMatchLabels(scope.selector(id))
                .endPodSelector()
                .withPolicyTypes("Ingress")
                .addNewIngress()
                .withFrom(peers)
                .addNewPort()
                .withProtocol("TCP")
                .withPort(new IntOrString(spec.port()))
                .endPort()
                .endIngress()
                .endSpec()
                .build();
    }

    private static NetworkPolicyPeer peer(String caller) {
        int equals = caller.indexOf('=');
        if (equals < 0) {
            return new NetworkPolicyPeerBuilder()
                    .withNewIpBlock()
                    .withCidr(caller)
                    .endIpBlock()
                    .build();
        }
        return new NetworkPolicyPeerBuilder()
                .withNewNamespaceSelector()
                .endNamespaceSelector()
                .withNewPodSelector()
                .addToMatchLabels(caller.substring(0, equals), caller.substring(equals + 1))
                .endPodSelector()
                .build();
    }

    /** One at a time: "at least one must stay" would keep a machine with the only replica from ever being emptied. */
    private static PodDisruptionBudget budget(ControllerId id, Scope scope) {
        return new PodDisruptionBudgetBuilder()
                .withMetadata(metadata(id, scope))
                .withNewSpec()
                .withMaxUnavailable(new IntOrString(1))
                .withNewSelector()
                .withMatchLabels(scope.selector(id))
                .endSelector()
                .endSpec()
                .build();
    }

    private static HorizontalPodAutoscaler scaler(ControllerId id, ControllerSpec spec, Scope scope) {
        return new HorizontalPodAutoscalerBuilder()
                .withMetadata(metadata(id, scope))
                .withNewSpec()
                .withNewScaleTargetRef("apps/v1", "Deployment", scope.name(id))
                .withMinReplicas(spec.replicas().min())
                .withMaxReplicas(spec.replicas().max())
                .addNewMetric()
                .withType("Resource")
                .withNewResource()
                .withName("cpu")
                .withNewTarget()
                .withType("Utilization")
                .withAverageUtilization(spec.replicas().targetCpuPercent())
                .endTarget()
                .endResource()
                .endMetric()
                .endSpec()
                .build();
    }
}
