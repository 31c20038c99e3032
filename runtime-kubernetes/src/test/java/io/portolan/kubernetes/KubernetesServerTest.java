package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.ControllerRuntimeContract;
import io.portolan.runtime.ControllerStatus;
import io.portolan.runtime.OpenCalls;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What only a real API server can show: that it takes the objects, whose what in them is, and what it says when it refuses. */
@EnabledIfSystemProperty(
        named = "portolan.kubeconfig",
        matches = ".+",
        disabledReason = "no API server: -Dportolan.kubeconfig=FILE")
class KubernetesServerTest {
    private static final Duration LONG = Duration.ofMinutes(30);

    private KubernetesWorld world;
    private KubernetesRuntime runtime;

    @BeforeEach
    void open() {
        world = new KubernetesWorld(ApiServer.real());
        runtime = world.node("node-1", OpenCalls.NONE);
    }

    @AfterEach
    void close() {
        runtime.close();
        world.close();
    }

    private static ControllerInstance echo(String version, Replicas replicas) {
        return echo(version, replicas, Map.of());
    }

    private static ControllerInstance echo(String version, Replicas replicas, Map<String, String> environment) {
        return KubernetesWorld.echo(version, environment, Map.of(), replicas, new Resources(500, 256L << 20), LONG);
    }

    @Test
    void theServerTakesEveryObjectAndIsNotAskedAgain() {
        // Where there is no autoscaler, one replica is what a server makes of no number.
        var echo = echo("1.0", new Replicas(world.server.hasControllers() ? 2 : 1, 4, 60));

        runtime.ensure(echo);

        awaitReady(echo);
        for (var kind : KubernetesApi.KINDS) {
            var object = object(kind, echo);
            assertThat(object.getMetadata().getManagedFields())
                    .as(object.getKind())
                    .filteredOn(entry -> entry.getManager().equals("portolan")
                            && entry.getOperation().equals("Apply"))
                    .hasSize(1);
        }
        long asked = applied(echo);
        // Another controller needs some looks until it is ready: each of them looks at this one too.
        var other = echo("2.0", Replicas.ONE);
        runtime.ensure(other);
        awaitReady(other);
        assertThat(applied(echo)).as("each kind once").isEqualTo(asked).isEqualTo(KubernetesApi.KINDS.size());
    }

    private long applied(ControllerInstance instance) {
        return world.server.requests.stream()
                .filter(request -> request.startsWith("PATCH")
                        && request.contains(name(instance))
                        && request.contains("fieldManager="))
                .count();
    }

    @Test
    void whatOthersSetStaysTheirsAndOursComesBack() {
        var scaled = echo("1.0", new Replicas(1, 4, 60));
        runtime.ensure(scaled);
        awaitReady(scaled);
        var api = world.server.client();
        var deployments = api.apps().deployments().inNamespace(world.server.namespace());
        // As an autoscaler does, and an operator who also changes what is ours.
        deployments.withName(name(scaled)).scale(3);
        deployments
                .withName(name(scaled))
                .patch(
                        new PatchContext.Builder()
                                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                                .withFieldManager("somebody")
                                .withForce(true)
                                .build(),
                        """
                        {"apiVersion": "apps/v1", "kind": "Deployment",
                         "metadata": {"name": "%s", "labels": {"team": "orders"}, "annotations": {"%s": "altered"}},
                         "spec": {"template": {"spec": {"terminationGracePeriodSeconds": 7}}}}
                        """.formatted(name(scaled), Scope.SPEC));

        ControllerRuntimeContract.patient().until(() -> !"altered"
                .equals(object(Deployment.class, scaled)
                        .getMetadata()
                        .getAnnotations()
                        .get(Scope.SPEC)));
        var after = object(Deployment.class, scaled);
        assertThat(after.getSpec().getReplicas()).as("the autoscaler's").isEqualTo(3);
        assertThat(after.getMetadata().getLabels()).as("the operator's").containsEntry("team", "orders");
        assertThat(after.getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds())
                .as("ours")
                .isEqualTo(1810);
        assertThat(after.getMetadata().getAnnotations().keySet())
                .as("the claim, which is not applied")
                .anyMatch(Scope::isClaim);
    }

    @Test
    void saysWhatIsInvalidAndRunsTheOthers() {
        var bad = echo("1.0", Replicas.ONE, Map.of("no variable", "x"));
        var good = echo("2.0", Replicas.ONE);

        runtime.ensure(bad);
        runtime.ensure(good);

        awaitReady(good);
        ControllerRuntimeContract.patient().until(() -> status(bad).state() == ControllerState.REFUSED);
        assertThat(status(bad).reason()).contains("the API server refuses it").contains("no variable");
        assertThat(world.server.answers).anyMatch(answer -> answer.startsWith("422 PATCH"));
    }

    @Test
    void saysThatAQuotaIsUsedUp() {
        quota(Map.of("count/deployments.apps", new Quantity("0")));
        var echo = echo("1.0", Replicas.ONE);

        runtime.ensure(echo);

        ControllerRuntimeContract.patient().until(() -> status(echo).state() == ControllerState.REFUSED);
        assertThat(status(echo).reason()).contains("exceeded quota");
    }

    @Test
    void saysThatThereIsNoRoomForPods() {
        Assumptions.assumeTrue(world.server.hasControllers(), "nobody but the test makes pods");
        quota(Map.of("pods", new Quantity("1")));
        var echo = echo("1.0", Replicas.fixed(2));

        runtime.ensure(echo);

        ControllerRuntimeContract.patient().until(() -> status(echo).reason().contains("exceeded quota"));
        assertThat(status(echo).state()).isEqualTo(ControllerState.UNHEALTHY);
    }

    /** A server enforces a quota by its status, which controllers write where there are some. */
    private void quota(Map<String, Quantity> hard) {
        var quotas = world.server.client().resourceQuotas().inNamespace(world.server.namespace());
        ResourceQuota made = quotas.resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("room")
                        .endMetadata()
                        .withNewSpec()
                        .withHard(hard)
                        .endSpec()
                        .build())
                .create();
        var used = hard.keySet().stream().collect(Collectors.toMap(key -> key, key -> new Quantity("0")));
        if (world.server.hasControllers()) {
            ControllerRuntimeContract.patient().until(() -> {
                var status = quotas.withName("room").get().getStatus();
                return status != null
                        && status.getHard() != null
                        && status.getHard().keySet().containsAll(hard.keySet());
            });
        } else {
            quotas.resource(new ResourceQuotaBuilder(made)
                            .withNewStatus()
                            .withHard(hard)
                            .withUsed(used)
                            .endStatus()
                            .build())
                    .patchStatus();
        }
    }

    private String name(ControllerInstance instance) {
        return new Scope("prod", "westus", "").name(instance.id());
    }

    private <T extends HasMetadata> T object(Class<T> kind, ControllerInstance instance) {
        return Objects.requireNonNull(
                world.server
                        .client()
                        .resources(kind)
                        .inNamespace(world.server.namespace())
                        .withName(name(instance))
                        .get(),
                kind.getSimpleName());
    }

    private ControllerStatus status(ControllerInstance instance) {
        return Objects.requireNonNull(runtime.states().get(instance.id()), "it is known");
    }

    private void awaitReady(ControllerInstance instance) {
        ControllerRuntimeContract.patient().until(() -> status(instance).state() == ControllerState.READY);
    }
}
