package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionState;
import io.portolan.model.RevisionId;
import io.portolan.model.Route;
import io.portolan.model.StageDefinition;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.Page;
import io.portolan.protocol.rest.RouteExplanation;
import io.portolan.protocol.rest.StatusBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.StoredRevision;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** Environments, regions, revisions, and why a client is sent where it is. Thread-safe. */
final class ReadApi {
    private static final Duration DIRECTOR_TIMEOUT = Duration.ofSeconds(3);
    private static final int REVISIONS_SHOWN = 200;

    private final StateStore store;
    private final NodeRegistry registry;
    private final HttpClient http;
    private final InstantSource clock;

    ReadApi(StateStore store, NodeRegistry registry, HttpClient http, InstantSource clock) {
        this.store = store;
        this.registry = registry;
        this.http = http;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/environments", this::environments);
        routes.add("GET", "/v1/environments/{environment}", this::environment);
        routes.add("GET", "/v1/environments/{environment}/revisions", this::revisions);
        routes.add("GET", "/v1/environments/{environment}/revisions/{which}", this::revision);
        routes.add("GET", "/v1/regions", this::regions);
        routes.add("GET", "/v1/routes/{route}/explain", this::explain);
    }

    /** An environment as lists show it. */
    private record EnvironmentBody(
            EnvironmentName name,
            String zone,
            List<String> portalHosts,
            StageDefinition stages,
            Duration minimumBake,
            List<String> regions,
            List<String> nameServers) {}

    private Answer environments(Call call) {
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        Lookup.environments(reader).stream().map(ReadApi::body).toList(), null)));
    }

    private Answer environment(Call call) {
        return Answer.json(200, store.read(reader -> body(environment(reader, call))));
    }

    private static EnvironmentBody body(ControlSettings.Environment environment) {
        return new EnvironmentBody(
                environment.name(),
                environment.zone(),
                environment.portalHosts(),
                environment.stages(),
                environment.minimumBake(),
                environment.regions().stream()
                        .map(region -> region.name().value())
                        .toList(),
                environment.nameServers());
    }

    private Answer regions(Call call) {
        return Answer.json(200, store.read(reader -> {
            var nodes =
                    Table.NODES.list(reader, "").stream().map(Table.Row::value).toList();
            return new Page<>(
                    Lookup.environments(reader).stream()
                            .flatMap(environment -> environment.regions().stream()
                                    .map(region -> new StatusBody.RegionBody(
                                            region.name(),
                                            environment.name(),
                                            environment
                                                    .stages()
                                                    .stageOf(region.name())
                                                    .name(),
                                            RegionsApi.states(reader, environment.name(), clock.instant())
                                                    .getOrDefault(region.name(), RegionState.LIVE),
                                            region.location().latitude(),
                                            region.location().longitude(),
                                            region.addresses(),
                                            nodes.stream()
                                                    .filter(node -> node.environment()
                                                                    .equals(environment.name())
                                                            && node.region().equals(region.name()))
                                                    .map(Records.Node::id)
                                                    .toList(),
                                            region.capacity())))
                            .toList(),
                    null);
        }));
    }

    private Answer revisions(Call call) {
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        reader.revisions(environment(reader, call).name(), REVISIONS_SHOWN).stream()
                                .map(Revisions::body)
                                .toList(),
                        null)));
    }

    /** One revision, or with {@code a..b} the difference of two. */
    private Answer revision(Call call) {
        var which = call.parameter("which");
        return store.read(reader -> {
            var environment = environment(reader, call).name();
            int dots = which.indexOf("..");
            return dots < 0
                    ? Answer.json(200, Revisions.body(find(reader, environment, which)))
                    : Answer.json(
                            200,
                            Differences.between(
                                    reader,
                                    find(reader, environment, which.substring(0, dots)),
                                    find(reader, environment, which.substring(dots + 2))));
        });
    }

    private static StoredRevision find(Reader reader, EnvironmentName environment, String which) {
        var newest = reader.newestRevision(environment)
                .orElseThrow(
                        () -> new ApiException(ErrorCode.NOT_YET, "environment " + environment + ": no revision yet"));
        if (!which.matches("[1-9][0-9]{0,17}(\\.[1-9][0-9]{0,17})?")) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST, "revision: " + which + " (expected: number, epoch.number or a..b)");
        }
        var id = which.contains(".")
                ? RevisionId.parse(which)
                : new RevisionId(newest.id().epoch(), Long.parseLong(which));
        return reader.revision(environment, id)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NOT_FOUND,
                        "revision " + id + " of " + environment + ": the newest is " + newest.id()));
    }

    private static ControlSettings.Environment environment(Reader reader, Call call) {
        return Lookup.environment(reader, Call.identifier(EnvironmentName::new, call.parameter("environment")));
    }

    /** Asks a director, whose decision it is. */
    private Answer explain(Call call) {
        var route = Call.identifier(Route::new, call.parameter("route"));
        var client = call.query().get("client");
        if (client == null) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "explaining " + route + ": no client (expected: ?client=IP)");
        }
        var zone = store.read(reader -> {
            var named = call.query().get("environment");
            return Lookup.environment(reader, named == null ? null : Call.identifier(EnvironmentName::new, named));
        });
        var at = call.query().containsKey("at") ? "&at=" + encode(call.query().getOrDefault("at", "")) : "";
        var failures = new java.util.ArrayList<String>();
        for (var director : registry.directors(clock.instant())) {
            if (!director.environment().equals(zone.name())) {
                continue;
            }
            var uri = URI.create(director.url() + "/-/explain?name=" + encode(route + "." + zone.zone()) + "&client="
                    + encode(client) + at);
            try {
                var response = http.send(
                        HttpRequest.newBuilder(uri).timeout(DIRECTOR_TIMEOUT).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
                if (response.statusCode() == 200) {
                    return Answer.json(200, Json.read(response.body(), RouteExplanation.class));
                }
                throw new ApiException(
                        response.statusCode() == 404 ? ErrorCode.NOT_FOUND : ErrorCode.BAD_REQUEST,
                        "explaining " + route + " for " + client + ": "
                                + new String(response.body(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                failures.add(director.id() + ": " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new ApiException(
                ErrorCode.DIRECTOR_UNREACHABLE,
                "explaining " + route + ": "
                        + (failures.isEmpty() ? "no director has reported lately" : String.join(", ", failures)));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
