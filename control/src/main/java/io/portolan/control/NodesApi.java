package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Join;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.Signer;
import io.portolan.protocol.rest.Page;
import io.portolan.storage.LogEntry;
import io.portolan.storage.StateStore;
import io.portolan.storage.StoredRevision;
import io.portolan.storage.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What nodes and directors ask for: joining, revisions, objects, and their status. Thread-safe. */
final class NodesApi {
    private final StateStore store;
    private final NodeRegistry registry;
    private final Signer signer;
    private final List<ControlSettings.Environment> environments;
    private final Enrolment enrolment;
    private final StatusIntake intake;
    private final Changes changes;
    private final InstantSource clock;

    NodesApi(
            StateStore store,
            NodeRegistry registry,
            Signer signer,
            List<ControlSettings.Environment> environments,
            Enrolment enrolment,
            Changes changes,
            InstantSource clock) {
        this.enrolment = enrolment;
        this.store = store;
        this.registry = registry;
        this.intake = new StatusIntake(store, registry);
        this.signer = signer;
        this.environments = environments;
        this.changes = changes;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("POST", "/v1/nodes", this::join);
        routes.add("GET", "/v1/nodes", this::list);
        routes.add("PUT", "/v1/nodes/{id}/status", this::status);
        routes.add("GET", "/v1/environments/{environment}/revision", this::revision);
        routes.add("GET", "/v1/objects/{digest}", this::object);
    }

