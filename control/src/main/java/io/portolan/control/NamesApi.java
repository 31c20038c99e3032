package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Deployment;
import io.portolan.protocol.rest.Page;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Friendly names: extra names for versions, for testing; never a default for users. Thread-safe. */
final class NamesApi {
    private static final String TEMPLATE = "/v1/extensions/{name}/environments/{environment}/names/{friendly}";
    private static final Set<String> RESERVED = Set.of("Content", "api", "telemetry");

    /** How many friendly names an extension may have in an environment. */
    private static final int LIMIT = 10_000;

    private final StateStore store;
    private final Commands commands;
    private final InstantSource clock;

    NamesApi(StateStore store, Commands commands, InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/extensions/{name}/environments/{environment}/names", this::list);
        routes.add("PUT", TEMPLATE, this::set);
        routes.add("DELETE", TEMPLATE, this::remove);
    }

    /** What a name is set to; {@code expires} is a duration from now or a time. */
    private record Wanted(VersionLabel version, @Nullable String expires) {}

    /** A name as it is shown. */
    private record NameBody(
            String name, VersionLabel version, @Nullable Instant expiresAt) {}

    private Answer list(Call call) {
        return store.read(reader -> {
            var row = deployment(reader, call);
            return Answer.json(
                    200,
                    new Page<>(
                            new TreeMap<>(row.value().names())
                                    .entrySet().stream()
                                            .map(entry -> new NameBody(
                                                    entry.getKey(),
                                                    entry.getValue().version(),
                                                    entry.getValue().expiresAt()))
                                            .toList(),
                            null));
        });
    }

    private Answer set(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, Wanted.class);
        var friendly = call.parameter("friendly");
        return commands.change(call, bytes, tx -> {
            var row = deployment(tx, call);
            check(tx, row.value(), friendly);
            var version = Lookup.version(tx, row.value().extension(), wanted.version())
                    .value();
            if (version.state() != VersionState.PUBLISHED) {
                throw new ApiException(
                        ErrorCode.CONFLICT, "naming " + version.version() + ": it is " + version.state());
            }
            var names = new HashMap<>(row.value().names());
            var name = new Deployment.FriendlyName(wanted.version(), expires(wanted.expires()));
            names.put(friendly, name);
            if (names.size() > LIMIT) {
                throw new ApiException(ErrorCode.INVALID, "friendly names: more than " + LIMIT);
            }
            var body = new NameBody(friendly, name.version(), name.expiresAt());
            record(tx, call, row, names, "portolan.name.set", body);
            return new Commands.Result(200, body);
        });
    }

    private Answer remove(Call call) {
        var friendly = call.parameter("friendly");
        return commands.change(call, new byte[0], tx -> {
            var row = deployment(tx, call);
            var names = new HashMap<>(row.value().names());
            var removed = names.remove(friendly);
            if (removed == null) {
                throw new ApiException(
                        ErrorCode.NOT_FOUND,
                        "friendly name " + friendly + ": there is none (there are: "
                                + String.join(", ", new TreeMap<>(names).keySet()) + ")");
            }
            var body = new NameBody(friendly, removed.version(), removed.expiresAt());
            record(tx, call, row, names, "portolan.name.removed", body);
            return new Commands.Result(200, body);
        });
    }

    private void record(
            Writer tx,
            Call call,
            Table.Row<Deployment> row,
            Map<String, Deployment.FriendlyName> names,
            String type,
            NameBody body) {
        var named = row.value().naming(names);
        Table.DEPLOYMENTS.put(tx, row.key(), row.generation(), named);
        commands.log(tx, call, type, named.extension().value(), "", body, Table.DEPLOYMENTS, named);
    }

    private static Table.Row<Deployment> deployment(Reader reader, Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        Lookup.extension(reader, name);
        var environment =
                Lookup.environment(reader, Call.identifier(EnvironmentName::new, call.parameter("environment")));
        return Lookup.deployment(reader, environment.name(), name);
    }

    /** A friendly name must not hide anything that the same address could mean. */
    private static void check(Reader reader, Deployment deployment, String friendly) {
        if (!friendly.matches("[0-9A-Za-z][0-9A-Za-z\\-]{0,63}") || RESERVED.contains(friendly)) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "friendly name: " + friendly
                            + " (expected: letters, digits and hyphens, at most 64, and none of "
                            + String.join(", ", List.copyOf(RESERVED)) + ")");
        }
        var environment = Lookup.environment(reader, deployment.environment());
        if (environment.stages().stage(friendly).isPresent()) {
            throw new ApiException(ErrorCode.INVALID, "friendly name: " + friendly + " is a stage");
        }
        for (var row : Table.VERSIONS.list(reader, deployment.extension() + "/")) {
            var version = row.value().version().value();
            if (version.equals(friendly) || version.replace('.', 'd').equals(friendly)) {
                throw new ApiException(
                        ErrorCode.INVALID, "friendly name: " + friendly + " stands for version " + version);
            }
        }
    }

    private @Nullable Instant expires(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (java.time.format.DateTimeParseException notATime) {
            return clock.instant().plus(RolloutsApi.duration(text));
        }
    }
}
