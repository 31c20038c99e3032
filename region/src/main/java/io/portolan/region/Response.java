package io.portolan.region;

import io.portolan.model.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One HTTP answer as a value. Immutable.
 *
 * <p>{@code Content-Length} is not among the headers: it is the body's length, also when the body is not sent (HEAD).
 *
 * @param headers by name, in the order in which they are sent
 * @param subject which content it is about, for those who count
 */
record Response(int status, Map<String, String> headers, Body body, Subject subject) implements Outcome {
    Response {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(subject, "subject");
    }

    /** About no extension. */
    Response(int status, Map<String, String> headers, Body body) {
        this(status, headers, body, Subject.NONE);
    }

    /**
     * A version of an extension.
     *
     * @param extension its name, empty text for none
     * @param version   its label, empty text for none
     */
    record Subject(String extension, String version) {
        static final Subject NONE = new Subject("", "");
    }

    /** The same, said to be about that version. */
    Response about(ServedVersion version) {
        return new Response(
                status,
                headers,
                body,
                new Subject(version.extension().value(), version.label().value()));
    }

    /** What follows the head. */
    sealed interface Body {
        /** Bytes to send. */
        long length();

        /** Bytes in memory; nobody changes them. */
        record Bytes(byte[] bytes) implements Body {
            @Override
            public long length() {
                return bytes.length;
            }
        }

        /** A part of a blob of this node. */
        record Blob(Digest digest, long offset, long length) implements Body {}

        /** Pieces one after the other, none itself made of pieces; few bytes in all, since they are put together in memory. */
        record Parts(List<Body> pieces) implements Body {
            public Parts {
                pieces = List.copyOf(pieces);
            }

            @Override
            public long length() {
                return pieces.stream().mapToLong(Body::length).sum();
            }
        }
    }

    /** No body. */
    static final Body EMPTY = new Body.Bytes(new byte[0]);

    /** Body of some text, UTF-8. */
    static Body text(String text) {
        return new Body.Bytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
