package io.portolan.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/**
 * Asks region nodes themselves for what only they know. They tell operators: this machine, networks of their settings, or whoever brings
 * the token that {@code PORTOLAN_OPERATOR_TOKEN} holds. Thread-safe.
 */
final class NodeQuestion implements AutoCloseable {
    private static final String TOKEN = "PORTOLAN_OPERATOR_TOKEN";
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final String token;

    NodeQuestion(Console console) {
        this.token = console.variable(TOKEN);
    }

    /** A region node. */
    record Node(String id, String region, String url) {}

    /**
     * What a node said.
     *
     * @param problem why it said nothing, empty text when it did
     */
    record Said(Node node, byte[] body, String problem) {}

    /** Region nodes that the control plane knows, of one region or of all. */
    static List<Node> nodes(Api api, String region) {
        return api.get("/v1/nodes").items().stream()
                .filter(node -> Trees.text(node, "kind").equals("region"))
                .map(node -> new Node(Trees.text(node, "id"), Trees.text(node, "region"), Trees.text(node, "url")))
                .filter(node -> region.isEmpty() || region.equals(node.region()))
                .filter(node -> !node.url().isEmpty())
                .toList();
    }

    /** Asks one. */
    Said ask(Node node, String path) {
        try {
            var request = HttpRequest.newBuilder(URI.create(node.url() + path)).timeout(TIMEOUT);
            if (!token.isEmpty()) {
                request.header("Authorization", "Bearer " + token);
            }
            var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            var problem =
                    switch (answer.statusCode()) {
                        case 200 -> "";
                        case 401, 403 ->
                            "it tells operators only (expected: " + TOKEN
                                    + ", or this network in its operator-networks)";
                        case 404 -> "it does not know that";
                        default -> "it answers " + answer.statusCode();
                    };
            return new Said(node, answer.body(), problem);
        } catch (IOException | IllegalArgumentException e) {
            // What is refused a connection has no message.
            var why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return new Said(node, new byte[0], "it does not answer: " + why);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Said(node, new byte[0], "interrupted");
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
