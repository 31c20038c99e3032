package io.portolan.kubernetes;

import static io.portolan.kubernetes.KubernetesWorld.awaitReady;
import static io.portolan.kubernetes.KubernetesWorld.echo;
import static io.portolan.kubernetes.KubernetesWorld.state;
import static io.portolan.kubernetes.KubernetesWorld.status;
import static io.portolan.runtime.ControllerRuntimeContract.patient;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.OpenCalls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What holds beyond the contract: the objects, several nodes of a region. Against the mock. */
class KubernetesRuntimeTest {
    private static final Duration LONG = Duration.ofMinutes(30);

    private final KubernetesWorld world = new KubernetesWorld(ApiServer.mock());
    private KubernetesRuntime runtime = world.node("node-1", OpenCalls.NONE);

    @AfterEach
    void close() {
        runtime.close();
        world.close();
    }

    private <T extends HasMetadata> Optional<T> object(Class<T> kind, ControllerInstance instance) {
        return world
                .server
                .client()
                .resources(kind)
                .inNamespace(world.server.namespace())
                .withLabel(Scope.CONTROLLER, new Scope("prod", "westus", "").key(instance.id()))
                .list()
                .getItems()
                .stream()
                .findFirst();
    }

    @Test
    void aControllerIsAWorkloadWithAllThatStandsAroundIt() {
        var echo = echo("1.0", new Replicas(2, 5, 60), Duration.ofSeconds(40));

        runtime.ensure(echo);

        patient().until(() -> object(HorizontalPodAutoscaler.class, echo).isPresent());
        var deployment = object(Deployment.class, echo).orElseThrow();
        assertThat(deployment.getSpec().getReplicas()).as("the autoscaler's").isNull();
        var pod = deployment.getSpec().getTemplate().getSpec();
        assertThat(pod.getTerminationGracePeriodSeconds()).isEqualTo(50);
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getImagePullSecrets().getFirst().getName()).isEqualTo("registry");
        var container = pod.getContainers().getFirst();
        assertThat(container.getImage()).isEqualTo(KubernetesWorld.IMAGE);
        assertThat(container.getArgs()).containsExactly("serve", "--price", "$$5");
        assertThat(container.getLifecycle().getPreStop().getSleep().getSeconds())
                .isEqualTo(10);
        assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/healthz");
        assertThat(container.getResources().getLimits()).hasToString("{cpu=500m, memory=" + (256L << 20) + "}");
        assertThat(container.getEnv())
                .filteredOn(variable -> variable.getName().equals("SAY"))
                .singleElement()
                .returns("$$(HOME) costs $$5", variable -> variable.getValue());
        assertThat(deployment
                        .getSpec()
                        .getStrategy()
                        .getRollingUpdate()
                        .getMaxUnavailable()
                        .getIntVal())
                .isZero();
        assertThat(object(Service.class, echo)
                        .orElseThrow()
                        .getSpec()
                        .getPorts()
                        .getFirst()
                        .getPort())
                .isEqualTo(KubernetesWorld.PORT);
        var scaler = object(HorizontalPodAutoscaler.class, echo).orElseThrow().getSpec();
        assertThat(scaler.getMinReplicas()).isEqualTo(2);
        assertThat(scaler.getMaxReplicas()).isEqualTo(5);
        assertThat(scaler.getMetrics().getFirst().getResource().getTarget().getAverageUtilization())
                .isEqualTo(60);
        assertThat(object(PodDisruptionBudget.class, echo)
                        .orElseThrow()
                        .getSpec()
                        .getMaxUnavailable()
                        .getIntVal())
                .isEqualTo(1);
        var from = object(NetworkPolicy.class, echo)
                .orElseThrow()
                .getSpec()
                .getIngress()
                .getFirst()
                .getFrom();
        assertThat(from.get(0).getIpBlock().getCidr()).isEqualTo("10.0.0.0/8");
        assertThat(from.get(1).getPodSelector().getMatchLabels()).containsEntry("app", "portolan-region");
    }

    @Test
    void theAutoscalerGoesWhenBoundsDo() {
        runtime.ensure(echo("1.0", new Replicas(1, 3, 50), LONG));
        var fixed = echo("1.0", Replicas.fixed(2), LONG);
        patient().until(() -> object(HorizontalPodAutoscaler.class, fixed).isPresent());

        runtime.ensure(fixed);

        patient().until(() -> object(HorizontalPodAutoscaler.class, fixed).isEmpty());
        patient()
                .until(() ->
                        object(Deployment.class, fixed).orElseThrow().getSpec().getReplicas() == 2);
    }

    @Test
    void theServiceIsTheOneAddressWhereTheSettingsSaySo() {
        var settings = world.settings();
        runtime.close();
        runtime = world.node(
                "node-1",
                OpenCalls.NONE,
                new KubernetesSettings(
                        "",
                        "",
                        settings.namespace(),
                        KubernetesSettings.Addresses.SERVICE,
                        List.of(),
                        List.of(),
                        true,
                        settings.timings()));
        var echo = echo("1.0", Replicas.fixed(2), LONG);

        runtime.ensure(echo);

        awaitReady(runtime, echo);
        var service = object(Service.class, echo).orElseThrow().getMetadata();
        assertThat(status(runtime, echo).ready()).singleElement().satisfies(replica -> assertThat(
                        replica.address().getHostString())
                .isEqualTo(service.getName() + "." + service.getNamespace() + ".svc"));
    }

    @Test
    void aNodeEndsNothingThatAnotherNodeOfTheRegionWants() {
        var echo = echo("1.0", Replicas.ONE, Duration.ofMillis(100));
        runtime.ensure(echo);
        var other = world.node("node-2", OpenCalls.NONE);
        try {
            other.ensure(echo);
            awaitReady(runtime, echo);
            awaitReady(other, echo);
            patient()
                    .until(() ->
                            object(Deployment.class, echo)
                                            .orElseThrow()
                                            .getMetadata()
                                            .getAnnotations()
                                            .keySet()
                                            .stream()
                                            .filter(Scope::isClaim)
                                            .count()
                                    == 2);

            runtime.stop(echo.id());

            patient().until(() -> !runtime.states().containsKey(echo.id()));
            assertThat(object(Deployment.class, echo)).isPresent();
            assertThat(state(other, echo)).isEqualTo(ControllerState.READY);
            other.stop(echo.id());
            patient().until(() -> !other.states().containsKey(echo.id()));
            assertThat(object(Deployment.class, echo)).isEmpty();
            assertThat(object(Service.class, echo)).isEmpty();
        } finally {
            other.close();
        }
    }

    @Test
    void saysWhereWhatPodsWroteIsRead() {
        var echo = echo("1.0", Replicas.ONE, LONG);
        runtime.ensure(echo);
        var key = new Scope("prod", "westus", "node-1").key(echo.id());

        assertThat(runtime.log(echo.id(), 1000))
                .contains("kubectl -n test logs ")
                .contains("-l portolan.io/controller=" + key);
        assertThat(runtime.log(KubernetesWorld.id("9.9"), 1000)).isEmpty();
    }

    @Test
    void putsBackWhatSomebodyDeleted() {
        var echo = echo("1.0", Replicas.ONE, LONG);
        runtime.ensure(echo);
        awaitReady(runtime, echo);

        world.server
                .client()
                .services()
                .inNamespace(world.server.namespace())
                .withLabel(Scope.CONTROLLER)
                .delete();

        patient().until(() -> object(Service.class, echo).isPresent());
    }

    @Test
    void takesSecretsOfItsOwnExtensionOnly() {
        var secret = new io.fabric8.kubernetes.api.model.SecretBuilder()
                .withNewMetadata()
                .withName(Scope.secretName("Contoso_Orders"))
                .addToAnnotations(Scope.EXTENSION, "contoso.orders")
                .endMetadata()
                .addToData("KEY", "dmFsdWU=")
                .build();
        world.server
                .client()
                .secrets()
                .inNamespace(world.server.namespace())
                .resource(secret)
                .create();
        var echo = KubernetesWorld.echo(
                "1.0", Map.of("KEY", "${secret:KEY}"), Map.of(), Replicas.ONE, Resources.UNLIMITED, LONG);

        runtime.ensure(echo);

        patient().until(() -> state(runtime, echo) == ControllerState.REFUSED);
        assertThat(status(runtime, echo).reason()).contains("belongs to contoso.orders");
        assertThat(object(Deployment.class, echo)).isEmpty();
    }

    @Test
    void endsWhatWasRefusedWithoutWaitingForTheNextTry() {
        var settings = world.settings();
        var hour = Duration.ofHours(1);
        runtime.close();
        runtime = world.node(
                "node-1",
                OpenCalls.NONE,
                new KubernetesSettings(
                        "",
                        "",
                        settings.namespace(),
                        settings.addresses(),
                        List.of(),
                        List.of(),
                        false,
                        new KubernetesSettings.Timings(hour, hour, hour, hour)));
        var echo = KubernetesWorld.echo(
                "1.0", Map.of("KEY", "${secret:KEY}"), Map.of(), Replicas.ONE, Resources.UNLIMITED, LONG);
        runtime.ensure(echo);
        patient().until(() -> state(runtime, echo) == ControllerState.REFUSED);

        runtime.stop(echo.id());

        patient().until(() -> runtime.states().isEmpty());
    }
}
