package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Json;
import io.portolan.storage.LogRow;
import io.portolan.storage.Reader;
import io.portolan.storage.UnreadableRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The intent as the log tells it: each row is folded into what the rows before it told, from nothing. Rows carry what they changed
 * whole, so the fold only keeps the last word on each thing. One thread at a time.
 *
 * <p>Replayed are environments and how they are delivered (with tripped CDNs), extensions, versions, deployments, rollouts, routing profiles, what people
 * said of regions, location maps, operators' keys and overrides, calendar windows, incidents, nodes, their tokens and
 * regions on their way, and the number and digest of
 * the newest revision of each environment. Everything else in the state is made from these (what was compiled, marks such as those of
 * overrides that wait, counters), is an observation (status, signs of life) or a right (leases). The healthy time of a bake that still runs is in no row:
 * it is added with every tick.
 */
final class LogReplay {
    /** Field of a row that names what it is about where the record itself does not. */
    static final String RECORD_KEY = "recordKey";

    /** Type of the rows by which what people said of a region is no more. */
    static final String REGION_FORGOTTEN = "portolan.region.forgotten";

    private static final int PAGE = 500;

    private final TreeMap<Replayed.Name, JsonNode> told = new TreeMap<>();
    private final TreeMap<String, JsonNode> revisions = new TreeMap<>();
    private final List<Replayed.Difference> unreadable = new ArrayList<>();
    private long lastRow;

    /** Replays the whole log of one snapshot, a page at a time. */
    static LogReplay of(Reader reader) {
        var replay = new LogReplay();
        replay.follow(reader);
        return replay;
    }

    /** Goes on with the rows behind the last one. */
    void follow(Reader reader) {
        try {
            while (true) {
                var rows = reader.log(lastRow, PAGE);
                if (rows.isEmpty()) {
                    return;
                }
                rows.forEach(this::take);
            }
        } catch (UnreadableRow e) {
            // What comes behind it cannot be trusted to follow from what came before.
            unreadable.add(new Replayed.Difference(
                    "log", Long.toString(e.broken().id()), e.broken().reason()));
        }
    }

    /** One row behind the last one. */
    void take(LogRow row) {
        lastRow = row.id();
        try {
            fold(row.entry().type(), Json.mapper().readTree(row.entry().data()));
        } catch (JacksonException | IllegalArgumentException e) {
            unreadable.add(new Replayed.Difference(
                    "log",
                    Long.toString(row.id()),
                    "its data cannot be read: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
        }
    }

    private void fold(String type, JsonNode data) {
        switch (type) {
            case "portolan.environment.declared" -> put(Table.ENVIRONMENTS, data);
            case "portolan.extension.registered" -> put(Table.EXTENSIONS, data);
            case "portolan.extension.changed" -> put(Table.EXTENSIONS, data.path("after"));
            case "portolan.version.published" -> put(Table.VERSIONS, data);
            case "portolan.node.joined" -> put(Table.NODES, data);
            case "portolan.window.removed" ->
                told.remove(
                        new Replayed.Name(Table.WINDOWS.kind(), data.path("id").asString()));
            case "portolan.node.revoked" ->
                told.remove(
                        new Replayed.Name(Table.NODES.kind(), data.path("id").asString()));
            case "portolan.operator-key.removed" ->
                told.remove(new Replayed.Name(
                        Table.OPERATOR_KEYS.kind(), data.path(RECORD_KEY).asString()));
            case REGION_FORGOTTEN ->
                told.remove(new Replayed.Name(
                        Table.REGION_INTENTS.kind(), data.path(RECORD_KEY).asString()));
            case "portolan.revision.created" ->
                revisions.put(data.path("environment").asString(), data);
            default -> {
                if (type.startsWith("portolan.incident.")) {
                    put(Table.INCIDENTS, data);
                }
            }
        }
        // What a row changed beside what it is about, or as it is stored.
        var records = data.path("record");
        for (var table : Replayed.TABLES) {
            var record = records.path(table.kind());
            if (record.isObject()) {
                var key = data.path(RECORD_KEY);
                put(table, key.isString() ? key.asString() : Replayed.key(table, record), record);
            }
        }
    }

    private void put(Table<?> table, JsonNode record) {
        put(table, Replayed.key(table, record), record);
    }

    private void put(Table<?> table, String key, JsonNode record) {
        told.put(new Replayed.Name(table.kind(), key), record);
    }

    /** Id of the last row taken, 0 for none. */
    long lastRow() {
        return lastRow;
    }

    /** Number of things that the log tells of. */
    int size() {
        return told.size();
    }

    /** What the log tells of one thing, as it is compared; a missing node if it tells nothing. */
    JsonNode told(Replayed.Name name) {
        var record = told.get(name);
        return record == null ? Json.mapper().missingNode() : Replayed.comparable(name.kind(), record);
    }

    /** How the present state differs from what the log tells; none as a rule. */
    List<Replayed.Difference> differences(Reader reader) {
        var differences = new ArrayList<>(unreadable);
        var left = new TreeMap<>(told);
        for (var table : Replayed.TABLES) {
            for (var document : reader.list(table.kind(), "")) {
                var name = new Replayed.Name(table.kind(), document.key());
                left.remove(name);
                Replayed.difference(
                                name,
                                told(name),
                                Replayed.comparable(table.kind(), Json.mapper().readTree(document.bytes())))
                        .ifPresent(differences::add);
            }
        }
        left.keySet()
                .forEach(name -> differences.add(
                        new Replayed.Difference(name.kind(), name.key(), "the log tells of it, the state has none")));
        revisions.forEach((environment, data) -> revision(reader, environment, data, differences));
        return differences;
    }

    private static void revision(
            Reader reader, String environment, JsonNode data, List<Replayed.Difference> differences) {
        var telling = Map.of(
                "epoch", data.path("epoch").asString(),
                "number", data.path("number").asString(),
                "digest", data.path("digest").asString());
        var present = reader.newestRevision(new EnvironmentName(environment))
                .map(revision -> Map.of(
                        "epoch", Long.toString(revision.id().epoch()),
                        "number", Long.toString(revision.id().number()),
                        "digest", revision.digest().value()))
                .orElse(Map.of());
        if (!telling.equals(present)) {
            differences.add(new Replayed.Difference(
                    "revision",
                    environment,
                    "newest: the log tells of " + new TreeMap<>(telling) + ", the state has "
                            + new TreeMap<>(present)));
        }
    }
}
