package io.portolan.control;

import io.portolan.model.StageState;
import io.portolan.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What of the state the log can be compared with, and how. Pure. */
final class Replayed {
    /** Kinds of documents that are intent. */
    static final List<Table<?>> TABLES = List.of(
            Table.ENVIRONMENTS,
            Table.EXTENSIONS,
            Table.VERSIONS,
            Table.DEPLOYMENTS,
            Table.ROLLOUTS,
            Table.ROLLOUT_CHECKS,
            Table.WINDOWS,
            Table.INCIDENTS,
            Table.NODES,
            Table.DELIVERY,
            Table.CDN_BREAKERS,
            Table.PROFILES,
            Table.REGION_INTENTS,
            Table.LATENCY_MAPS,
            Table.OPERATOR_KEYS,
            Table.OVERRIDES,
            Table.BRING_UPS,
            Table.NODE_TOKENS);

    /** Most differing fields of one thing that are named. */
    private static final int FIELDS = 3;

    private Replayed() {}

    /** Name of a document. */
    record Name(String kind, String key) implements Comparable<Name> {
        @Override
        public int compareTo(Name other) {
            int byKind = kind.compareTo(other.kind);
            return byKind != 0 ? byKind : key.compareTo(other.key);
        }
    }

    /**
     * Something that differs.
     *
     * @param kind of the thing; {@code log} for a row that cannot be read
     * @param key  of the thing; the id of such a row
     * @param text what the log tells and what the state has
     */
    record Difference(String kind, String key, String text) {}

    /** Key under which the state has what this record is, where the record itself tells it. */
    static String key(Table<?> table, JsonNode record) {
        return switch (table.kind()) {
            case "environment" -> text(record.path("facts"), "name");
            case "version" -> text(record, "extension") + "/" + text(record, "version");
            case "deployment" -> text(record, "environment") + "/" + text(record, "extension");
            case "rollout-check" -> Table.checkKey(text(record.path("check"), "id"));
            case "rollout" -> Table.rolloutKey(text(record, "id"));
            case "incident" -> Table.incidentKey(text(record, "id"));
            case "window" -> text(record.path("window"), "id");
            case "extension" -> text(record, "name");
            case "node" -> text(record, "id");
            case "bring-up" -> text(record.path("way"), "environment") + "/" + text(record.path("way"), "region");
            default -> throw new IllegalArgumentException("kind: " + table.kind() + " is not replayed");
        };
    }

    private static String text(JsonNode record, String field) {
        var value = record.path(field);
        if (!value.isString()) {
            throw new IllegalArgumentException(field + ": " + value + " (expected: text)");
        }
        return value.asString();
    }

    /** Without the healthy time that ticks add to a bake and no row tells. */
    static JsonNode comparable(String kind, JsonNode record) {
        if (kind.equals(Table.BRING_UPS.kind())) {
            return withoutTicks(record);
        }
        if (!kind.equals(Table.ROLLOUTS.kind())) {
            return record;
        }
        var copy = record.deepCopy();
        for (var stage : copy.path("stages")) {
            if (stage instanceof ObjectNode fields) {
                fields.remove(List.of("healthyFor", "tickedAt"));
                if (fields.path("state").asString("").equals(StageState.BAKING.name())) {
                    // A bake that stands still begins again.
                    fields.remove("since");
                }
            }
        }
        return copy;
    }

    /** Without what is counted while a region is looked at, and what its node says again and again while it wants to join. */
    private static JsonNode withoutTicks(JsonNode record) {
        var copy = record.deepCopy();
        if (copy instanceof ObjectNode fields) {
            fields.remove(List.of("ask"));
        }
        if (copy.path("way") instanceof ObjectNode fields) {
            fields.remove(List.of("good", "tickedAt", "cells", "misses"));
        }
        return copy;
    }

    /** How one thing differs, if it does; a missing node stands for nothing. */
    static Optional<Difference> difference(Name name, JsonNode told, JsonNode present) {
        if (told.equals(present)) {
            return Optional.empty();
        }
        if (told.isMissingNode()) {
            return Optional.of(
                    new Difference(name.kind(), name.key(), "the state has it, the log tells nothing of it"));
        }
        var fields = new ArrayList<String>();
        fields("", told, present, fields);
        return fields.isEmpty()
                ? Optional.empty()
                : Optional.of(new Difference(name.kind(), name.key(), String.join("; ", fields)));
    }

    private static void fields(String at, JsonNode told, JsonNode present, List<String> fields) {
        if (fields.size() >= FIELDS || told.equals(present) || (nothing(told) && nothing(present))) {
            return;
        }
        if (told.isObject() && present.isObject()) {
            var names = new TreeSet<>(told.propertyNames());
            names.addAll(present.propertyNames());
            names.forEach(name -> fields(at + "/" + name, told.path(name), present.path(name), fields));
        } else if (told.isArray() && present.isArray() && told.size() == present.size()) {
            for (int i = 0; i < told.size(); i++) {
                fields(at + "/" + i, told.get(i), present.get(i), fields);
            }
        } else {
            fields.add(at + ": the log tells " + shown(told) + ", the state has " + shown(present));
        }
    }

    /** A field that an earlier build did not write is as good as one without a value. */
    private static boolean nothing(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    private static String shown(JsonNode value) {
        var text = value.isMissingNode() ? "nothing" : Json.text(value);
        return text.length() > 200 ? text.substring(0, 200) + "…" : text;
    }
}
