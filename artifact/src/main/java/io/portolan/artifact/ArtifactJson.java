package io.portolan.artifact;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/** JSON of manifests: identifiers as text, unknown keys ignored, duplicate keys and trailing text refused. Thread-safe. */
final class ArtifactJson {
    static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(identifiers())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS, DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            // A method such as isLimited() is no field of the form.
            .changeDefaultVisibility(checker -> checker.withIsGetterVisibility(JsonAutoDetect.Visibility.NONE))
            .build();

    private ArtifactJson() {}

    /** Reads one value; an {@link IllegalArgumentException} says what is wrong. */
    static <T> T read(byte[] json, Class<T> type) {
        try {
            var value = MAPPER.readValue(json, type);
            if (value == null) {
                throw new IllegalArgumentException("reading " + type.getSimpleName() + ": null (expected: an object)");
            }
            return value;
        } catch (JacksonException e) {
            throw new IllegalArgumentException("reading " + type.getSimpleName() + ": " + reason(e), e);
        }
    }

    /** What is wrong, and where. */
    static String reason(JacksonException e) {
        var location = e.getLocation();
        return e.getOriginalMessage()
                + (location == null ? "" : " at line " + location.getLineNr() + " column " + location.getColumnNr());
    }

    private static SimpleModule identifiers() {
        var module = new SimpleModule("portolan-artifact");
        text(module, ExtensionName.class, ExtensionName::value, ExtensionName::new);
        text(module, VersionLabel.class, VersionLabel::value, VersionLabel::new);
        text(module, Digest.class, Digest::value, Digest::new);
        return module;
    }

    private static <T> void text(
            SimpleModule module, Class<T> type, Function<T, String> write, Function<String, T> read) {
        module.addSerializer(type, new StdSerializer<>(type) {
            @Override
            public void serialize(T value, JsonGenerator generator, SerializationContext context) {
                generator.writeString(write.apply(value));
            }
        });
        module.addDeserializer(type, new StdDeserializer<>(type) {
            @Override
            public T deserialize(JsonParser parser, DeserializationContext context) {
                return read.apply(parser.getString());
            }
        });
    }
}
