package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerRuntimeContract;
import io.portolan.runtime.OpenCalls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** A life with everything that a runtime asks of an API server. Stateless. */
final class WholeLife {
    private WholeLife() {}

    /** Made with an autoscaler, changed, its secret rotated, its autoscaler taken away, deleted, pruned. */
    static void of(KubernetesWorld world) {
        of(world, () -> false);
    }

    /** The same, as far as it comes: nothing is waited for any more when there is enough. */
    static void of(KubernetesWorld world, BooleanSupplier enough) {
        var drain = Duration.ofMillis(100);
        var echo = KubernetesWorld.echo(
                "1.0", Map.of("KEY", "${secret:KEY}"), Map.of(), new Replicas(1, 3, 50), Resources.UNLIMITED, drain);
        var fixed = KubernetesWorld.echo(
                "1.0", Map.of("KEY", "${secret:KEY}"), Map.of(), Replicas.fixed(2), Resources.UNLIMITED, drain);
        var other = KubernetesWorld.echo("2.0", Map.of(), Map.of(), new Replicas(1, 2, 50), Resources.UNLIMITED, drain);
        var first = world.node("node-1", OpenCalls.NONE);
        try {
            first.ensure(echo);
            first.ensure(other);
            awaitReady(first, 1, 1, enough);
            first.ensure(fixed);
            awaitReady(first, 2, 1, enough);
            KubernetesApi.KINDS.forEach(kind -> alter(world, kind));
            ControllerRuntimeContract.patient()
                    .until(() -> enough.getAsBoolean()
                            || KubernetesApi.KINDS.stream()
                                    .allMatch(kind -> altered(world, kind).isEmpty()));
            world.secret("KEY", "another");
            first.stop(echo.id());
            ControllerRuntimeContract.patient()
                    .until(() -> enough.getAsBoolean() || !first.states().containsKey(echo.id()));
        } finally {
            first.close();
        }
        var second = world.node("node-2", OpenCalls.NONE);
        try {
            second.ensure(echo);
            second.keepOnly(Set.of(echo.id()));
            ControllerRuntimeContract.patient()
                    .until(() -> enough.getAsBoolean()
                            || world
                                    .server
                                    .client()
                                    .apps()
                                    .deployments()
                                    .inNamespace(world.server.namespace())
                                    .list()
                                    .getItems()
                                    .stream()
                                    .noneMatch(found -> "2.0"
                                            .equals(found.getMetadata()
                                                    .getAnnotations()
                                                    .get(Scope.VERSION))));
        } finally {
            second.close();
        }
    }

    /** As somebody does who asks for something else: an earlier version of the product, for one. */
    private static void alter(KubernetesWorld world, Class<? extends HasMetadata> kind) {
        var patch = "{\"metadata\":{\"annotations\":{\"" + Scope.SPEC + "\":\"altered\"}}}";
        objects(world, kind).forEach(object -> world.server
                .client()
                .resource(object)
                .inNamespace(world.server.namespace())
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch));
    }

    private static List<? extends HasMetadata> altered(KubernetesWorld world, Class<? extends HasMetadata> kind) {
        return objects(world, kind).stream()
                .filter(object ->
                        "altered".equals(object.getMetadata().getAnnotations().get(Scope.SPEC)))
                .toList();
    }

    private static List<? extends HasMetadata> objects(KubernetesWorld world, Class<? extends HasMetadata> kind) {
        return world.server
                .client()
                .resources(kind)
                .inNamespace(world.server.namespace())
                .list()
                .getItems();
    }

    private static void awaitReady(KubernetesRuntime runtime, int one, int other, BooleanSupplier enough) {
        ControllerRuntimeContract.patient()
                .until(() -> enough.getAsBoolean() || (ready(runtime, "1.0") == one && ready(runtime, "2.0") == other));
    }

    private static int ready(KubernetesRuntime runtime, String version) {
        return Objects.requireNonNull(runtime.states().get(KubernetesWorld.id(version)), version)
                .ready()
                .size();
    }
}
