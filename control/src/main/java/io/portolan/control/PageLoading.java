package io.portolan.control;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a browser tells of a page while it loads. One thread at a time.
 *
 * <p>A page is loaded when its load event has come and none of its own files has failed: document, scripts, styles, pictures, fonts of the
 * page's own origin. What a page asks of controllers and of others is its own affair.
 */
final class PageLoading {
    static final PageLoading NONE = new PageLoading(URI.create("about:blank"), "");

    private static final Set<String> FILES = Set.of("Document", "Stylesheet", "Script", "Image", "Font", "Media");
    private static final int FAULTY = 400;

    private final URI page;
    private final String session;
    /** Addresses of requests, by id. */
    private final Map<String, String> asked = new HashMap<>();

    private String fault = "";
    private boolean over;

    PageLoading(URI page, String session) {
        this.page = page;
        this.session = session;
    }

    /** Whether its load event has come, or never will. */
    boolean isOver() {
        return over;
    }

    /** The first thing that was wrong, empty text for nothing. */
    String fault() {
        return fault;
    }

    String faultOr(String other) {
        return fault.isEmpty() ? other : fault;
    }

    /** Takes an event of the page, and passes over everything else. */
    void note(JsonNode message) {
        if (session.isEmpty() || !message.path("sessionId").asString("").equals(session)) {
            return;
        }
        var event = message.path("params");
        switch (message.path("method").asString("")) {
            case "Network.requestWillBeSent" ->
                asked.put(
                        event.path("requestId").asString(),
                        event.at("/request/url").asString(""));
            case "Network.responseReceived" -> {
                int status = event.at("/response/status").asInt(0);
                if (status >= FAULTY) {
                    wrong(event, "answered " + status);
                }
            }
            case "Network.loadingFailed" -> {
                if (!event.path("canceled").asBoolean(false)) {
                    wrong(event, event.path("errorText").asString("failed"));
                }
            }
            case "Page.loadEventFired" -> over = true;
            case "Inspector.targetCrashed" -> {
                fault = faultOr("the page crashed");
                over = true;
            }
            default -> {}
        }
        // The page itself was refused: nothing more comes.
        if (message.at("/result/errorText").isString()) {
            fault = faultOr(message.at("/result/errorText").asString());
            over = true;
        }
    }

    private void wrong(JsonNode event, String what) {
        var address = asked.getOrDefault(event.path("requestId").asString(""), "");
        if (FILES.contains(event.path("type").asString("")) && isOwn(address)) {
            fault = faultOr(address + ": " + what);
        }
    }

    private boolean isOwn(String address) {
        try {
            var asset = URI.create(address);
            return page.getScheme().equals(asset.getScheme())
                    && page.getAuthority().equals(asset.getAuthority())
                    // Asked by browsers of their own accord.
                    && !"/favicon.ico".equals(asset.getPath());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
