package io.portolan.protocol;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RevisionId;
import io.portolan.model.RolloutKind;
import io.portolan.model.Route;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.Profile;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * The one JSON mapper: identifiers as text, times RFC 3339, durations ISO-8601, keys of maps in order (so equal values have
 * equal bytes), unknown keys ignored, duplicate keys and trailing text refused. Thread-safe.
 */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(identifiers())
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS, DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // A method such as isRest() is no field of the wire format.
            .changeDefaultVisibility(checker -> checker.withIsGetterVisibility(JsonAutoDetect.Visibility.NONE))
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.ALWAYS))
            .build();

    private Json() {}

    /** The mapper, for readers that need trees or streams. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** Compact bytes; equal values give equal bytes. */
    public static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    /** Compact text. */
    public static String text(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /**
     * Reads one value.
     *
     * @throws MalformedJson when the bytes are no JSON, or not of this type
     */
    public static <T> T read(byte[] bytes, Class<T> type) {
        try {
            var value = MAPPER.readValue(bytes, type);
            if (value == null) {
                throw new MalformedJson("reading " + type.getSimpleName() + ": null (expected: an object)", null);
            }
            return value;
        } catch (JacksonException e) {
            throw new MalformedJson("reading " + type.getSimpleName() + ": " + reason(e), e);
        }
    }

    /** Reads one value from text; see {@link #read(byte[], Class)}. */
    public static <T> T read(String text, Class<T> type) {
        return read(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), type);
    }

    private static String reason(JacksonException e) {
        // A record's own check says it best; Jackson wraps it.
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException || cause instanceof NullPointerException) {
                return cause instanceof NullPointerException
                        ? cause.getMessage() + " is missing"
                        : String.valueOf(cause.getMessage());
            }
        }
        var location = e.getLocation();
        return e.getOriginalMessage()
                + (location == null ? "" : " at line " + location.getLineNr() + " column " + location.getColumnNr());
    }

    private static SimpleModule identifiers() {
        var module = new SimpleModule("portolan");
        text(module, ExtensionName.class, ExtensionName::value, ExtensionName::new);
        text(module, Route.class, Route::value, Route::new);
        text(module, VersionLabel.class, VersionLabel::value, VersionLabel::new);
        text(module, RegionName.class, RegionName::value, RegionName::new);
        text(module, EnvironmentName.class, EnvironmentName::value, EnvironmentName::new);
        text(module, Digest.class, Digest::value, Digest::new);
        text(module, RevisionId.class, RevisionId::toString, RevisionId::parse);
        text(module, Slot.class, Slot::label, Json::slot);
        text(module, RolloutKind.class, RolloutKind::label, RolloutKind::of);
        profiles(module);
        return module;
    }

    private static void profiles(SimpleModule module) {
        module.addSerializer(Profile.class, new StdSerializer<>(Profile.class) {
            @Override
            public void serialize(Profile value, JsonGenerator generator, SerializationContext context) {
                generator.writeTree(ProfileJson.write(value));
            }
        });
        module.addDeserializer(Profile.class, new StdDeserializer<>(Profile.class) {
            @Override
            public Profile deserialize(JsonParser parser, DeserializationContext context) {
                return ProfileJson.read(parser.readValueAsTree());
            }
        });
    }

    private static Slot slot(String label) {
        for (var slot : Slot.values()) {
            if (slot.label().equals(label)) {
                return slot;
            }
        }
        throw new IllegalArgumentException("slot: " + label);
    }

    private static <T> void text(
            SimpleModule module, Class<T> type, Function<T, String> write, Function<String, T> read) {
        module.addSerializer(type, new StdSerializer<>(type) {
            @Override
            public void serialize(T value, JsonGenerator generator, SerializationContext context) {
                generator.writeString(write.apply(value));
            }
        });
        module.addKeySerializer(type, new StdSerializer<>(type) {
            @Override
            public void serialize(T value, JsonGenerator generator, SerializationContext context) {
                generator.writeName(write.apply(value));
            }
        });
        module.addDeserializer(type, new StdDeserializer<>(type) {
            @Override
            public T deserialize(JsonParser parser, DeserializationContext context) {
                return read.apply(parser.getString());
            }
        });
        module.addKeyDeserializer(type, new KeyDeserializer() {
            @Override
            public Object deserializeKey(String key, DeserializationContext context) {
                return read.apply(key);
            }
        });
    }
}
