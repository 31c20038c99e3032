package io.portolan.it;

import com.microsoft.playwright.Frame;
import io.portolan.protocol.Json;
import java.net.URI;
import tools.jackson.databind.JsonNode;

/** Extensions in a frame of a portal's page, seen from the outside. Stateless. */
final class FramedPages {
    /** True once the service worker answers for the page. */
    static final String CONTROLLED = "navigator.serviceWorker.controller !== null";

    private FramedPages() {}

    /** Opens a portal that opens an address in its frame; {@code sandbox} as the attribute has it, empty text for none. */
    static Visit opened(Visit visit, URI framed, String sandbox) {
        visit.open(FramingPortal.path(framed, sandbox));
        return visit;
    }

    /** The frame that was opened last. */
    static Frame framed(Visit visit) {
        return visit.page().frames().getLast();
    }

    /** Waits until an expression in the frame is true. */
    static void awaitTrue(Visit visit, String expression) {
        visit.page().waitForCondition(() -> Visit.isTrue(framed(visit), expression));
    }

    /** The value that a promise in the frame is settled with. */
    static JsonNode settled(Visit visit, String expression) {
        return Json.mapper()
                .readTree(String.valueOf(framed(visit)
                        .evaluate("Promise.resolve(" + expression + ").then((value) => JSON.stringify(value))")));
    }
}
