package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerInstance;
import io.portolan.runtime.ControllerRuntimeContract;
import io.portolan.runtime.ControllerStatus;
import io.portolan.runtime.OpenCalls;
import io.portolan.runtime.Replica;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a runtime knows when the way to its API server breaks: against the mock, or a real one ({@link ApiServer}). */
class WatchedTest {
    private final KubernetesWorld world = new KubernetesWorld(ApiServer.start());
    private final ForgetfulProxy proxy = ForgetfulProxy.start(world.server.address());
    private final KubernetesRuntime runtime =
            world.node("node-1", OpenCalls.NONE, world.settings(), world.server.through(proxy.address()));

    @AfterEach
    void close() {
        runtime.close();
        proxy.close();
        world.close();
    }

    private static ConditionFactory patient() {
        return ControllerRuntimeContract.patient();
    }

    /** Connections that somebody between forgot: no error comes, and nothing else either. */
    @Test
    void followsAnewWhatHasGoneSilent() {
        var echo = echo("1.0");
        runtime.ensure(echo);
        var before = awaitReady(echo);
        proxy.forget();

        endAllPods();

        patient()
                .until(() -> !status(echo).ready().isEmpty()
                        && status(echo).ready().stream().noneMatch(before::contains));
        runtime.ensure(echo("2.0"));
        awaitReady(echo("2.0"));
    }

    @Test
    void goesOnWhileTheServerIsAwayAndSeesThenWhatHappened() {
        var echo = echo("1.0");
        runtime.ensure(echo);
        var before = awaitReady(echo);
        proxy.away(true);
        runtime.keepOnly(Set.of(echo.id()));
        var other = echo("2.0");
        runtime.ensure(other);
        patient().until(() -> status(other).reason().contains("cannot be asked"));

        endAllPods();

        patient().until(() -> pods().stream().noneMatch(name -> before.stream()
                .anyMatch(replica -> replica.id().contains(name))));
        assertThat(status(echo))
                .as("goes on with what it knew")
                .returns(ControllerState.READY, ControllerStatus::state)
                .returns(before, ControllerStatus::ready);
        proxy.away(false);
        patient()
                .until(() -> !status(echo).ready().isEmpty()
                        && status(echo).ready().stream().noneMatch(before::contains));
        awaitReady(other);
    }

    private void endAllPods() {
        world.server
                .client()
                .pods()
                .inNamespace(world.server.namespace())
                .withGracePeriod(0)
                .delete();
    }

    private List<String> pods() {
        return world.server.client().pods().inNamespace(world.server.namespace()).list().getItems().stream()
                .map(pod -> pod.getMetadata().getName())
                .toList();
    }

    private static ControllerInstance echo(String version) {
        return KubernetesWorld.echo(
                version, Map.of(), Map.of(), Replicas.ONE, Resources.UNLIMITED, Duration.ofMinutes(30));
    }

    private ControllerStatus status(ControllerInstance instance) {
        return Objects.requireNonNull(runtime.states().get(instance.id()), "it is known");
    }

    private List<Replica> awaitReady(ControllerInstance instance) {
        patient().until(() -> status(instance).state() == ControllerState.READY);
        return status(instance).ready();
    }
}
