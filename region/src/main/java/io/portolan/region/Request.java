package io.portolan.region;

import java.util.Map;
import java.util.Objects;

/**
 * One HTTP request as the answers see it. Immutable.
 *
 * @param method  as sent, upper case
 * @param host    value of {@code Host}, or the authority of an absolute request target; empty text when there was none
 * @param path    path of the request target, still percent-encoded, starting with {@code /}; {@code *} for {@code OPTIONS *}
 * @param query   what follows {@code ?}, still percent-encoded, empty text for none
 * @param operator whether whoever asks may see what only operators see
 * @param headers values by lower-case name; repeated headers joined by {@code ", "}
 * @param body    what was sent with it, kept for the one path that takes something; empty otherwise. Nobody changes it
 */
@SuppressWarnings("ArrayRecordComponent") // bytes of a body: compared by nobody
record Request(
        String method,
        String host,
        String path,
        String query,
        boolean operator,
        Map<String, String> headers,
        byte[] body) {
    private static final byte[] NO_BODY = {};

    Request {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(query, "query");
        headers = Map.copyOf(headers);
    }

    /** Without a body. */
    Request(String method, String host, String path, String query, boolean operator, Map<String, String> headers) {
        this(method, host, path, query, operator, headers, NO_BODY);
    }

    /** Path and query, as sent. */
    String target() {
        return query.isEmpty() ? path : path + "?" + query;
    }

    /** Value of a header, empty text when it is absent. */
    String header(String lowerCaseName) {
        return headers.getOrDefault(lowerCaseName, "");
    }

    /** First value of a query parameter, decoded, empty text when it is absent. */
    String parameter(String name) {
        return Percent.parameter(query, name);
    }

    /** Whether the answer has no body. */
    boolean isHead() {
        return method.equals("HEAD");
    }

    /** Whether the caller asks for JSON rather than for a page that a person can read. */
    boolean wantsJson() {
        return header("accept").contains("json");
    }
}
