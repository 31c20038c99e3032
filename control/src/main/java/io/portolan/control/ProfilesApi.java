package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Profile;
import io.portolan.planner.routing.ProfileRules;
import io.portolan.protocol.Problem;
import io.portolan.protocol.ProfileJson;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Routing methods of extensions, one an environment; every broken rule is answered at once. Thread-safe. */
final class ProfilesApi {
    private static final String TEMPLATE = "/v1/extensions/{name}/environments/{environment}/profile";

    private final StateStore store;
    private final Commands commands;

    ProfilesApi(StateStore store, Commands commands) {
        this.store = store;
        this.commands = commands;
    }

    void addTo(Routes routes) {
        routes.add("GET", TEMPLATE, this::show);
        routes.add("PUT", TEMPLATE, this::set);
        routes.add("DELETE", TEMPLATE, this::reset);
    }

    /** The extension and environment of a call. */
    private record Place(ExtensionName extension, ControlSettings.Environment environment) {
        String key() {
            return Table.key(environment.name(), extension);
        }
    }

    private static Place place(Reader reader, Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        Lookup.extension(reader, name);
        return new Place(
                name, Lookup.environment(reader, Call.identifier(EnvironmentName::new, call.parameter("environment"))));
    }

    /** A profile as it is shown; {@code generation} is its entity tag, 0 for the default. */
    private record Body(ExtensionName extension, EnvironmentName environment, JsonNode profile) {}

    private static Body body(Place place, Profile profile) {
        return new Body(place.extension(), place.environment().name(), ProfileJson.write(profile));
    }

    private Answer show(Call call) {
        return store.read(reader -> {
            var place = place(reader, call);
            var row = Table.PROFILES.get(reader, place.key());
            return Answer.json(
                    200,
                    body(place, row.map(present -> present.value().profile()).orElse(Profile.standard())),
                    Map.of("ETag", etag(row.map(Table.Row::generation).orElse(0L))));
        });
    }

    private static String etag(long generation) {
        return "\"" + generation + "\"";
    }

    private Answer set(Call call) {
        var bytes = call.bytes();
        var node = Call.json(bytes, JsonNode.class);
        return commands.change(call, bytes, tx -> {
            var place = place(tx, call);
            return put(tx, call, place, checked(node, place));
        });
    }

    private Answer reset(Call call) {
        return commands.change(call, new byte[0], tx -> put(tx, call, place(tx, call), Profile.standard()));
    }

    private Commands.Result put(Writer tx, Call call, Place place, Profile profile) {
        var present = Table.PROFILES.get(tx, place.key());
        long generation = present.map(Table.Row::generation).orElse(0L);
        call.header()
                .apply("If-Match")
                .filter(match -> !match.equals(etag(generation)))
                .ifPresent(match -> {
                    throw new ApiException(
                            ErrorCode.PRECONDITION_FAILED,
                            "changing the profile of " + place.extension() + ": If-Match: " + match + " (it is "
                                    + etag(generation) + ")");
                });
        var before = present.map(row -> row.value().profile()).orElse(Profile.standard());
        if (!before.equals(profile)) {
            var record = new Records.RoutingProfile(Records.SCHEMA, profile);
            Table.PROFILES.put(tx, place.key(), present.isPresent() ? generation : Writer.ABSENT, record);
            commands.log(
                    tx,
                    call,
                    "portolan.profile.set",
                    place.extension().value(),
                    "",
                    Map.of(
                            "environment",
                            place.environment().name(),
                            "before",
                            ProfileJson.write(before),
                            "after",
                            ProfileJson.write(profile)),
                    Table.PROFILES,
                    place.key(),
                    record);
        }
        return new Commands.Result(200, body(place, profile));
    }

    private static Profile checked(JsonNode node, Place place) {
        var faults = new ArrayList<ProfileJson.Fault>();
        var profile = ProfileJson.readStrictly(node, faults);
        var violations = new ArrayList<Problem.Violation>();
        faults.forEach(fault -> violations.add(violation("profile-unreadable", fault.pointer(), fault.message())));
        ProfileRules.violations(profile).stream()
                .filter(broken ->
                        faults.stream().noneMatch(fault -> fault.pointer().equals(broken.pointer())))
                .forEach(broken -> violations.add(violation(broken.code(), broken.pointer(), broken.message())));
        var regions = place.environment().regions().stream()
                .map(ControlSettings.Region::name)
                .collect(Collectors.toSet());
        unknownRegions(profile, "", regions, violations);
        if (!violations.isEmpty()) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "profile of " + place.extension() + ": "
                            + (violations.size() == 1
                                    ? violations.getFirst().message()
                                    : violations.size() + " rules are broken"),
                    violations);
        }
        return profile;
    }

    private static Problem.Violation violation(String code, String pointer, String message) {
        return new Problem.Violation(code, null, pointer, message, null, null);
    }

    private static void unknownRegions(
            Profile profile, String at, Set<RegionName> known, List<Problem.Violation> violations) {
        for (int i = 0; i < profile.endpoints().size(); i++) {
            var endpoint = profile.endpoints().get(i);
            var here = at + "/endpoints/" + i;
            if (endpoint.target() instanceof Endpoint.InRegion in && !known.contains(in.region())) {
                violations.add(unknown(here + "/region", "region: " + in.region(), known));
            }
            if (!endpoint.location().isEmpty()
                    && known.stream().noneMatch(region -> region.value().equals(endpoint.location()))) {
                violations.add(unknown(here + "/location", "location: " + endpoint.location(), known));
            }
            if (endpoint.target() instanceof Endpoint.Nested nested) {
                unknownRegions(nested.profile(), here + "/profile", known, violations);
            }
        }
    }

    private static Problem.Violation unknown(String pointer, String found, Set<RegionName> known) {
        return violation(
                "endpoint-region",
                pointer,
                found + " (expected: one of "
                        + known.stream().map(RegionName::value).sorted().collect(Collectors.joining(", ")) + ")");
    }
}
