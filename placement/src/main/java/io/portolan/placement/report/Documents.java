package io.portolan.placement.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;

/** JSON of this module, and texts that it carries. Stateless. */
final class Documents {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Documents() {}

    static String json(Object value) {
        return JSON.writeValueAsString(value);
    }

    static String resource(String name) {
        try (var in = Objects.requireNonNull(Documents.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
