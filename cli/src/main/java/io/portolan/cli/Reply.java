package io.portolan.cli;

import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.util.List;
import java.util.stream.StreamSupport;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A successful answer of the server. Immutable.
 *
 * @param body exact bytes
 * @param etag empty text when there is none
 */
@SuppressWarnings("ArrayRecordComponent")
record Reply(int status, byte[] body, String etag) {
    /** The body as a record. */
    <T> T as(Class<T> type) {
        try {
            return Json.read(body, type);
        } catch (MalformedJson e) {
            throw new CommandFailure(
                    ExitCode.FAILED, "the server answered with something else than expected: " + e.getMessage());
        }
    }

    /** The body as a tree. */
    JsonNode tree() {
        try {
            return Json.mapper().readTree(body);
        } catch (JacksonException e) {
            throw new CommandFailure(
                    ExitCode.FAILED, "the server answered with something else than JSON: " + e.getOriginalMessage());
        }
    }

    /** The items of a list. */
    List<JsonNode> items() {
        return StreamSupport.stream(tree().path("items").spliterator(), false).toList();
    }

    /** The items of a list as records. */
    <T> List<T> items(Class<T> type) {
        return items().stream().map(item -> Json.read(Json.bytes(item), type)).toList();
    }
}
