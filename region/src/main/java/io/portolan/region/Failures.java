package io.portolan.region;

import io.portolan.protocol.Json;
import io.portolan.protocol.Problem;
import io.portolan.region.gateway.ClientSide;
import java.util.LinkedHashMap;
import java.util.Map;

/** Answers that say why there is no other: a page that a person can read, or problem+json when asked. Stateless. */
final class Failures {
    /** Seconds after which it is worth asking again for content that is being fetched. */
    private static final String RETRY_SECONDS = "2";

    private Failures() {}

    static Response badRequest(Request request, String detail) {
        return of(request, 400, "BAD_REQUEST", "Bad request", detail, Map.of());
    }

    static Response noConfiguration(Request request, String detail) {
        return of(request, 400, "NO_CONFIGURATION", "No configuration for this portal", detail, Map.of());
    }

    static Response forbidden(Request request, String detail) {
        return of(request, 403, "FORBIDDEN", "Forbidden", detail, Map.of());
    }

    static Response notFound(Request request, String detail) {
        return of(request, 404, "NOT_FOUND", "Not found", detail, Map.of());
    }

    static Response methodNotAllowed(Request request) {
        return of(
                request,
                405,
                "METHOD_NOT_ALLOWED",
                "Method not allowed",
                request.method() + " " + request.path() + ": method (expected: GET, HEAD or OPTIONS)",
                Map.of("Allow", "GET, HEAD, OPTIONS"));
    }

    static Response gone(Request request, String detail) {
        return of(request, 410, "REVOKED", "Gone", detail, Map.of());
    }

    /** A version that pages may still be of: they are to be loaded again. */
    static Response versionGone(Request request, String detail) {
        return of(request, 410, "VERSION_GONE", "Gone", detail + "; load the page again", Map.of());
    }

    static Response noController(Request request, String detail) {
        return of(request, 404, "NO_CONTROLLER", "Not found", detail, Map.of());
    }

    /** What the gateway says instead of an answer. */
    static Response unanswered(Request request, ClientSide.Unanswered why, String detail) {
        int status = why.status();
        return of(
                request,
                status,
                why.name(),
                switch (status) {
                    case 408 -> "Request timeout";
                    case 502 -> "Bad gateway";
                    case 504 -> "Gateway timeout";
                    default -> "Not available now";
                },
                detail,
                status == 503 ? Map.of("Retry-After", RETRY_SECONDS) : Map.of());
    }

    static Response preconditionFailed(Request request, String etag) {
        return of(
                request,
                412,
                "PRECONDITION_FAILED",
                "Precondition failed",
                "If-Match: " + request.header("if-match") + " (expected: " + etag + ")",
                Map.of());
    }

    static Response misdirected(Request request, String host) {
        return of(
                request,
                421,
                "MISDIRECTED",
                "Misdirected request",
                "host: " + host + " (expected: <route>.<zone> or this node's own address)",
                Map.of());
    }

    static Response unavailable(Request request, String detail) {
        return of(request, 503, "UNAVAILABLE", "Not available now", detail, Map.of("Retry-After", RETRY_SECONDS));
    }

    static Response internal(Request request) {
        return of(request, 500, "INTERNAL", "Internal error", "the reason stands in the node's log", Map.of());
    }

    /** A request that could not even be read. */
    static Response unreadable(int status, String detail) {
        var none = new Request("GET", "", "/", "", false, Map.of("accept", "application/problem+json"));
        return of(none, status, "BAD_REQUEST", "Bad request", detail, Map.of());
    }

    private static Response of(
            Request request, int status, String code, String title, String detail, Map<String, String> more) {
        boolean json = request.wantsJson();
        var headers = new LinkedHashMap<String, String>();
        headers.put("Content-Type", json ? Problem.TYPE : "text/html; charset=utf-8");
        headers.put("Cache-Control", "no-store");
        headers.put("X-Content-Type-Options", "nosniff");
        // A script of another origin may see why an asset did not come.
        headers.put("Access-Control-Allow-Origin", "*");
        headers.put("Vary", "Accept");
        if (!json) {
            headers.put("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        }
        headers.putAll(more);
        return new Response(
                status,
                headers,
                json
                        ? new Response.Body.Bytes(Json.bytes(Problem.of(status, code, title, detail)))
                        : Response.text(page(status, title, detail)));
    }

    private static String page(int status, String title, String detail) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%1$d %2$s</title>
                <style>body{font:16px/1.5 system-ui,sans-serif;margin:4rem auto;max-width:40rem;padding:0 1rem}</style>
                </head>
                <body>
                <h1>%2$s</h1>
                <p>%3$s</p>
                <p><small>%1$d</small></p>
                </body>
                </html>
                """.formatted(status, escape(title), escape(detail));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
