package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** What a request is answered with. */
sealed interface Answer {
    int status();

    Map<String, String> headers();

    /** Bytes of a type. */
    @SuppressWarnings("ArrayRecordComponent")
    record Bytes(int status, Map<String, String> headers, String type, byte[] body) implements Answer {}

    /** A stream that writes itself until it or the client ends. */
    record Stream(int status, Map<String, String> headers, String type, Body body) implements Answer {}

    /** Writes a body; the stream is closed by the caller. */
    @FunctionalInterface
    interface Body {
        void write(OutputStream out) throws IOException, InterruptedException;
    }

    static Answer json(int status, Object body) {
        return new Bytes(status, Map.of(), "application/json", Json.bytes(body));
    }

    static Answer json(int status, Object body, Map<String, String> headers) {
        return new Bytes(status, headers, "application/json", Json.bytes(body));
    }

    static Answer empty(int status) {
        return new Bytes(status, Map.of(), "", new byte[0]);
    }

    static Answer empty(int status, Map<String, String> headers) {
        return new Bytes(status, headers, "", new byte[0]);
    }

    /** Bytes that never change under their address. */
    static Answer immutable(Digest digest, byte[] bytes) {
        return new Bytes(200, immutableHeaders(digest), "application/octet-stream", bytes);
    }

    static Map<String, String> immutableHeaders(Digest digest) {
        return Map.of("Cache-Control", "public, max-age=31536000, immutable", "ETag", "\"" + digest + "\"");
    }

    static Answer problem(ApiException e) {
        var problem = e.problem();
        return new Bytes(problem.status(), Map.of(), io.portolan.protocol.Problem.TYPE, Json.bytes(problem));
    }
}
