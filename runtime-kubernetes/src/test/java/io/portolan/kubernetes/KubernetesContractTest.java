package io.portolan.kubernetes;

import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.ControllerRuntime;
import io.portolan.runtime.ControllerRuntimeContract;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;

/**
 * The contract with Kubernetes: against the mock of the client library ({@link ApiServer} says what that does not prove), or, by
 * {@code -Dportolan.kubeconfig=FILE}, against any API server without kubelets ({@code docs/operate/kubernetes.md} has the command). Pods
 * are simulated in both ({@link SimulatedCluster}); where a server has controllers of its own, these make them.
 */
class KubernetesContractTest extends ControllerRuntimeContract {
    private final KubernetesWorld world = new KubernetesWorld(ApiServer.start());
    private KubernetesRuntime runtime = open();

    private KubernetesRuntime open() {
        return world.node("node-1", replica -> calls.getOrDefault(replica, 0));
    }

    @AfterEach
    void closeWorld() {
        runtime.close();
        world.close();
    }

    @Override
    protected ControllerRuntime runtime() {
        return runtime;
    }

    @Override
    protected void restart() {
        runtime.close();
        runtime = open();
    }

    @Override
    protected boolean outlivesItsNode() {
        return true;
    }

    @Override
    protected void secret(String name, String value) {
        world.secret(name, value);
    }

    /** Everything but the secret that the operator made. */
    @Override
    protected String written() {
        var text = new StringBuilder();
        var api = world.server.client();
        for (var kind : KubernetesApi.KINDS) {
            api.resources(kind)
                    .inNamespace(world.server.namespace())
                    .list()
                    .getItems()
                    .forEach(object ->
                            text.append(api.getKubernetesSerialization().asJson(object)));
        }
        return text.toString();
    }

    @Override
    protected ControllerSpec foreign() {
        return new ControllerSpec(
                "orders",
                "orders",
                ControllerKind.PROCESS,
                new ProcessSpec(ControllerRuntimeKind.NODE, "controllers/orders/", List.of("server.mjs")),
                "",
                List.of(),
                0,
                Map.of(),
                "",
                HealthCheck.STANDARD,
                Map.of(),
                Resources.UNLIMITED,
                Replicas.ONE,
                ControllerPlacement.ALL,
                ControllerSpec.DRAIN,
                CallTimeouts.STANDARD,
                List.of());
    }

    @Override
    protected ControllerInstance echo(
            String version,
            ControllerRuntimeKind kind,
            Map<String, String> environment,
            Map<String, String> configuration,
            int replicas,
            Duration drain) {
        return KubernetesWorld.echo(
                version, environment, configuration, Replicas.fixed(replicas), Resources.UNLIMITED, drain);
    }
}
