package io.portolan.control;

import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One request, free of the HTTP server that carried it.
 *
 * @param parameters values of the route's {@code {names}}
 * @param query      first value of each query parameter
 * @param header     first value of a header by name, in any case
 * @param origin     address of the peer
 */
record Call(
        String method,
        String path,
        Map<String, String> parameters,
        Map<String, String> query,
        Function<String, Optional<String>> header,
        String origin,
        InputStream body) {
    /** Longest JSON body. */
    static final int BODY_LIMIT = 1 << 20;

    /** Longest wait that {@code Prefer: wait} may ask for. */
    static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    String parameter(String name) {
        var value = parameters.get(name);
        if (value == null) {
            throw new IllegalStateException("route without parameter " + name);
        }
        return value;
    }

    /** Reads the body as JSON. */
    <T> T json(Class<T> type) {
        return json(bytes(), type);
    }

    /** Reads a body that was already taken. */
    static <T> T json(byte[] bytes, Class<T> type) {
        try {
            return Json.read(bytes, type);
        } catch (MalformedJson e) {
            // What it was to become is a name of ours, which tells nobody anything.
            var why = String.valueOf(e.getMessage()).replaceFirst("^reading \\w+: ", "");
            throw new ApiException(ErrorCode.BAD_REQUEST, "body: " + why);
        }
    }

    /** Takes the body, at most {@link #BODY_LIMIT} bytes. */
    byte[] bytes() {
        try {
            var bytes = body.readNBytes(BODY_LIMIT + 1);
            if (bytes.length > BODY_LIMIT) {
                throw new ApiException(ErrorCode.TOO_LARGE, "body: more than " + BODY_LIMIT + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "reading the body: " + e.getMessage());
        }
    }

    boolean dryRun() {
        return "true".equals(query.get("dryRun"));
    }

    /** What {@code Prefer: wait=N} asks for, zero without it. */
    Duration preferredWait() {
        return header.apply("Prefer")
                .flatMap(value -> List.of(value.split("[,;]", -1)).stream()
                        .map(String::strip)
                        .filter(part -> part.matches("wait=[0-9]{1,6}"))
                        .findFirst())
                .map(part -> Duration.ofSeconds(Long.parseLong(part.substring(5))))
                .map(wait -> wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait)
                .orElse(Duration.ZERO);
    }

    /**
     * Who acts: until people sign in, whoever reaches the loopback listener is an operator of this machine, and is believed the
     * name that the client gives in {@code X-Portolan-Actor}.
     */
    String actor() {
        return header.apply("X-Portolan-Actor")
                .filter(name -> name.matches("[0-9A-Za-z][0-9A-Za-z._@+\\-]{0,63}"))
                .orElse("operator");
    }

    /** Reads an identifier of the path or query; a malformed one is the caller's fault. */
    static <T> T identifier(Function<String, T> read, String value) {
        try {
            return read.apply(value);
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }
}
