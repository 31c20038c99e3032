package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.Replica;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is made of what a cluster says, where no simulated one says it. */
class SightTest {
    private static final ControllerInstance ECHO = KubernetesWorld.echo(
            "1.0", Map.of(), Map.of(), new Replicas(2, 4, 50), Resources.UNLIMITED, Duration.ofMinutes(1));

    private static Sight sight(Deployment deployment, boolean everReady, Pod... pods) {
        return Sight.of(
                ECHO,
                Optional.of(deployment),
                Optional.empty(),
                List.of(pods),
                KubernetesSettings.Addresses.PODS,
                everReady);
    }

    private static Deployment deployment(int replicas) {
        return new DeploymentBuilder()
                .withNewSpec()
                .withReplicas(replicas)
                .endSpec()
                .build();
    }

    private static PodBuilder pod(String name, boolean ready) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewStatus()
                .withPodIP("10.1.0.7")
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .withLastTransitionTime("2026-11-27T10:00:00Z")
                .endCondition()
                .endStatus();
    }

    @Test
    void aPodThatWasAskedToEndTakesNoCallsFromThenOn() {
        var ending = pod("b", true)
                .editMetadata()
                .withDeletionTimestamp("2026-11-27T11:00:00Z")
                .endMetadata()
                .build();

        var sight = sight(deployment(2), true, pod("a", true).build(), ending);

        assertThat(sight.ready()).extracting(Replica::id).containsExactly("Contoso_Orders/1.0/echo/a-0");
        assertThat(sight.state()).isEqualTo(ControllerState.UNHEALTHY);
    }

    /** Somebody who ends all pods at once, as by emptying the only machine, is no reason to refuse calls that they would answer. */
    @Test
    void podsThatWereAllAskedToEndServeUntilThereIsAnother() {
        var serving = pod("a", true)
                .editMetadata()
                .withDeletionTimestamp("2026-11-27T11:00:00Z")
                .endMetadata()
                .build();
        var done = pod("b", false)
                .editMetadata()
                .withDeletionTimestamp("2026-11-27T11:00:00Z")
                .endMetadata()
                .build();

        var alone = sight(deployment(2), true, serving, done, pod("c", false).build());

        assertThat(alone.ready()).extracting(Replica::id).containsExactly("Contoso_Orders/1.0/echo/a-0");
        assertThat(alone.state()).isEqualTo(ControllerState.UNHEALTHY);
        assertThat(sight(deployment(2), true, serving, done, pod("c", true).build())
                        .ready())
                .extracting(Replica::id)
                .containsExactly("Contoso_Orders/1.0/echo/c-0");
    }

    @Test
    void isReadyWithTheLeastAndShowsHowManyTheAutoscalerWants() {
        var sight = sight(
                deployment(3),
                false,
                pod("a", true).build(),
                pod("b", true).build(),
                pod("c", false).build());

        assertThat(sight.state()).isEqualTo(ControllerState.READY);
        assertThat(sight.wanted()).isEqualTo(3);
        assertThat(sight.ready()).hasSize(2).first().satisfies(replica -> {
            assertThat(replica.address().getAddress().getHostAddress()).isEqualTo("10.1.0.7");
            assertThat(replica.readySince()).hasToString("2026-11-27T10:00:00Z");
        });
    }

    @Test
    void saysWhatAPodWaitsFor() {
        var image = pod("a", false)
                .editStatus()
                .addNewContainerStatus()
                .withNewState()
                .withNewWaiting()
                .withReason("ImagePullBackOff")
                .withMessage("no such image")
                .endWaiting()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
        var machine = pod("a", false)
                .editStatus()
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withMessage("0/3 nodes are available")
                .endCondition()
                .endStatus()
                .build();

        assertThat(sight(deployment(2), false, image))
                .returns(ControllerState.UNHEALTHY, Sight::state)
                .returns("ImagePullBackOff: no such image", Sight::reason);
        assertThat(sight(deployment(2), false, machine).reason())
                .isEqualTo("no machine takes it: 0/3 nodes are available");
    }

    @Test
    void saysWhatKeepsADeploymentFromMakingPods() {
        var refused = new DeploymentBuilder(deployment(2))
                .withNewStatus()
                .addNewCondition()
                .withType("ReplicaFailure")
                .withStatus("True")
                .withReason("FailedCreate")
                .withMessage("exceeded quota")
                .endCondition()
                .endStatus()
                .build();

        assertThat(sight(refused, false))
                .returns(ControllerState.UNHEALTHY, Sight::state)
                .returns("FailedCreate: exceeded quota", Sight::reason);
        assertThat(sight(deployment(2), false).state()).isEqualTo(ControllerState.STARTING);
    }

    @Test
    void aContainerThatWasStartedAgainIsAnotherReplica() {
        var again = pod("a", true)
                .editStatus()
                .addNewContainerStatus()
                .withRestartCount(2)
                .endContainerStatus()
                .endStatus()
                .build();

        assertThat(sight(deployment(2), true, again).ready())
                .extracting(Replica::id)
                .containsExactly("Contoso_Orders/1.0/echo/a-2");
        assertThat(Sight.restarts(again)).isEqualTo(2);
    }
}
