package io.portolan.control;

import io.portolan.protocol.Json;
import io.portolan.protocol.rest.EventBody;
import io.portolan.protocol.rest.Page;
import io.portolan.storage.LogChain;
import io.portolan.storage.LogRow;
import io.portolan.storage.StateStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The one log: its rows, its proof, and as a stream of events. Thread-safe. */
final class LogApi {
    private static final int PAGE = 1_000;
    /** Most differences that an answer names. */
    private static final int SHOWN = 100;

    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);

    private final StateStore store;
    private final Changes changes;

    LogApi(StateStore store, Changes changes) {
        this.store = store;
        this.changes = changes;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/log", this::rows);
        routes.add("GET", "/v1/log/verify", this::verify);
        routes.add("GET", "/v1/log/replay", this::replay);
        routes.add("GET", "/v1/events", this::events);
    }

    /** A row as it is shown. */
    private record RowBody(
            long id,
            String type,
            String subject,
            String actor,
            String origin,
            String reason,
            JsonNode data,
            Instant at,
            String previous,
            String hash) {}

    private Answer rows(Call call) {
        long after = number(call, "after", 0);
        int limit = (int) Math.min(PAGE, number(call, "limit", 100));
        return Answer.json(200, store.read(reader -> {
            var rows = reader.log(after, limit);
            return new Page<>(
                    rows.stream().map(LogApi::body).toList(),
                    rows.size() < limit ? null : Long.toString(rows.getLast().id()));
        }));
    }

    private static RowBody body(LogRow row) {
        var entry = row.entry();
        return new RowBody(
                row.id(),
                entry.type(),
                entry.subject(),
                entry.actor(),
                entry.origin(),
                entry.reason(),
                data(row),
                entry.at(),
                row.previous().value(),
                row.hash().value());
    }

    private static JsonNode data(LogRow row) {
        return Json.mapper().readTree(row.entry().data());
    }

    private Answer verify(Call call) {
        return store.read(reader -> {
            long rows = reader.lastLogRow().map(LogRow::id).orElse(0L);
            return LogChain.verify(reader)
                    .map(broken -> Answer.json(200, new Verification(false, rows, broken.id(), broken.reason())))
                    .orElse(Answer.json(
                            200, new Verification(true, rows, null, "every row follows from the one before")));
        });
    }

    /** What replaying the log from nothing gives, compared with the state, both of one moment. */
    private Answer replay(Call call) {
        return store.read(reader -> {
            var replay = LogReplay.of(reader);
            var differences = replay.differences(reader);
            return Answer.json(
                    200,
                    new Replay(
                            differences.isEmpty(),
                            replay.lastRow(),
                            replay.size(),
                            differences.size(),
                            differences.stream().limit(SHOWN).toList()));
        });
    }

    /** {@code documents}: things that the log tells of; {@code differences}: the first of them. */
    private record Replay(
            boolean ok, long rows, int documents, int differencesCount, List<Replayed.Difference> differences) {}

    private record Verification(
            boolean ok,
            long rows,
            @org.jspecify.annotations.Nullable Long brokenAt,
            String message) {}

    /** Server-sent events from {@code Last-Event-ID} (or {@code ?after=}), or from now on. */
    private Answer events(Call call) {
        long newest = store.read(reader -> reader.lastLogRow().map(LogRow::id).orElse(0L));
        long after = call.header()
                .apply("Last-Event-ID")
                .filter(id -> id.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElse(number(call, "after", newest));
        return new Answer.Stream(
                200,
                Map.of("Cache-Control", "no-store", "X-Accel-Buffering", "no"),
                "text/event-stream; charset=utf-8",
                out -> stream(out, after));
    }

    private void stream(OutputStream out, long after) throws IOException, InterruptedException {
        long last = after;
        write(out, ": live\n\n");
        while (!changes.closed()) {
            long seen = changes.count();
            long from = last;
            var rows = store.read(reader -> reader.log(from, PAGE));
            for (var row : rows) {
                write(out, "id: " + row.id() + "\ndata: " + Json.text(event(row)) + "\n\n");
                last = row.id();
            }
            if (rows.isEmpty() && changes.await(seen, KEEP_ALIVE) == seen) {
                write(out, ": still here\n\n");
            }
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static EventBody event(LogRow row) {
        var entry = row.entry();
        return new EventBody(
                Long.toString(row.id()),
                "portolan/control",
                "1.0",
                entry.type(),
                entry.subject(),
                entry.at(),
                "application/json",
                data(row));
    }

    private static long number(Call call, String parameter, long otherwise) {
        var text = call.query().get(parameter);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw new ApiException(ErrorCode.BAD_REQUEST, parameter + ": " + text + " (expected: a whole number)");
        }
        return Long.parseLong(text);
    }
}
