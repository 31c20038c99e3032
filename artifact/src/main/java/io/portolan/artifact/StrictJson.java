package io.portolan.artifact;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON that people put into packages, read so that no two readers could understand it differently: UTF-8 without a byte
 * order mark, one object and nothing after it, no key twice, at most {@link #LEVELS} deep. Numbers keep their digits.
 * Stateless.
 */
final class StrictJson {
    /** Deepest nesting. */
    static final int LEVELS = 64;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(LEVELS)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY,
                    DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private StrictJson() {}

    /**
     * Reads an object.
     *
     * @throws IllegalArgumentException with what is wrong, and where
     */
    static ObjectNode object(byte[] json) {
        var text = utf8(json);
        if (text.startsWith("\ufeff")) {
            throw new IllegalArgumentException("starts with a byte order mark (expected: UTF-8 without one)");
        }
        try {
            var node = MAPPER.readTree(text);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new IllegalArgumentException("is "
                    + (node == null || node.isMissingNode()
                            ? "empty"
                            : node.getNodeType().name().toLowerCase(Locale.ROOT))
                    + " (expected: a JSON object)");
        } catch (JacksonException e) {
            throw new IllegalArgumentException("is no strict JSON: " + ArtifactJson.reason(e), e);
        }
    }

    /** Compact bytes, keys in the order of the tree. */
    static byte[] bytes(ObjectNode object) {
        return MAPPER.writeValueAsBytes(object);
    }

    private static String utf8(byte[] json) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(json))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("is not UTF-8", e);
        }
    }
}