    private Answer join(Call call) {
        var wanted = call.json(Join.Request.class);
        var token = call.header()
                .apply("Authorization")
                .filter(value -> value.startsWith("Bearer "))
                .map(value -> value.substring(7))
                .orElseThrow(() -> new ApiException(
                        ErrorCode.UNAUTHORIZED,
                        "joining " + wanted.id() + ": no join token (expected: Authorization: Bearer)"));
        // One that was made of a bundle stands in no settings: its nodes come with tokens that were made for them.
        store.read(reader -> Lookup.environment(reader, wanted.environment()));
        boolean known = environments.stream()
                .filter(present -> present.name().equals(wanted.environment()))
                .flatMap(present -> present.joinTokens().stream())
                .anyMatch(offered -> offered.kind().equals(wanted.kind())
                        && offered.region().equals(wanted.region())
                        && same(offered.token(), token));
        Call.identifier(Signer::publicKey, wanted.publicKey());
        if (!known && enrolment.join(call, wanted, token)) {
            return joined(wanted);
        }
        if (!known) {
            throw new ApiException(
                    ErrorCode.UNAUTHORIZED,
                    "joining " + wanted.id() + ": the token is not one for a " + wanted.kind() + " of "
                            + wanted.region());
        }
        store.write(tx -> {
            BringUps.get(tx, wanted.environment(), wanted.region())
                    .filter(row -> row.value().way().state() == io.portolan.model.RegionState.RETIRED
                            || row.value().revokedKeys().contains(wanted.publicKey()))
                    .ifPresent(row -> {
                        throw new ApiException(
                                ErrorCode.UNAUTHORIZED,
                                "joining " + wanted.id() + ": " + wanted.region()
                                        + " is retired, or its key is revoked");
                    });
            var present = Table.NODES.get(tx, wanted.id());
            if (present.isPresent()
                    && present.get().value().publicKey().equals(wanted.publicKey())
                    && present.get().value().url().equals(wanted.url())) {
                return present.get().value();
            }
            if (present.isPresent() && !present.get().value().region().equals(wanted.region())) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "joining " + wanted.id() + ": that name belongs to a node of "
                                + present.get().value().region());
            }
            var node = new Records.Node(
                    Records.SCHEMA,
                    wanted.id(),
                    wanted.kind(),
                    wanted.environment(),
                    wanted.region(),
                    wanted.publicKey(),
                    wanted.url(),
                    clock.instant());
            Table.NODES.put(tx, wanted.id(), Writer.ANY, node);
            tx.append(new LogEntry(
                    "portolan.node.joined",
                    "node/" + wanted.id(),
                    wanted.id(),
                    call.origin(),
                    "",
                    Json.text(node),
                    clock.instant()));
            return node;
        });
        return joined(wanted);
    }

    private Answer joined(Join.Request wanted) {
        return Answer.json(
                200,
                new Join.Response(wanted.id(), wanted.environment(), wanted.region(), List.of(signer.publicKeyText())));
    }

    private static boolean same(String offered, String token) {
        return MessageDigest.isEqual(offered.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }

    private Answer status(Call call) {
        var id = call.parameter("id");
        var now = clock.instant();
        var node = store.read(reader -> Table.NODES.get(reader, id))
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "node " + id + ": it has not joined"))
                .value();
        var key = Signer.publicKey(node.publicKey());
        var payload = call.json(Envelope.class)
                .verify(NodeStatus.TYPE, Map.of(Signer.keyId(key), key))
                .orElseThrow(() -> new ApiException(
                        ErrorCode.UNAUTHORIZED, "status of " + id + ": not signed with the key that it joined with"));
        var status = Call.json(payload, NodeStatus.class);
        if (!status.id().equals(id) || !status.region().equals(node.region())) {
            throw new ApiException(
                    ErrorCode.INVALID, "status of " + id + ": it is of " + status.id() + " in " + status.region());
        }
        var effect = intake.take(status, call.origin(), now);
        if (effect == NodeRegistry.Effect.CHANGED || effect == NodeRegistry.Effect.NOTABLE) {
            changes.signal();
        }
        return Answer.empty(204);
    }

    /** A node as lists show it; {@code status} is null until it has reported. */
    private record NodeBody(
            String id,
            String kind,
            EnvironmentName environment,
            RegionName region,
            String url,
            boolean inRotation,
            @Nullable NodeStatus status) {}

    private Answer list(Call call) {
        var now = clock.instant();
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        Table.NODES.list(reader, "").stream()
                                .map(Table.Row::value)
                                .map(node -> new NodeBody(
                                        node.id(),
                                        node.kind(),
                                        node.environment(),
                                        node.region(),
                                        node.url(),
                                        registry.inRotation(node.id(), node.region(), now),
                                        registry.of(node.id())
                                                .map(NodeRegistry.Seen::status)
                                                .orElse(null)))
                                .toList(),
                        null)));
    }

    /** The newest revision; with {@code If-None-Match} and {@code Prefer: wait=N} as soon as there is a newer one. */
    private Answer revision(Call call) {
        var name = Call.identifier(EnvironmentName::new, call.parameter("environment"));
        var known = call.header().apply("If-None-Match");
        var deadline = clock.instant().plus(call.preferredWait());
        while (true) {
            long seen = changes.count();
            var newest = newest(name);
            var etag = newest.map(revision -> "\"" + revision.digest() + "\"");
            var left = Duration.between(clock.instant(), deadline);
            if (newest.isPresent() && !etag.equals(known)) {
                return new Answer.Bytes(
                        200,
                        Map.of("ETag", etag.orElseThrow()),
                        "application/json",
                        newest.get().envelope());
            }
            if (!left.isPositive() || changes.closed()) {
                if (newest.isEmpty()) {
                    throw new ApiException(ErrorCode.NOT_YET, "environment " + name + ": no revision yet");
                }
                return Answer.empty(304, Map.of("ETag", etag.orElseThrow()));
            }
            try {
                changes.await(seen, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ApiException(ErrorCode.INTERNAL, "stopping");
            }
        }
    }

    private Optional<StoredRevision> newest(EnvironmentName name) {
        return store.read(reader -> {
            Lookup.environment(reader, name);
            return reader.newestRevision(name);
        });
    }

    private Answer object(Call call) {
        var digest = Call.identifier(Digest::new, call.parameter("digest"));
        return store.read(reader -> reader.object(digest))
                .map(bytes -> Answer.immutable(digest, bytes))
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "object " + digest + ": there is none"));
    }
}
