package io.portolan.region;

import io.portolan.model.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What of an answer is compared: the status, and of successes the headers about the representation and the body. How long a body
 * that is not sent would be counts too. Bodies with several parts are taken apart, since each server has its own boundary.
 */
record Answered(Map<String, String> fields) {
    private static final List<String> HEADERS =
            List.of("content-type", "content-encoding", "content-range", "content-length", "accept-ranges", "vary");

    static Answered of(Wire.Answer answer) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("status", String.valueOf(answer.status()));
        if (answer.status() == 416) {
            fields.put("content-range", answer.header("Content-Range"));
        }
        if (answer.status() == 304) {
            fields.put("etag", answer.header("ETag").isEmpty() ? "" : "some");
            fields.put("body", String.valueOf(answer.body().length));
        }
        if (answer.status() < 300) {
            fields.put("etag", answer.header("ETag").matches("\"[^\"]+\"") ? "strong" : answer.header("ETag"));
            HEADERS.forEach(header -> fields.put(header, answer.header(header)));
            fields.put("body", body(answer));
            if (isMultipart(answer)) {
                fields.put("content-type", "multipart/byteranges");
                fields.remove("content-length");
            }
        }
        return new Answered(fields);
    }

    boolean isMultipart() {
        return field("content-type").startsWith("multipart/");
    }

    /** Empty text for one that is not compared, or is absent. */
    String field(String name) {
        return fields.getOrDefault(name, "");
    }

    boolean is(String name, String value) {
        return field(name).equals(value);
    }

    /** Names of what is not the same. */
    TreeSet<String> differsIn(Answered other) {
        var names = new TreeSet<>(fields.keySet());
        names.addAll(other.fields.keySet());
        names.removeIf(name -> fields.getOrDefault(name, "").equals(other.fields.getOrDefault(name, "")));
        return names;
    }

    private static boolean isMultipart(Wire.Answer answer) {
        return answer.header("Content-Type").startsWith("multipart/byteranges");
    }

    private static String body(Wire.Answer answer) {
        if (!isMultipart(answer)) {
            return Digest.of(answer.body()).value();
        }
        var boundary = answer.header("Content-Type").split("boundary=", 2)[1];
        var text = new String(answer.body(), StandardCharsets.ISO_8859_1);
        var parts = text.split("\r\n--" + boundary, -1);
        if (text.startsWith("--" + boundary)) {
            parts = ("\r\n" + text).split("\r\n--" + boundary, -1);
        }
        var described = new StringBuilder();
        for (var part : Arrays.asList(parts).subList(1, parts.length - 1)) {
            int end = part.indexOf("\r\n\r\n");
            for (var line : part.substring(2, end).split("\r\n", -1)) {
                // Where the coding of parts stands is a difference of its own.
                if (!line.startsWith("Content-Encoding")) {
                    described.append(line).append('\n');
                }
            }
            described
                    .append(Digest.of(part.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1)))
                    .append('\n');
        }
        return described + parts[parts.length - 1].strip();
    }
}
