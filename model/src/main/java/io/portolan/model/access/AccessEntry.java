package io.portolan.model.access;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one line of a region node's access log says, in the combined or the JSON form. Immutable.
 *
 * @param client         address of the client
 * @param target         path and query as sent
 * @param status         status code
 * @param bytes          length of the body
 * @param durationMicros time of the node, -1 when the form does not say
 * @param extension      name, empty text when the form does not say or the answer was about none
 */
public record AccessEntry(String client, String target, int status, long bytes, long durationMicros, String extension) {
    private static final Pattern COMBINED =
            Pattern.compile("(\\S+) \\S+ \\S+ \\[[^\\]]*\\] \"\\S+ (\\S+) [^\"]*\" (\\d{3}) (\\d{1,18}|-).*");

    /** Nodes write each key once, in a fixed order; a quote inside a text is always escaped. */
    private static final Pattern JSON_TEXT =
            Pattern.compile("\"(client|target|extension)\":\"((?:[^\"\\\\]|\\\\.)*)\"");

    private static final Pattern JSON_NUMBER = Pattern.compile("\"(status|bytes|durationMicros)\":(\\d{1,18})");

    /** Reads a line; empty when it is none, or the request could not be read. */
    public static Optional<AccessEntry> parse(String line) {
        return line.startsWith("{") ? json(line) : combined(line);
    }

    private static Optional<AccessEntry> combined(String line) {
        var match = COMBINED.matcher(line);
        if (!match.matches()) {
            return Optional.empty();
        }
        var bytes = match.group(4);
        return Optional.of(new AccessEntry(
                match.group(1),
                match.group(2),
                Integer.parseInt(match.group(3)),
                bytes.equals("-") ? 0 : Long.parseLong(bytes),
                -1,
                ""));
    }

    private static Optional<AccessEntry> json(String line) {
        String client = "";
        String target = "";
        String extension = "";
        for (Matcher text = JSON_TEXT.matcher(line); text.find(); ) {
            switch (text.group(1)) {
                case "client" -> client = text.group(2);
                case "target" -> target = text.group(2);
                default -> extension = text.group(2);
            }
        }
        long status = -1;
        long bytes = 0;
        long micros = -1;
        for (Matcher number = JSON_NUMBER.matcher(line); number.find(); ) {
            long value = Long.parseLong(number.group(2));
            switch (number.group(1)) {
                case "status" -> status = value;
                case "bytes" -> bytes = value;
                default -> micros = value;
            }
        }
        return client.isEmpty() || target.isEmpty() || status < 100 || status > 999
                ? Optional.empty()
                : Optional.of(new AccessEntry(client, target, (int) status, bytes, micros, extension));
    }

    /** First segment of the path, behind {@code /CDN} where a CDN asks; empty text for none. */
    public String route() {
        var segments = path().split("/", 4);
        int first = segments.length > 2 && segments[1].equals("CDN") ? 2 : 1;
        return segments.length > first ? segments[first] : "";
    }

    /** What was asked for. */
    public Kind kind() {
        var path = path();
        if (path.contains("/Content/")) {
            return Kind.ASSET;
        }
        var inRoute = path.substring(Math.min(path.length(), 1 + route().length()));
        if (inRoute.startsWith("/-/") || inRoute.startsWith("/api/diagnostics") || inRoute.equals("/telemetry")) {
            return Kind.OTHER;
        }
        return inRoute.startsWith("/api/") || inRoute.matches("/@[^/]+/api/.*") ? Kind.CALL : Kind.PAGE;
    }

    private String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** Kinds of answers. */
    public enum Kind {
        /** A page; a session begins with one. */
        PAGE,
        /** An answer of a controller. */
        CALL,
        /** Content that a CDN could give. */
        ASSET,
        /** Portolan's own. */
        OTHER
    }
}
