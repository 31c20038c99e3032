package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.routing.ProfileRules;
import io.portolan.protocol.Problem;
import io.portolan.protocol.ProfileJson;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Routing methods of extensions, one an environment; every broken rule is answered at once. Thread-safe.
 *
 * <p>A new profile comes by a ramp, as everything new does: directors give it to a growing share of the clients, by their own clocks. Back
 * to the profile that it replaces goes at once, while it is on its way.
 */
final class ProfilesApi {
    private static final String TEMPLATE = "/v1/extensions/{name}/environments/{environment}/profile";

    /** How long a change takes where nobody says it, unless the environment lets stages bake shorter than that. */
    static final Duration RAMP = Duration.ofMinutes(10);

    private static final Duration LONGEST_RAMP = Duration.ofDays(7);

    private final StateStore store;
    private final Commands commands;
    private final InstantSource clock;

    ProfilesApi(StateStore store, Commands commands, InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.clock = clock;
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

    /**
     * A profile as it is shown; the generation of its record is its entity tag, 0 for the default.
     *
     * @param replaced what some clients still get; null where the change is through
     */
    private record Body(
            ExtensionName extension,
            EnvironmentName environment,
            JsonNode profile,
            @Nullable Replaced replaced) {}

    /**
     * A profile on its way out.
     *
     * @param clients share of the clients that have the new one, in thousandths
     * @param goneAt  when the new one is that of everybody
     */
    private record Replaced(JsonNode profile, int clients, Instant goneAt) {}

    private Body body(Place place, Records.RoutingProfile routing) {
        return new Body(
                place.extension(),
                place.environment().name(),
                ProfileJson.write(routing.profile()),
                underWay(routing, clock.instant())
                        .map(replaced -> new Replaced(
                                ProfileJson.write(replaced.profile()),
                                replaced.ramp().share(clock.instant()),
                                replaced.ramp().since().plus(replaced.ramp().over())))
                        .orElse(null));
    }

    /** What a profile still replaces at a time. */
    private static Optional<ExtensionDocument.Replaced> underWay(Records.RoutingProfile routing, Instant now) {
        return routing.replaced().stream()
                .filter(replaced ->
                        replaced.ramp().since().plus(replaced.ramp().over()).isAfter(now))
                .findFirst();
    }

    private Answer show(Call call) {
        return store.read(reader -> {
            var place = place(reader, call);
            var row = Table.PROFILES.get(reader, place.key());
            return Answer.json(
                    200,
                    body(place, row.map(Table.Row::value).orElse(Records.RoutingProfile.STANDARD)),
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
        var ramp = ramp(call, place);
        var before = present.map(Table.Row::value).orElse(Records.RoutingProfile.STANDARD);
        var record = before.profile().equals(profile) ? whole(before, ramp) : next(before, profile, ramp);
        if (!record.equals(before)) {
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
                            ProfileJson.write(before.profile()),
                            "after",
                            ProfileJson.write(profile),
                            "ramp",
                            record.replaced().isEmpty() ? Duration.ZERO : ramp),
                    Table.PROFILES,
                    place.key(),
                    record);
        }
        return new Commands.Result(200, body(place, record));
    }

    /** The same profile again leaves a change that is under way to its pace, or ends it where no ramp is wanted. */
    private static Records.RoutingProfile whole(Records.RoutingProfile before, Duration ramp) {
        return ramp.isZero() ? new Records.RoutingProfile(Records.SCHEMA, before.profile(), List.of()) : before;
    }

    /** A new profile replaces the one that everybody had last; that one comes back at once. */
    private Records.RoutingProfile next(Records.RoutingProfile before, Profile profile, Duration ramp) {
        var now = clock.instant();
        var stable =
                underWay(before, now).map(ExtensionDocument.Replaced::profile).orElse(before.profile());
        return new Records.RoutingProfile(
                Records.SCHEMA,
                profile,
                ramp.isZero() || stable.equals(profile)
                        ? List.of()
                        : List.of(new ExtensionDocument.Replaced(stable, new RegionDocument.Ramp(now, ramp))));
    }

    private static Duration ramp(Call call, Place place) {
        var given = call.query().get("ramp");
        if (given == null) {
            var bake = place.environment().minimumBake();
            return bake.compareTo(RAMP) < 0 ? bake : RAMP;
        }
        var ramp = RolloutsApi.duration(given);
        if (ramp.isNegative() || ramp.compareTo(LONGEST_RAMP) > 0) {
            throw new ApiException(ErrorCode.INVALID, "ramp: " + ramp + " (expected: PT0S to " + LONGEST_RAMP + ")");
        }
        return ramp;
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
