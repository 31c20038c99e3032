package io.portolan.it;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A client of the control plane's REST interface, as tests need it. Thread-safe. */
final class Rest {
    private final URI base;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    Rest(URI base) {
        this.base = base;
    }

    /** An answer; {@code body} is JSON null when it was none. */
    record Reply(int status, JsonNode body) {
        String text(String pointer) {
            return body.at(pointer).asString();
        }
    }

    Reply get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, HttpRequest.BodyPublishers.noBody(), headers);
    }

    Reply post(String path, Object body, String... headers) throws IOException, InterruptedException {
        return send("POST", path, HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)), headers);
    }

    Reply patch(String path, Object body) throws IOException, InterruptedException {
        return send("PATCH", path, HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)));
    }

    Reply delete(String path) throws IOException, InterruptedException {
        return send("DELETE", path, HttpRequest.BodyPublishers.noBody());
    }

    Reply put(String path, Path file) throws IOException, InterruptedException {
        return send("PUT", path, HttpRequest.BodyPublishers.ofFile(file));
    }

    Reply put(String path, Object body) throws IOException, InterruptedException {
        return send("PUT", path, HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)));
    }

    private Reply send(String method, String path, HttpRequest.BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(base.resolve(path)).method(method, body).timeout(Duration.ofSeconds(120));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        var response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        boolean json = response.headers().firstValue("Content-Type").orElse("").contains("json");
        return new Reply(
                response.statusCode(),
                json ? Json.mapper().readTree(response.body()) : Json.mapper().nullNode());
    }

    void register(String name, String route) throws IOException, InterruptedException {
        var reply = post("/v1/extensions", Map.of("name", name, "route", route));
        if (reply.status() >= 300) {
            throw new AssertionError("registering " + name + ": " + reply.body());
        }
    }

    /** Starts a rollout; gives its id. */
    String start(String extension, String version) throws IOException, InterruptedException {
        var reply = post("/v1/rollouts", Map.of("extension", extension, "version", version));
        if (reply.status() != 201) {
            throw new AssertionError("starting " + version + ": " + reply.body());
        }
        return reply.text("/id");
    }

    Reply awaitFinal(String rollout) throws IOException, InterruptedException {
        return get("/v1/rollouts/" + rollout, "Prefer", "wait=60");
    }

    void awaitSucceeded(String rollout) throws IOException, InterruptedException {
        var end = awaitFinal(rollout);
        if (!end.text("/state").equals("SUCCEEDED")) {
            throw new AssertionError("rollout " + rollout + ": " + end.body());
        }
    }
}
