package io.portolan.region;

import io.portolan.loader.BrowserScripts;
import io.portolan.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts base, configuration and boot script right after {@code <head …>} of a package's page. Stateless; equal inputs give equal
 * bytes.
 */
final class PageInjection {
    private static final String BOOT_SCRIPT = BrowserScripts.boot();

    private PageInjection() {}

    /** The page with what is injected; nothing else of it changes. */
    static byte[] inject(byte[] page, PageKey key, ObjectNode configuration) {
        var text = new String(page, StandardCharsets.ISO_8859_1);
        var place = HtmlHead.find(text);
        var added = injected(key, configuration, !HtmlHead.hasBase(text), !place.present());
        var result = new byte[page.length + added.length];
        System.arraycopy(page, 0, result, 0, place.offset());
        System.arraycopy(added, 0, result, place.offset(), added.length);
        System.arraycopy(page, place.offset(), result, place.offset() + added.length, page.length - place.offset());
        return result;
    }

    /** What is injected, UTF-8. */
    static byte[] injected(PageKey key, ObjectNode configuration, boolean base, boolean startHead) {
        var html = new StringBuilder();
        if (startHead) {
            // Not closed: what follows decides whether it still belongs to the head, as it did without this tag.
            html.append("<head>");
        }
        if (base) {
            html.append("<base href=\"").append(attribute(key.assetBase())).append("\">");
        }
        html.append("<script type=\"application/json\" id=\"portolan-config\">")
                // No "<" at all, so that no text of a configuration can end the element.
                .append(Json.text(complete(configuration, key)).replace("<", "\\u003c"))
                .append("</script><script");
        data(html, "extension", key.extension());
        data(html, "version", key.version());
        data(html, "stage", key.stage());
        data(html, "region", key.region());
        data(html, "asset-base", key.assetBase());
        data(html, "api", key.controllers());
        data(html, "manifest", key.manifest().value());
        data(html, "worker", key.worker().name().toLowerCase(Locale.ROOT));
        data(html, "first-visit", key.firstVisit().name().toLowerCase(Locale.ROOT));
        data(html, "telemetry", key.telemetry().name().toLowerCase(Locale.ROOT));
        html.append('>').append(BOOT_SCRIPT).append("</script>");
        return html.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The configuration of the package with what the node knows: its own controllers unless the package names others. */
    private static ObjectNode complete(ObjectNode configuration, PageKey key) {
        var complete = configuration.deepCopy();
        if (!complete.has("controllerEndpoint")) {
            complete.put("controllerEndpoint", key.controllers());
        }
        if (!key.resourceApi().isEmpty()) {
            complete.put("resourceApiEndpoint", key.resourceApi());
        }
        return complete;
    }

    private static void data(StringBuilder html, String name, String value) {
        html.append(" data-")
                .append(name)
                .append("=\"")
                .append(attribute(value))
                .append('"');
    }

    private static String attribute(String text) {
        return text.replace("&", "&amp;").replace("\"", "&quot;").replace("<", "&lt;");
    }
}
