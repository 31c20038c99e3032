package io.portolan.kubernetes;

import static io.portolan.kubernetes.KubernetesWorld.awaitReady;
import static io.portolan.kubernetes.KubernetesWorld.echo;
import static io.portolan.kubernetes.KubernetesWorld.status;
import static io.portolan.runtime.ControllerRuntimeContract.patient;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.Replicas;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.OpenCalls;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An API server that refuses, fails, or lists nothing: what is deleted all the same, and what goes on. Against the mock. */
class UnwillingServerTest {
    private static final Duration LONG = Duration.ofMinutes(30);

    /** Answers with this code instead, to requests that {@link #failing} takes; 0 for none. */
    private final AtomicInteger code = new AtomicInteger();

    private volatile String failing = "";

    private final KubernetesWorld world = new KubernetesWorld(ApiServer.mock(new KubernetesCrudDispatcher() {
        @Override
        public MockResponse dispatch(RecordedRequest request) {
            return code.get() > 0 && (request.getMethod() + " " + request.getPath()).matches(failing)
                    ? new MockResponse().setResponseCode(code.get())
                    : super.dispatch(request);
        }
    }));
    private final KubernetesRuntime runtime = world.node("node-1", OpenCalls.NONE);

    @AfterEach
    void close() {
        runtime.close();
        world.close();
    }

    @Test
    void prunesOnlyWhatIsItsOwnAndOnlyOnAListThatCame() {
        var scope = new Scope("prod", "westus", "node-0");
        var old = KubernetesWorld.id("0.9");
        var orphan = orphan(scope, old, Scope.annotations(old));
        var lookalike = orphan(new Scope("prod", "westeurope", "node-0"), old, Scope.annotations(old));
        var unsigned = orphan(scope, KubernetesWorld.id("0.8"), Map.of());
        var echo = echo("1.0", Replicas.ONE, LONG);
        runtime.ensure(echo);
        awaitReady(runtime, echo);

        // Long enough that nothing else keeps the orphan: it is as old as a claim lasts, and was looked for again and
        // again.
        runtime.keepOnly(Set.of());
        var since = Instant.now();
        patient().until(() -> Instant.now()
                .isAfter(since.plus(KubernetesWorld.QUICK.claim())
                        .plus(KubernetesWorld.QUICK.resync().multipliedBy(3))));
        assertThat(names()).as("an empty wish").contains(orphan);
        failing = "GET .*/deployments\\?labelSelector.*";
        code.set(500);

        runtime.keepOnly(Set.of(echo.id()));

        patient()
                .until(() -> world.server.requests.stream()
                                .filter(request -> request.contains("/deployments?labelSelector"))
                                .count()
                        >= 4);
        assertThat(names()).contains(orphan, lookalike, unsigned);
        code.set(0);
        patient().until(() -> !names().contains(orphan));
        assertThat(names()).contains(lookalike, unsigned, scope.name(echo.id()));
    }

    /** A deployment of an earlier node, long enough ago that no claim on it is left. */
    private String orphan(Scope scope, ControllerId id, Map<String, String> annotations) {
        var name = scope.name(id);
        var made = new DeploymentBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(scope.labels(id))
                .withAnnotations(annotations)
                .addToAnnotations(scope.claim(), "2026-01-01T00:00:00Z node-0")
                .endMetadata()
                .withNewSpec()
                .withReplicas(0)
                .withNewSelector()
                .withMatchLabels(scope.selector(id))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(scope.labels(id))
                .endMetadata()
                .endTemplate()
                .endSpec()
                .build();
        world.server
                .client()
                .apps()
                .deployments()
                .inNamespace(world.server.namespace())
                .resource(made)
                .create();
        return name;
    }

    private List<String> names() {
        return world
                .server
                .client()
                .apps()
                .deployments()
                .inNamespace(world.server.namespace())
                .list()
                .getItems()
                .stream()
                .map(found -> found.getMetadata().getName())
                .toList();
    }

    @Test
    void saysWhatTheServerRefusesAndTriesAgain() {
        failing = "(PATCH|POST|PUT) .*/services.*";
        code.set(403);
        var echo = echo("1.0", Replicas.ONE, LONG);

        runtime.ensure(echo);

        patient().until(() -> status(runtime, echo).reason().contains("the API server refuses it"));
        code.set(0);
        awaitReady(runtime, echo);
        patient().until(() -> status(runtime, echo).reason().isEmpty());
    }

    @Test
    void goesOnWithWhatItKnowsWhileTheServerIsAway() {
        var echo = echo("1.0", Replicas.ONE, LONG);
        runtime.ensure(echo);
        awaitReady(runtime, echo);
        var before = status(runtime, echo).ready();
        failing = ".*";
        code.set(503);

        var other = echo("2.0", Replicas.ONE, LONG);
        runtime.ensure(other);

        patient().until(() -> status(runtime, other).reason().contains("cannot be asked"));
        assertThat(status(runtime, echo))
                .returns(ControllerState.READY, status -> status.state())
                .returns(before, status -> status.ready());
        code.set(0);
        awaitReady(runtime, other);
    }
}
