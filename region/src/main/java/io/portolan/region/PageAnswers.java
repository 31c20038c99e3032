package io.portolan.region;

import io.portolan.model.Digest;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pages of versions. Pure. */
final class PageAnswers {
    /** Longest that the reference's {@code pageVersion} rule lets a page be kept: a year. */
    private static final String ONE_YEAR = "private, max-age=31536000";

    private PageAnswers() {}

    /**
     * A page to show.
     *
     * @param stage stage that it is shown as, empty text for none
     * @param pin   value of {@code X-Portolan-Pin}, empty text for none
     * @param cookie value of {@code Set-Cookie}, empty text for none
     * @param override id of the operator's override that chose the version, empty text for none
     */
    record Shown(ServedVersion version, String stage, String pin, String cookie, String override) {
        /** Chosen by no override. */
        Shown(ServedVersion version, String stage, String pin, String cookie) {
            this(version, stage, pin, cookie, "");
        }

        /** Chosen by an override: for every session, whatever share of them had what. */
        static Shown overridden(ServedExtension.Default.Serves serves, String pin) {
            return new Shown(serves.version(), serves.stage(), pin, "", serves.override());
        }

        /** Whoever names a version, by its label or by an alias. */
        static Shown named(ServedVersion version, String stage) {
            return new Shown(version, stage, "", "");
        }
    }

    static Outcome page(
            Request request, ServingState state, ServedExtension extension, Shown shown, Contents contents) {
        var version = shown.version();
        var portals = state.revision().environment().portalHosts();
        var authority = request.parameter("trustedAuthority");
        if (authority.isEmpty() && portals.size() != 1) {
            return Failures.badRequest(
                    request, "trustedAuthority is missing (expected: one of " + String.join(", ", portals) + ")");
        }
        var host = PortalHost.parse(authority.isEmpty() ? portals.getFirst() : authority);
        if (host.isEmpty()) {
            return Failures.badRequest(
                    request, "trustedAuthority: " + authority + " (expected: a host, host:port or origin)");
        }
        var manifest =
                version.manifest().or(() -> contents.manifest(version.document().manifest()));
        if (manifest.isEmpty()) {
            return manifestNeed(version);
        }
        var key = new PageKey(
                version.extension().value(),
                extension.document().route().value(),
                version.label().value(),
                version.document().manifest(),
                host.get(),
                shown.stage(),
                state.region().value(),
                state.resourceApiEndpoint(),
                state.frameAncestors(),
                state.delivery().worker(),
                state.delivery().firstVisit(),
                state.delivery().telemetry());
        var page = contents.page(key);
        if (page.isEmpty()) {
            return new Outcome.PageNeed(
                    version.extension(),
                    version.label(),
                    manifest.get(),
                    key,
                    version.manifest().isPresent());
        }
        return switch (page.get()) {
            case RenderedPage.Html html ->
                html(
                        request,
                        state,
                        shown,
                        BrowserManifests.digest(version.document().manifest(), manifest.get()),
                        html);
            case RenderedPage.NoConfiguration none ->
                Failures.noConfiguration(
                        request,
                        "page of " + version.extension() + " " + version.label() + ": portal host " + host.get()
                                + " (expected: "
                                + (none.hosts().isEmpty() ? "none is configured" : String.join(", ", none.hosts()))
                                + ")");
        };
    }

    static Outcome manifestNeed(ServedVersion version) {
        return new Outcome.ManifestNeed(
                version.extension(),
                version.label(),
                version.document().manifest(),
                version.document().identity());
    }

    private static Response html(
            Request request, ServingState state, Shown shown, Digest manifest, RenderedPage.Html html) {
        var page = AcceptEncoding.parse(request.header("accept-encoding")).choose(html.plain(), html.coded());
        var verdict = Preconditions.of(request, page.etag());
        if (verdict == Preconditions.Verdict.FAILED) {
            return Failures.preconditionFailed(request, page.etag());
        }
        var headers = headers(request, state, shown, manifest);
        headers.put("ETag", page.etag());
        if (verdict == Preconditions.Verdict.NOT_MODIFIED) {
            return new Response(304, headers, Response.EMPTY);
        }
        headers.put("Content-Type", "text/html; charset=utf-8");
        if (!page.coding().equals(AcceptEncoding.IDENTITY)) {
            headers.put("Content-Encoding", page.coding());
        }
        return new Response(200, headers, new Response.Body.Bytes(page.bytes()));
    }

    /** What every answer about the page says, 304 too. */
    private static Map<String, String> headers(Request request, ServingState state, Shown shown, Digest manifest) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Cache-Control", cacheControl(request, shown.version()));
        headers.put("Vary", "Accept-Encoding");
        headers.put("X-Portolan-Version", shown.version().label().value());
        if (!shown.stage().isEmpty()) {
            headers.put("X-Portolan-Stage", shown.stage());
        }
        // By it the service worker knows the right manifest, whoever gives it.
        headers.put("X-Portolan-Manifest", manifest.value());
        headers.put("X-Portolan-Region", state.region().value());
        headers.put("X-Portolan-Revision", state.revision().id().toString());
        if (!shown.pin().isEmpty()) {
            headers.put("X-Portolan-Pin", shown.pin());
        }
        if (!shown.override().isEmpty()) {
            headers.put("X-Portolan-Override", shown.override());
        }
        if (!shown.cookie().isEmpty()) {
            headers.put("Set-Cookie", shown.cookie());
        }
        headers.put("Content-Security-Policy", state.frameAncestors());
        headers.put("X-Content-Type-Options", "nosniff");
        // The service worker of a page whose own region is gone fetches it from another one, with all of its headers.
        headers.put("Access-Control-Allow-Origin", "*");
        headers.put("Access-Control-Expose-Headers", "*");
        headers.put("Timing-Allow-Origin", "*");
        return headers;
    }

    private static String cacheControl(Request request, ServedVersion version) {
        if (version.document().withdrawn()) {
            return "no-store";
        }
        var asked = request.parameter("pageVersion");
        if (asked.isEmpty()) {
            return "private, no-cache";
        }
        return asked.equals(version.label().value()) ? ONE_YEAR : "no-store";
    }
}
