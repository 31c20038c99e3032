package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Holds {@code docs/operate/kubernetes-rbac.yaml} and what the runtime asks together, in both directions. What the mock is asked shows
 * verbs and resources; {@link KubernetesAccountTest} shows on a real server that they are enough, and each of them needed.
 */
class KubernetesRbacTest {
    /** Asked only of servers that do not apply, as the mock: those that the role is for do. */
    private static final List<String> WHERE_A_SERVER_DOES_NOT_APPLY = List.of("get", "update");

    @Test
    void theAccountMayWhatTheRuntimeAsksAndNothingElse() {
        var asked = new TreeSet<String>();
        try (var world = new KubernetesWorld(ApiServer.mock())) {
            world.secret("KEY", "value");
            WholeLife.of(world);
            world.server.requests.stream()
                    .filter(request -> !request.equals("GET /version"))
                    .forEach(request -> asked.add(verb(request)));
        }
        var allowed = ShippedAccount.rights().stream()
                .map(ShippedAccount.Right::toString)
                .collect(Collectors.toCollection(TreeSet::new));
        for (var right : ShippedAccount.rights()) {
            if (right.verb().equals("patch")) {
                WHERE_A_SERVER_DOES_NOT_APPLY.forEach(verb ->
                        allowed.add(new ShippedAccount.Right(right.group(), right.resource(), verb).toString()));
            }
        }

        assertThat(asked).as("asked, against " + ShippedAccount.FILE).isEqualTo(allowed);
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
