package io.portolan.region;

import io.portolan.loader.BrowserScripts;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.Delivery;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The service worker as this node serves it: one for each origin, whatever extensions that has. Immutable.
 *
 * <p>The byte sources of the environment stand in the script itself: a browser that looks for a newer worker compares bytes, so other
 * sources reach it by the same way as other code. They also bound where the worker may connect to, by its own policy.
 *
 * @param page   the script, under a content coding where that helps
 * @param policy value of {@code Content-Security-Policy}
 */
record WorkerScript(RenderedPage.Html page, String policy) {
    /** Where every origin has it. */
    static final String PATH = "/-/worker.js";

    /** Most other regions that a browser asks: each costs a page that finds nothing a wait. */
    static final int MOST_REGIONS = 3;

    private static volatile WorkerScript last = of("", List.of());

    /**
     * What the script is told.
     *
     * @param shares percent of browsers that ask each CDN
     */
    private record Sources(List<String> cdns, List<Integer> shares, List<String> regions) {}

    /** The script of an environment in a region. Pure but for remembering its last result. */
    static WorkerScript of(Delivery delivery, RegionName own, Map<RegionName, RegionDocument> regions) {
        if (delivery.worker() == Delivery.Worker.OFF) {
            return remembered(BrowserScripts.retired(), List.of());
        }
        // One that nobody asks is not even allowed: a tripped CDN can do nothing to a browser.
        var asked =
                delivery.cdns().stream().filter(cdn -> delivery.share(cdn) > 0).toList();
        var cdns = asked.stream().map(Delivery.Cdn::url).toList();
        var shares = asked.stream().map(delivery::share).toList();
        var others = others(own, regions);
        var origins = new LinkedHashSet<String>();
        asked.forEach(cdn -> origins.add(cdn.origin()));
        origins.addAll(others);
        return remembered(
                "self.portolanSources=" + Json.text(new Sources(cdns, shares, others)) + ";\n"
                        + BrowserScripts.worker(),
                List.copyOf(origins));
    }

    /** Origins of other regions, nearest first. */
    private static List<String> others(RegionName own, Map<RegionName, RegionDocument> regions) {
        var here = Optional.ofNullable(regions.get(own));
        return regions.values().stream()
                .filter(region -> !region.name().equals(own) && region.state() == RegionState.LIVE)
                .sorted(Comparator.<RegionDocument>comparingDouble(
                                region -> here.map(place -> place.location().distanceKm(region.location()))
                                        .orElse(0.0))
                        .thenComparing(region -> region.name().value()))
                .flatMap(region -> region.probeUrls().stream().limit(1))
                .flatMap(url -> origin(url).stream())
                .limit(MOST_REGIONS)
                .toList();
    }

    private static Optional<String> origin(String url) {
        try {
            var parsed = new URI(url);
            return parsed.getHost() == null
                    ? Optional.empty()
                    : Optional.of(parsed.getScheme() + "://" + parsed.getRawAuthority());
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** Most revisions change nothing here, and compressing takes a millisecond. */
    private static WorkerScript remembered(String text, List<String> origins) {
        var made = last;
        if (!made.isFor(text)) {
            made = of(text, origins);
            last = made;
        }
        return made;
    }

    private boolean isFor(String text) {
        return new String(page.plain().bytes(), StandardCharsets.UTF_8).equals(text);
    }

    private static WorkerScript of(String text, List<String> origins) {
        var sources = new ArrayList<String>();
        sources.add("'self'");
        sources.addAll(origins);
        return new WorkerScript(
                RenderedPage.Html.of(text.getBytes(StandardCharsets.UTF_8), ""),
                "default-src 'none'; connect-src " + String.join(" ", sources));
    }

    /** Answers a request for it. */
    Response answer(Request request) {
        var chosen = AcceptEncoding.parse(request.header("accept-encoding")).choose(page.plain(), page.coded());
        var headers = new LinkedHashMap<String, String>();
        headers.put("Cache-Control", "no-cache");
        headers.put("ETag", chosen.etag());
        headers.put("Vary", "Accept-Encoding");
        headers.put("Service-Worker-Allowed", "/");
        headers.put("Content-Security-Policy", policy);
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
