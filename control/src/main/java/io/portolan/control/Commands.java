package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.protocol.Json;
import io.portolan.storage.LogEntry;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * Runs changes: each is one transaction with its log row; a dry run is the same transaction, undone; an Idempotency-Key gives the
 * first answer again. Thread-safe.
 */
final class Commands {
    private final StateStore store;
    private final InstantSource clock;

    Commands(StateStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What a change is answered with.
     *
     * @param status of the first answer and of its repetitions
     * @param body   JSON value, of the state after the change
     */
    record Result(int status, Object body) {}

    /** Undoes a dry run. */
    private static final class DryRun extends RuntimeException {
        private final transient Result result;

        DryRun(Result result) {
            super("dry run");
            this.result = result;
        }
    }

    /** Runs a change and answers it. */
    Answer change(Call call, byte[] body, Function<Writer, Result> work) {
        if (call.dryRun()) {
            try {
                return store.write(tx -> {
                    throw new DryRun(work.apply(tx));
                });
            } catch (DryRun undone) {
                return Answer.json(200, undone.result.body());
            }
        }
        var key = call.header().apply("Idempotency-Key");
        if (key.isEmpty() || !call.method().equals("POST")) {
            var result = store.write(work);
            return Answer.json(result.status(), result.body());
        }
        return once(call, key.get(), body, work);
    }

    private Answer once(Call call, String idempotencyKey, byte[] body, Function<Writer, Result> work) {
        var key = Digest.of((call.path() + "\n" + idempotencyKey).getBytes(StandardCharsets.UTF_8))
                .value();
        var request = Digest.of(body);
        var answered = store.write(tx -> {
            var before = Table.ANSWERED.get(tx, key);
            if (before.isPresent()) {
                if (!before.get().value().request().equals(request)) {
                    throw new ApiException(
                            ErrorCode.IDEMPOTENCY_MISMATCH,
                            "Idempotency-Key: " + idempotencyKey + " was used with another body");
                }
                return before.get().value();
            }
            var result = work.apply(tx);
            var answer = new Records.Answered(Records.SCHEMA, request, result.status(), Json.text(result.body()));
            Table.ANSWERED.put(tx, key, Writer.ABSENT, answer);
            return answer;
        });
        return new Answer.Bytes(
                answered.status(),
                java.util.Map.of(),
                "application/json",
                answered.body().getBytes(StandardCharsets.UTF_8));
    }

    /** Appends the row of a change to something that {@code data} is not all of; {@code record} is, as it is stored now. */
    void log(
            Writer tx,
            Call call,
            String type,
            String subject,
            String reason,
            Object data,
            Table<?> table,
            Object record) {
        var whole = Json.mapper().<tools.jackson.databind.node.ObjectNode>valueToTree(data);
        whole.putObject("record").set(table.kind(), Json.mapper().valueToTree(record));
        log(tx, call, type, subject, reason, whole);
    }

    /** As {@link #log(Writer, Call, String, String, String, Object, Table, Object)}, of a record that does not tell its own key. */
    void log(
            Writer tx,
            Call call,
            String type,
            String subject,
            String reason,
            Object data,
            Table<?> table,
            String key,
            Object record) {
        var whole = Json.mapper().<tools.jackson.databind.node.ObjectNode>valueToTree(data);
        whole.put(LogReplay.RECORD_KEY, key);
        log(tx, call, type, subject, reason, whole, table, record);
    }

    /** Appends the row of a change; {@code data} is what was changed, whole, or what {@link LogReplay} makes it from. */
    void log(Writer tx, Call call, String type, String subject, String reason, Object data) {
        tx.append(new LogEntry(type, subject, call.actor(), call.origin(), reason, Json.text(data), clock.instant()));
    }
}
