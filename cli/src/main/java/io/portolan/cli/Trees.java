package io.portolan.cli;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads fields of JSON trees for tables. Stateless. */
final class Trees {
    private Trees() {}

    /** A field as text, empty when it is missing or null. */
    static String text(JsonNode node, String field) {
        var value = node.path(field);
        return value.isNull() || value.isMissingNode()
                ? ""
                : value.isValueNode() ? value.asString("") : value.toString();
    }

    /** The elements of an array, with commas between. */
    static String joined(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(element -> element.isValueNode() ? element.asString("") : element.toString())
                .collect(Collectors.joining(", "));
    }

    /** A field as a time, null when there is none. */
    static @Nullable Instant time(JsonNode node, String field) {
        var text = text(node, field);
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
