package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Route;
import io.portolan.model.Stage;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Placed;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.ExtensionBody;
import io.portolan.protocol.rest.Page;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Registration of extensions, their holds. Thread-safe. */
final class ExtensionsApi {
    private final StateStore store;
    private final Commands commands;
    private final InstantSource clock;

    ExtensionsApi(StateStore store, Commands commands, InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("POST", "/v1/extensions", this::register);
        routes.add("GET", "/v1/extensions", this::list);
        routes.add("GET", "/v1/extensions/{name}", this::show);
        routes.add("PATCH", "/v1/extensions/{name}", this::change);
        routes.add("GET", "/v1/holds", this::holds);
        routes.add("DELETE", "/v1/holds/{name}", this::lift);
    }

    private Answer register(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, ExtensionBody.class);
        return commands.change(call, bytes, tx -> {
            var placement = placement(tx, wanted.placement());
            var record = new Records.Extension(
                    Records.SCHEMA, wanted.name(), wanted.route(), owners(wanted.owners()), placement, clock.instant());
            var present = Table.EXTENSIONS.get(tx, wanted.name().value());
            if (present.isPresent()) {
                var same = present.get().value();
                if (same.route().equals(record.route())
                        && same.owners().equals(record.owners())
                        && same.placement().equals(record.placement())) {
                    return new Commands.Result(200, body(tx, same));
                }
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "registering " + wanted.name() + ": it is registered already, with route " + same.route()
                                + " (change it with PATCH)");
            }
            checkRoute(tx, wanted.route());
            Table.EXTENSIONS.put(tx, wanted.name().value(), Writer.ABSENT, record);
            commands.log(
                    tx, call, "portolan.extension.registered", wanted.name().value(), "", record);
            return new Commands.Result(201, body(tx, record));
        });
    }

    private Answer change(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var bytes = call.bytes();
        var wanted = Call.json(bytes, JsonNode.class);
        return commands.change(call, bytes, tx -> {
            var present = Lookup.extension(tx, name);
            call.header().apply("If-Match").ifPresent(match -> {
                if (!match.equals(etag(present.generation()))) {
                    throw new ApiException(
                            ErrorCode.PRECONDITION_FAILED,
                            "changing " + name + ": If-Match: " + match + " (it is " + etag(present.generation())
                                    + ")");
                }
            });
            for (var field : wanted.propertyNames()) {
                if (!Set.of("owners", "placement").contains(field)) {
                    throw new ApiException(
                            ErrorCode.INVALID, "changing " + name + ": " + field + " (expected: owners, placement)");
                }
            }
            var old = present.value();
            var patch = Json.mapper().convertValue(wanted, Patch.class);
            var record = new Records.Extension(
                    Records.SCHEMA,
                    old.name(),
                    old.route(),
                    patch.owners() == null ? old.owners() : owners(patch.owners()),
                    patch.placement() == null ? old.placement() : placement(tx, patch.placement()),
                    old.createdAt());
            Table.EXTENSIONS.put(tx, name.value(), present.generation(), record);
            commands.log(
                    tx, call, "portolan.extension.changed", name.value(), "", Map.of("before", old, "after", record));
            return new Commands.Result(200, body(tx, record));
        });
    }

    private record Patch(
            @Nullable List<String> owners, @Nullable Map<String, List<String>> placement) {}

    private Answer list(Call call) {
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        Table.EXTENSIONS.list(reader, "").stream()
                                .map(row -> body(reader, row.value()))
                                .toList(),
                        null)));
    }

    private Answer show(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        return store.read(reader -> {
            var row = Lookup.extension(reader, name);
            return Answer.json(200, body(reader, row.value()), Map.of("ETag", etag(row.generation())));
        });
    }

    /** A hold in lists; {@code region} null: of all regions. */
    private record HoldBody(
            ExtensionName extension,
            EnvironmentName environment,
            @Nullable RegionName region,
            String reason,
            Instant at,
            List<VersionLabel> withdrawn) {}

    private Answer holds(Call call) {
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        Table.DEPLOYMENTS.list(reader, "").stream()
                                .map(Table.Row::value)
                                .flatMap(deployment -> hold(deployment).stream())
                                .toList(),
                        null)));
    }

    private static List<HoldBody> hold(Deployment deployment) {
        var holds = new ArrayList<HoldBody>();
        var hold = deployment.hold();
        if (hold != null) {
            holds.add(body(deployment, null, hold));
        }
        new TreeMap<>(deployment.regionHolds()).forEach((region, held) -> holds.add(body(deployment, region, held)));
        return holds;
    }

    private static HoldBody body(Deployment deployment, @Nullable RegionName region, Deployment.Hold hold) {
        return new HoldBody(
                deployment.extension(), deployment.environment(), region, hold.reason(), hold.at(), hold.withdrawn());
    }

    private Answer lift(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        return commands.change(call, new byte[0], tx -> {
            Lookup.extension(tx, name);
            var named = call.query().get("environment");
            var environment =
                    Lookup.environment(tx, named == null ? null : Call.identifier(EnvironmentName::new, named));
            var deployment = Lookup.deployment(tx, environment.name(), name);
            var held = hold(deployment.value());
            if (held.isEmpty()) {
                throw new ApiException(
                        ErrorCode.NOT_FOUND,
                        "lifting the hold of " + name + ": nothing is held in " + environment.name());
            }
            var lifted = deployment.value().holding(null).holdingRegions(Map.of());
            Table.DEPLOYMENTS.put(tx, deployment.key(), deployment.generation(), lifted);
            commands.log(
                    tx, call, "portolan.hold.lifted", name.value(), "", held.getFirst(), Table.DEPLOYMENTS, lifted);
            return new Commands.Result(200, held.getFirst());
        });
    }

    private static List<String> owners(@Nullable List<String> owners) {
        return owners == null ? List.of() : List.copyOf(owners);
    }

    private static Map<String, List<String>> placement(Reader reader, @Nullable Map<String, List<String>> placement) {
        if (placement == null) {
            return Map.of();
        }
        placement.forEach((name, entries) ->
                checkPlacement(Lookup.environment(reader, Call.identifier(EnvironmentName::new, name)), entries));
        return Map.copyOf(placement);
    }

    private static void checkPlacement(ControlSettings.Environment environment, List<String> entries) {
        var fence = entries.stream()
                .filter(entry -> entry.startsWith(Placed.RESIDENCY))
                .map(entry -> entry.substring(Placed.RESIDENCY.length()))
                .toList();
        for (var entry : entries) {
            if (entry.equals(Stage.REST)) {
                continue;
            }
            var region = environment.regions().stream()
                    .filter(present -> present.name().value().equals(entry))
                    .findFirst();
            if (region.isPresent()
                    && !fence.isEmpty()
                    && !fence.contains(region.get().residency())) {
                throw new ApiException(
                        ErrorCode.INVALID,
                        "placement." + environment.name() + ": region " + entry + " is of "
                                + (region.get().residency().isEmpty()
                                        ? "no residency class"
                                        : "residency class " + region.get().residency())
                                + " (expected: one of " + fence + ", as the placement says)");
            }
            boolean known =
                    region.isPresent() || fence.stream().anyMatch(name -> entry.equals(Placed.RESIDENCY + name));
            if (!known || (region.isEmpty() && !ControlSettings.Region.isResidency(fenceOf(entry)))) {
                throw new ApiException(
                        ErrorCode.INVALID,
                        "placement." + environment.name() + ": region " + entry
                                + " (expected: \"*\", regions of " + environment.name()
                                + ", or a class such as residency:eu)");
            }
        }
    }

    private static String fenceOf(String entry) {
        return entry.substring(Placed.RESIDENCY.length());
    }

    private static void checkRoute(Reader reader, Route route) {
        if (route.isReserved()) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "route: " + route + " is reserved (also: " + String.join(", ", Route.RESERVED) + ")");
        }
        for (var environment : Lookup.environments(reader)) {
            for (var server : environment.nameServers()) {
                if (server.startsWith(route + ".")) {
                    throw new ApiException(ErrorCode.INVALID, "route: " + route + " is the name of a name server");
                }
            }
            if (isTaken(environment, route)) {
                throw new ApiException(
                        ErrorCode.INVALID, "route: " + route + " is a record of the zone " + environment.zone());
            }
            for (var other : Lookup.environments(reader)) {
                if (other.zone().equals(route + "." + environment.zone())) {
                    throw new ApiException(
                            ErrorCode.INVALID, "route: " + route + " is the zone of environment " + other.name());
                }
            }
        }
        Table.EXTENSIONS.list(reader, "").stream()
                .filter(row -> row.value().route().equals(route))
                .findFirst()
                .ifPresent(other -> {
                    throw new ApiException(
                            ErrorCode.CONFLICT,
                            "route: " + route + " belongs to " + other.value().name());
                });
    }

    /** Whether a route's name within an environment's zone has a fixed record. */
    static boolean isTaken(ControlSettings.Environment environment, Route route) {
        return environment.records().stream().anyMatch(record -> record.name().equals(route.value()));
    }

    static ExtensionBody body(Reader reader, Records.Extension extension) {
        var hold = Lookup.environments(reader).stream()
                .map(environment -> Lookup.deployment(reader, environment.name(), extension.name()))
                .map(row -> row.value().hold())
                .filter(Objects::nonNull)
                .findFirst();
        return new ExtensionBody(
                extension.name(),
                extension.route(),
                extension.owners(),
                extension.placement(),
                null,
                hold.map(present -> new ExtensionBody.Hold(present.reason(), present.at(), present.withdrawn()))
                        .orElse(null));
    }

    private static String etag(long generation) {
        return "\"" + generation + "\"";
    }
}
