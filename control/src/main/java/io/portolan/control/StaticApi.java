package io.portolan.control;

import io.portolan.artifact.ManifestSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The console page and the description of the interface. Immutable. */
final class StaticApi {
    private static final Pattern SCRIPT = Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL);
    private static final Pattern STYLE = Pattern.compile("<style>(.*?)</style>", Pattern.DOTALL);

    private final byte[] console;
    private final byte[] openApi;
    private final byte[] manifestSchema = ManifestSchema.json();
    private final String policy;

    StaticApi() {
        console = resource("console/index.html");
        openApi = resource("openapi.json");
        var page = new String(console, StandardCharsets.UTF_8);
        policy = "default-src 'none'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'; script-src " + hashes(SCRIPT, page) + "; style-src " + hashes(STYLE, page);
    }

    void addTo(Routes routes) {
        routes.add(
                "GET",
                "/",
                call -> new Answer.Bytes(
                        200,
                        Map.of("Content-Security-Policy", policy, "Referrer-Policy", "no-referrer"),
                        "text/html; charset=utf-8",
                        console));
        routes.add("GET", "/v1/openapi.json", call -> new Answer.Bytes(200, Map.of(), "application/json", openApi));
        routes.add(
                "GET",
                "/schemas/portolan.schema.json",
                call -> new Answer.Bytes(200, Map.of(), "application/schema+json", manifestSchema));
    }

    byte[] openApi() {
        return openApi.clone();
    }

    private static String hashes(Pattern element, String page) {
        List<String> hashes = new ArrayList<>();
        var matcher = element.matcher(page);
        while (matcher.find()) {
            hashes.add("'sha256-" + Base64.getEncoder().encodeToString(sha256(matcher.group(1))) + "'");
        }
        return hashes.isEmpty() ? "'none'" : String.join(" ", hashes);
    }

    private static byte[] sha256(String text) {
        MessageDigest digest = io.portolan.model.Digest.sha256();
        return digest.digest(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] resource(String name) {
        try (var in = StaticApi.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource " + name + " is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("resource " + name, e);
        }
    }
}
