package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.ControllerRuntimeContract;
import io.portolan.runtime.ControllerStatus;
import io.portolan.runtime.OpenCalls;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** An API server, what makes pods of deployments, and runtimes of nodes. One thread at a time. */
final class KubernetesWorld implements AutoCloseable {
    static final ExtensionName ORDERS = new ExtensionName("Contoso_Orders");
    static final String IMAGE = "registry.example/echo@sha256:" + "a".repeat(64);
    static final int PORT = 8080;
    private static final HealthCheck CHECK =
            new HealthCheck("/healthz", Duration.ofSeconds(1), Duration.ofSeconds(20), 2, Duration.ofMinutes(5));
    /** Quick looks; a claim that outlasts a test's own pauses. */
    static final KubernetesSettings.Timings QUICK = new KubernetesSettings.Timings(
            Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ofMillis(200), Duration.ofMillis(100));

    final ApiServer server;
    private final SimulatedCluster cluster;
    private final Map<String, String> secrets = new HashMap<>();

    KubernetesWorld(ApiServer server) {
        this.server = server;
        this.cluster = new SimulatedCluster(server.client(), server.namespace(), server.hasControllers());
    }

    /** The runtime of a node of the region. */
    KubernetesRuntime node(String name, OpenCalls calls) {
        return node(name, calls, settings());
    }

    KubernetesRuntime node(String name, OpenCalls calls, KubernetesSettings settings) {
        return node(name, calls, settings, server.recorded());
    }

    KubernetesRuntime node(String name, OpenCalls calls, KubernetesSettings settings, KubernetesClient client) {
        return new KubernetesRuntime(
                new KubernetesApi(client, server.namespace()),
                new Scope("prod", "westus", name),
                settings,
                calls,
                InstantSource.system());
    }

    KubernetesSettings settings() {
        return new KubernetesSettings(
                "",
                "",
                server.namespace(),
                KubernetesSettings.Addresses.PODS,
                List.of("10.0.0.0/8", "app=portolan-region"),
                List.of("registry"),
                false,
                QUICK);
    }

    /** A controller with limits, and with what a cluster would read as a variable of its own. */
    static ControllerInstance echo(String version, Replicas replicas, Duration drain) {
        return echo(
                version, Map.of("SAY", "$(HOME) costs $5"), Map.of(), replicas, new Resources(500, 256L << 20), drain);
    }

    static void awaitReady(KubernetesRuntime node, ControllerInstance instance) {
        ControllerRuntimeContract.patient().until(() -> state(node, instance) == ControllerState.READY);
    }

    static ControllerStatus status(KubernetesRuntime node, ControllerInstance instance) {
        return Objects.requireNonNull(node.states().get(instance.id()), "it is known");
    }

    static ControllerState state(KubernetesRuntime node, ControllerInstance instance) {
        var status = node.states().get(instance.id());
        return status == null ? ControllerState.STOPPED : status.state();
    }

    /** Sets a secret of the extension, as an operator does. */
    void secret(String name, String value) {
        secrets.put(name, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
        var secret = new SecretBuilder()
                .withNewMetadata()
                .withName(Scope.secretName(ORDERS.value()))
                .addToAnnotations(Scope.EXTENSION, ORDERS.value())
                .endMetadata()
                .withData(secrets)
                .build();
        var kept = server.client().secrets().inNamespace(server.namespace()).resource(secret);
        if (kept.get() == null) {
            kept.create();
        } else {
            kept.update();
        }
    }

    static ControllerId id(String version) {
        return new ControllerId(ORDERS, new VersionLabel(version), "echo");
    }

    static ControllerInstance echo(
            String version,
            Map<String, String> environment,
            Map<String, String> configuration,
            Replicas replicas,
            Resources resources,
            Duration drain) {
        var spec = new ControllerSpec(
                "echo",
                "echo",
                ControllerKind.CONTAINER,
                ProcessSpec.NONE,
                IMAGE,
                List.of("serve", "--price", "$5"),
                PORT,
                Map.of(),
                "",
                CHECK,
                environment,
                resources,
                replicas,
                ControllerPlacement.ALL,
                drain,
                CallTimeouts.STANDARD,
                List.of());
        return new ControllerInstance(id(version), spec, List.of(), configuration);
    }

    @Override
    public void close() {
        cluster.close();
        server.close();
    }
}
