package io.portolan.control;

import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.rest.Page;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.StateStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Reading of rollouts, with long polls. Thread-safe. */
final class RolloutReading {
    private final StateStore store;
    private final RolloutBodies bodies;
    private final Changes changes;
    private final InstantSource clock;

    RolloutReading(StateStore store, RolloutBodies bodies, Changes changes, InstantSource clock) {
        this.store = store;
        this.bodies = bodies;
        this.changes = changes;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/rollouts", this::list);
        routes.add("GET", "/v1/rollouts/{id}", this::show);
        routes.add("GET", "/v1/rollouts/{id}/explain", this::explain);
    }

    /** A rollout as soon as it is final; empty if it is not within that time. */
    Optional<Answer> ended(String id, Duration wait) {
        var row = awaitFinal(id, wait);
        return row.value().state().isFinal() ? Optional.of(Answer.json(200, body(row), etagOf(row))) : Optional.empty();
    }

    private Answer list(Call call) {
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        Table.ROLLOUTS.list(reader, "").reversed().stream()
                                .filter(row ->
                                        matches(call, "extension", row.value().extension()))
                                .filter(row ->
                                        matches(call, "environment", row.value().environment()))
                                .filter(row ->
                                        matches(call, "state", row.value().state()))
                                .limit(limit(call))
                                .map(row -> bodies.body(reader, row.value()))
                                .toList(),
                        null)));
    }

    private static long limit(Call call) {
        var limit = call.query().getOrDefault("limit", "100");
        if (!limit.matches("[1-9][0-9]{0,3}")) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "limit: " + limit + " (expected: 1 to 9999)");
        }
        return Long.parseLong(limit);
    }

    private static boolean matches(Call call, String parameter, Object value) {
        var wanted = call.query().get(parameter);
        return wanted == null || value.toString().equalsIgnoreCase(wanted);
    }

    /** One rollout; with {@code Prefer: wait=N} as soon as it differs from {@code If-None-Match}, or else as soon as it is final. */
    private Answer show(Call call) {
        var id = call.parameter("id");
        var wait = call.preferredWait();
        var known = call.header().apply("If-None-Match");
        var row = store.read(reader -> Lookup.rollout(reader, id));
        if (!wait.isZero()) {
            row = known.isPresent() ? awaitChange(id, known.get(), wait) : awaitFinal(id, wait);
        }
        if (known.isPresent() && known.get().equals(etag(row))) {
            return Answer.empty(304, etagOf(row));
        }
        return Answer.json(200, body(row), etagOf(row));
    }

    private Table.Row<Rollout> awaitFinal(String id, Duration wait) {
        return await(id, wait, row -> row.value().state().isFinal());
    }

    private Table.Row<Rollout> awaitChange(String id, String known, Duration wait) {
        return await(id, wait, row -> !known.equals(etag(row)));
    }

    private Table.Row<Rollout> await(String id, Duration wait, Predicate<Table.Row<Rollout>> enough) {
        var deadline = clock.instant().plus(wait);
        while (true) {
            long seen = changes.count();
            var row = store.read(reader -> Lookup.rollout(reader, id));
            var left = Duration.between(clock.instant(), deadline);
            if (enough.test(row) || !left.isPositive() || changes.closed()) {
                return row;
            }
            try {
                changes.await(seen, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return row;
            }
        }
    }

    private Answer explain(Call call) {
        var row = store.read(reader -> Lookup.rollout(reader, call.parameter("id")));
        var body = body(row);
        var waiting = body.waitingFor();
        if (waiting != null) {
            return Answer.json(200, waiting);
        }
        return Answer.json(
                200,
                new RolloutBody.WaitingFor(
                        "nothing: it is " + body.state() + (body.reason().isEmpty() ? "" : " (" + body.reason() + ")")
                                + next(body),
                        body.endedAt() == null ? body.startedAt() : body.endedAt(),
                        null,
                        List.of()));
    }

    /** What somebody who finds a rollout ended would do; empty text where nothing is left to do. */
    private static String next(RolloutBody body) {
        return switch (body.state()) {
            case HALTED ->
                "; regions stay as they are: portolan rollback " + body.extension()
                        + ", or start a rollout of a newer version";
            case ROLLED_BACK_PARTIAL ->
                "; the regions left are put back as soon as they answer: portolan rollout show " + body.id();
            case ROLLED_BACK, REJECTED -> "; start a rollout of a version without the fault";
            case QUEUED, RUNNING, PAUSED, ROLLING_BACK, SUCCEEDED, SUPERSEDED, CANCELLED -> "";
        };
    }

    private RolloutBody body(Table.Row<Rollout> row) {
        return store.read(reader -> bodies.body(reader, row.value()));
    }

    private static Map<String, String> etagOf(Table.Row<Rollout> row) {
        return Map.of("ETag", etag(row));
    }

    static String etag(Table.Row<Rollout> row) {
        return "\"" + row.generation() + "\"";
    }
}
