package io.portolan.region;

import io.portolan.loader.BrowserScripts;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;

/** What pages and portals load once a page has come up: the same for all of them. Stateless. */
final class ScriptAnswer {
    /** Where every origin has the module of pages. */
    static final String PAGE = "/-/page.js";

    private static final RenderedPage.Html SCRIPT =
            RenderedPage.Html.of(BrowserScripts.telemetry().getBytes(StandardCharsets.UTF_8), "");

    private ScriptAnswer() {}

    /** Answers a request for it. */
    static Response page(Request request) {
        var chosen = AcceptEncoding.parse(request.header("accept-encoding")).choose(SCRIPT.plain(), SCRIPT.coded());
        var headers = new LinkedHashMap<String, String>();
        // Asked for with most pages, and no harm in one of the build before.
        headers.put("Cache-Control", "public, max-age=3600");
        headers.put("ETag", chosen.etag());
        headers.put("Vary", "Accept-Encoding");
        headers.put("Access-Control-Allow-Origin", "*");
        headers.put("X-Content-Type-Options", "nosniff");
        return switch (Preconditions.of(request, chosen.etag())) {
            case FAILED -> Failures.preconditionFailed(request, chosen.etag());
            case NOT_MODIFIED -> new Response(304, headers, Response.EMPTY);
            case PROCEED -> {
                headers.put("Content-Type", "text/javascript; charset=utf-8");
                if (!chosen.coding().equals(AcceptEncoding.IDENTITY)) {
                    headers.put("Content-Encoding", chosen.coding());
                }
                yield new Response(200, headers, new Response.Body.Bytes(chosen.bytes()));
            }
        };
    }
}
