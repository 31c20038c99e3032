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

    /** When the same answer may be given again to whoever asks the same: by host, target and {@code Accept-Encoding}. */
    enum Reuse {
        /** It depends on more than that. */
        NEVER,
        /** As long as the state is the same. */
        SAME_STATE,
        /** As long as the version is served below that route, from the same manifest. */
        SAME_VERSION
    }

    /**
     * A version of an extension.
     *
     * @param extension its name, empty text for none
     * @param version   its label, empty text for none
     * @param route     route of the extension, empty text for none
     * @param manifest  digest of the version's manifest, empty text for none
     */
    record Subject(String extension, String version, String route, String manifest, Reuse reuse) {
        static final Subject NONE = new Subject("", "", "", "", Reuse.NEVER);

        /** Whether another state serves the same content. */
        boolean isStillServed(ServingState state) {
            var known = reuse == Reuse.SAME_VERSION ? state.routes().get(route) : null;
            var served = known == null ? null : known.versions().get(version);
            return served != null
                    && !served.isRevoked()
                    && served.extension().value().equals(extension)
                    && served.document().manifest().value().equals(manifest);
        }
    }

    /** The same, said to be about that version, and when it may be given again. */
    Response about(String route, ServedVersion version, Reuse reuse) {
        return new Response(
                status,
                headers,
                body,
                new Subject(
                        version.extension().value(),
                        version.label().value(),
                        route,
                        version.document().manifest().value(),
                        status == 200 ? reuse : Reuse.NEVER));
    }

    /** The same, said to be about what another node was asked for; never to be given again. */
    Response about(Elsewhere wanted) {
        return new Response(
                status, headers, body, new Subject(wanted.extension(), wanted.version(), "", "", Reuse.NEVER));
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
