package io.portolan.dist;

import io.portolan.model.RegionName;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;

/**
 * Adds regions to a running world, with the same calls as anybody would: declares the region, takes a token for its node, writes the
 * node's settings on the next address, and remembers it for the next start. One thread at a time.
 */
final class DevRegions implements DevWorld.RegionAdder {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int CREATED = 201;
    private static final int CONFLICT = 409;

    private final RegionCatalogue catalogue;
    private final InstantSource clock;
    private final BiFunction<DevPlan, String, Component> components;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private DevPlan plan;

    DevRegions(
            DevPlan plan,
            RegionCatalogue catalogue,
            InstantSource clock,
            BiFunction<DevPlan, String, Component> components) {
        this.plan = plan;
        this.catalogue = catalogue;
        this.clock = clock;
        this.components = components;
    }

    @Override
    public void check(String name) throws IOException {
        var region = new RegionName(name);
        if (catalogue.find(region).isEmpty()) {
            throw new IOException(name + " is not in the bundled list");
        }
        var state = state(name);
        if (state.isEmpty() ? plan.regions().contains(region) : !state.equals("RETIRED") && !isOnItsWay(name)) {
            throw new IOException(name + " is one of this world's regions already"
                    + (state.isEmpty() ? "" : " (" + state + ": portolan region show " + name + ")"));
        }
    }

    @Override
    public Component add(String name) throws IOException {
        var region = new RegionName(name);
        var declared = post("/v1/regions", Map.of("name", name, "environment", DevPlan.ENVIRONMENT));
        // An attempt that was cut short is gone on with; whatever else there is was said by the control plane.
        boolean before = plan.regions().contains(region);
        if (declared.statusCode() != CREATED && !(declared.statusCode() == CONFLICT && isOnItsWay(name))) {
            throw new IOException(detail(declared));
        }
        var token = post("/v1/regions/" + name + "/tokens", Map.of());
        if (token.statusCode() != CREATED) {
            throw new IOException(detail(token));
        }
        if (before) {
            setAside(plan.folder(DevPlan.node(region)));
        }
        plan = plan.adding(region);
        remember();
        new DevSettings(plan, catalogue)
                .writeAdded(region, read(token).path("token").asString());
        return components.apply(plan, DevPlan.node(region));
    }

    @Override
    public void stopped(String component) throws IOException {
        for (var region : plan.added()) {
            if (DevPlan.node(region).equals(component) && state(region.value()).equals("RETIRED")) {
                plan = plan.without(region);
                remember();
                setAside(plan.folder(component));
            }
        }
    }

    private String state(String name) throws IOException {
        return read(send(HttpRequest.newBuilder(uri("/v1/regions/" + name)).GET()))
                .path("state")
                .asString("");
    }

    private boolean isOnItsWay(String name) throws IOException {
        var state = state(name);
        return state.equals("DECLARED") || state.equals("PREFLIGHT");
    }

    /** A code that is used again gets another identity: nothing of the node before is used. */
    private void setAside(Path folder) throws IOException {
        if (Files.exists(folder)) {
            Files.move(
                    folder,
                    folder.resolveSibling(
                            folder.getFileName() + ".before-" + clock.instant().toEpochMilli()));
        }
    }

    private void remember() throws IOException {
        Files.createDirectories(plan.addedFile().toAbsolutePath().resolveSibling("."));
        var next = plan.addedFile().resolveSibling("added.new");
        Files.writeString(next, plan.addedText());
        Files.move(next, plan.addedFile(), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private URI uri(String path) {
        return URI.create(plan.controlUrl() + path);
    }

    private HttpResponse<byte[]> post(String path, Object body) throws IOException {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body))));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException {
        try {
            return http.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static JsonNode read(HttpResponse<byte[]> answer) {
        return Json.mapper().readTree(answer.body());
    }

    private static String detail(HttpResponse<byte[]> answer) {
        return read(answer).path("detail").asString("the control plane answered " + answer.statusCode());
    }
}
