package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.Signer;
import io.portolan.protocol.rest.Page;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Keys of operators, and the overrides that nodes and directors told of. Thread-safe. */
final class OverridesApi {
    private static final int NAME_LIMIT = 64;

    private final StateStore store;
    private final Commands commands;
    private final Engine engine;
    private final InstantSource clock;

    OverridesApi(StateStore store, Commands commands, Engine engine, InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.engine = engine;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/overrides", this::list);
        routes.add("GET", "/v1/environments/{environment}/operator-keys", this::keys);
        routes.add("POST", "/v1/environments/{environment}/operator-keys", this::add);
        routes.add("DELETE", "/v1/environments/{environment}/operator-keys/{key}", this::remove);
    }

    /** An override as lists show it, newest first. */
    private record OverrideBody(
            String id,
            EnvironmentName environment,
            OperatorOverride.Action action,
            String extension,
            String slot,
            String version,
            String region,
            String issuer,
            String keyId,
            String reason,
            Instant issuedAt,
            Records.OverrideState state,
            Instant reportedAt,
            @Nullable Instant settledAt,
            String rollout,
            String detail,
            List<String> nodes) {}

    private Answer list(Call call) {
        var wanted = call.query().get("environment");
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        Table.OVERRIDES.list(reader, "").stream()
                                .map(Table.Row::value)
                                .filter(override -> wanted == null
                                        || override.environment().value().equals(wanted))
                                .sorted(Comparator.comparing(Records.Override::reportedAt)
                                        .reversed())
                                .map(OverridesApi::body)
                                .toList(),
                        null)));
    }

    private static OverrideBody body(Records.Override override) {
        var order = override.order();
        return new OverrideBody(
                order.id(),
                order.environment(),
                order.action(),
                order.extension(),
                order.slot(),
                override.version(),
                order.region(),
                order.issuer(),
                override.keyId(),
                order.reason(),
                order.issuedAt(),
                override.state(),
                override.reportedAt(),
                override.settledAt(),
                override.rollout(),
                override.detail(),
                override.nodes());
    }

    private static EnvironmentName environment(Call call) {
        return Call.identifier(EnvironmentName::new, call.parameter("environment"));
    }

    private Answer keys(Call call) {
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        OperatorKeys.of(
                                reader,
                                Lookup.environment(reader, environment(call)).name()),
                        null)));
    }

    /** Body of a new key; {@code name}: of whom it is. */
    private record Wanted(
            @Nullable String publicKey, @Nullable String name) {}

    private Answer add(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, Wanted.class);
        var text = wanted.publicKey() == null ? "" : wanted.publicKey().strip();
        var name = wanted.name() == null ? "" : wanted.name().strip();
        if (name.length() > NAME_LIMIT || name.chars().anyMatch(Character::isISOControl)) {
            throw new ApiException(
                    ErrorCode.INVALID, "name: " + name.length() + " characters (expected: at most " + NAME_LIMIT + ")");
        }
        var answer = commands.change(call, bytes, tx -> {
            var environment = Lookup.environment(tx, environment(call)).name();
            var id = keyId(text);
            var present = OperatorKeys.of(tx, environment);
            var same = present.stream().filter(key -> key.keyId().equals(id)).findFirst();
            if (same.isPresent()) {
                return new Commands.Result(200, same.get());
            }
            if (present.size() >= OperatorKeys.LIMIT) {
                throw new ApiException(
                        ErrorCode.INVALID, "operator keys of " + environment + ": more than " + OperatorKeys.LIMIT);
            }
            var record = new Records.OperatorKey(Records.SCHEMA, text, name, call.actor(), clock.instant());
            Table.OPERATOR_KEYS.put(tx, environment + "/" + id, Writer.ABSENT, record);
            var body = new OperatorKeys.Listed(id, text, name, false);
            commands.log(
                    tx,
                    call,
                    "portolan.operator-key.added",
                    "environment/" + environment,
                    name,
                    body,
                    Table.OPERATOR_KEYS,
                    environment + "/" + id,
                    record);
            return new Commands.Result(201, body);
        });
        engine.hurry();
        return answer;
    }

    private static String keyId(String text) {
        try {
            return Signer.keyId(Signer.publicKey(text));
        } catch (IllegalArgumentException e) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "publicKey: " + e.getMessage() + " (expected: X.509 in Base64, as portolan operator-key create"
                            + " prints it)");
        }
    }

    private Answer remove(Call call) {
        var id = call.parameter("key");
        var answer = commands.change(call, new byte[0], tx -> {
            var environment = Lookup.environment(tx, environment(call)).name();
            var key = OperatorKeys.of(tx, environment).stream()
                    .filter(listed -> listed.keyId().equals(id))
                    .findFirst()
                    .orElseThrow(() -> new ApiException(
                            ErrorCode.NOT_FOUND, "operator key " + id + " of " + environment + ": there is none"));
            if (key.settings()) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "operator key " + id + " of " + environment
                                + ": the control plane's settings list it (remove it there: operator-keys)");
            }
            tx.delete(Table.OPERATOR_KEYS.kind(), environment + "/" + id, Writer.ANY);
            var told = Json.mapper().<ObjectNode>valueToTree(key).put(LogReplay.RECORD_KEY, environment + "/" + id);
            commands.log(tx, call, "portolan.operator-key.removed", "environment/" + environment, key.name(), told);
            return new Commands.Result(200, key);
        });
        engine.hurry();
        return answer;
    }
}
