package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import io.portolan.runtime.ControllerRuntimeContract;
import io.portolan.runtime.OpenCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/operate/kubernetes-rbac.yaml} and what the runtime asks together, in both directions. */
class KubernetesRbacTest {
    private static final Path FILE =
            Path.of(System.getProperty("portolan.root", ".."), "docs/operate/kubernetes-rbac.yaml");

    /** A life with everything: made with an autoscaler, changed, its secret rotated, its autoscaler taken away, deleted, pruned. */
    @Test
    void theAccountMayWhatTheRuntimeAsksAndNothingElse() throws IOException {
        var asked = new TreeSet<String>();
        try (var world = new KubernetesWorld(ApiServer.mock())) {
            world.secret("KEY", "value");
            live(world);
            world.server.requests.forEach(request -> asked.add(verb(request)));
        }

        assertThat(asked).as("asked, against " + FILE).isEqualTo(allowed());
    }

    private static void live(KubernetesWorld world) {
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
            awaitReady(first, 1, 1);
            first.ensure(fixed);
            awaitReady(first, 2, 1);
            KubernetesApi.KINDS.forEach(kind -> alter(world, kind));
            ControllerRuntimeContract.patient().until(() -> KubernetesApi.KINDS.stream()
                    .allMatch(kind -> altered(world, kind).isEmpty()));
            world.secret("KEY", "another");
            first.stop(echo.id());
            ControllerRuntimeContract.patient().until(() -> !first.states().containsKey(echo.id()));
        } finally {
            first.close();
        }
        var second = world.node("node-2", OpenCalls.NONE);
        try {
            second.ensure(echo);
            second.keepOnly(Set.of(echo.id()));
            ControllerRuntimeContract.patient()
                    .until(() -> world
                            .server
                            .client()
                            .apps()
                            .deployments()
                            .inNamespace(world.server.namespace())
                            .list()
                            .getItems()
                            .stream()
                            .noneMatch(found -> "2.0"
                                    .equals(found.getMetadata().getAnnotations().get(Scope.VERSION))));
        } finally {
            second.close();
        }
    }

    /** As somebody does who asks for something else: an earlier version of the product, for one. */
    private static void alter(KubernetesWorld world, Class<? extends HasMetadata> kind) {
        objects(world, kind).forEach(object -> {
            object.getMetadata().getAnnotations().put(Scope.SPEC, "altered");
            world.server
                    .client()
                    .resource(object)
                    .inNamespace(world.server.namespace())
                    .update();
        });
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

    private static void awaitReady(KubernetesRuntime runtime, int one, int other) {
        ControllerRuntimeContract.patient().until(() -> ready(runtime, "1.0") == one && ready(runtime, "2.0") == other);
    }

    private static int ready(KubernetesRuntime runtime, String version) {
        return Objects.requireNonNull(runtime.states().get(KubernetesWorld.id(version)), version)
                .ready()
                .size();
    }

    private static TreeSet<String> allowed() throws IOException {
        var documents = Files.readString(FILE).split("(?m)^---$", -1);
        var role = Arrays.stream(documents)
                .filter(document -> document.contains("kind: Role\n"))
                .findFirst()
                .orElseThrow();
        var allowed = new TreeSet<String>();
        new KubernetesSerialization().unmarshal(role, Role.class).getRules().forEach(rule -> rule.getResources()
                .forEach(resource -> rule.getVerbs()
                        .forEach(verb -> allowed.add(rule.getApiGroups().getFirst() + "/" + resource + " " + verb))));
        return allowed;
    }

    /** A request as its group, resource and verb: {@code /apis/apps/v1/namespaces/NS/deployments/NAME} and so on. */
    private static String verb(String request) {
        var words = request.split(" ", 2);
        var path = words[1].split("\\?", 2);
        var parts = List.of(path[0].substring(1).split("/", -1));
        boolean core = parts.getFirst().equals("api");
        var group = core ? "" : parts.get(1);
        var below = parts.subList((core ? 2 : 3) + 2, parts.size());
        boolean named = below.size() > 1;
        var query = path.length > 1 ? path[1] : "";
        var verb =
                switch (words[0]) {
                    case "GET" -> query.contains("watch=true") ? "watch" : named ? "get" : "list";
                    case "POST" -> "create";
                    case "PUT" -> "update";
                    case "PATCH" -> "patch";
                    case "DELETE" -> named ? "delete" : "deletecollection";
                    default -> throw new IllegalArgumentException(request);
                };
        return group + "/" + below.getFirst() + (below.size() > 2 ? "/" + below.get(2) : "") + " " + verb;
    }
}
