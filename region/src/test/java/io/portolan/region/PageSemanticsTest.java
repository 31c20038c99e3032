package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.protocol.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pages over real HTTP: caching, coding, conditions, who may see and frame them. One world for all tests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageSemanticsTest {
    private NodeWorld world;

    @BeforeAll
    void start(@TempDir Path folder) {
        world = new NodeWorld(folder);
        world.server.put(
                NodeWorld.environment(List.of("portal.example", "*.portal.example"), List.of("http://127.0.0.1:7070")));
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                .holds(world.server, Release.simple("Contoso_Orders", "2.0"))
                .withdraws(world.server, Release.simple("Contoso_Orders", "0.8"))
                .revokes(world.server, Release.simple("Contoso_Orders", "0.9"))
                .stage("stage4", "2.0")
                .stage("stage1", "1.0")
                .named("beta", "1.0")
                .named("gone", "0.9")
                .gives("2.0"));
        world.awaitStatus(status -> status.lackingCount() == 0 && status.revision() == 1);
        world.awaitVersion("orders?trustedAuthority=portal.example", "2.0");
    }

    @AfterAll
    void stop() {
        world.close();
    }

    private Wire.Answer page(String below, String... headers) throws IOException {
        var target = "/orders" + below;
        return world.get(target + (target.contains("?") ? "&" : "?") + "trustedAuthority=portal.example", headers);
    }

    @Test
    void row_5_7_keepsAPageByItsVersion() throws IOException {
        assertThat(page("?pageVersion=2.0").header("Cache-Control")).isEqualTo("private, max-age=31536000");
        assertThat(page("?pageVersion=1.0").header("Cache-Control")).isEqualTo("no-store");
        assertThat(page("").header("Cache-Control")).isEqualTo("private, no-cache");
        assertThat(page("/stage1?pageVersion=1.0").header("Cache-Control")).isEqualTo("private, max-age=31536000");
        assertThat(page("?pin=1.0&pageVersion=1.0").header("Cache-Control")).isEqualTo("private, max-age=31536000");
        // Withdrawn: nobody keeps it, whatever is asked.
        assertThat(page("?pin=0.8&pageVersion=0.8").header("Cache-Control")).isEqualTo("no-store");
        assertThat(page("/0.8").header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void row_8_15_letsThePortalsOfTheEnvironmentFrameIt() throws IOException {
        for (var below : List.of("", "/beta", "/Content/1.0/", "?pin=1.0")) {
            assertThat(page(below).header("Content-Security-Policy"))
                    .as(below)
                    .isEqualTo("frame-ancestors 'self' portal.example *.portal.example http://127.0.0.1:7070");
        }
    }

    @Test
    void row_x_1_answersAnUnknownOrRevokedSelectorWithAnError() throws IOException {
        assertThat(page("/nothing").status()).isEqualTo(404);
        assertThat(page("/BETA").status()).isEqualTo(404);
        assertThat(page("/gone").status()).isEqualTo(410);
        assertThat(page("/0d9").status()).isEqualTo(410);
        assertThat(page("/1d0").header("X-Portolan-Version")).isEqualTo("1.0");
        assertThat(page("/%62eta").header("X-Portolan-Version")).isEqualTo("1.0");
        var pinned = page("?pin=0.9");
        assertThat(List.of(pinned.header("X-Portolan-Version"), pinned.header("X-Portolan-Pin")))
                .containsExactly("2.0", "expired");
    }

    @Test
    void letsAnotherRegionsPageReadItWithItsHeaders() throws IOException {
        assertThat(page("").headers())
                .containsEntry("access-control-allow-origin", "*")
                .containsEntry("access-control-expose-headers", "*")
                .containsEntry("timing-allow-origin", "*");
        assertThat(page("/nothing").headers()).containsEntry("access-control-allow-origin", "*");
        var options = Wire.send(
                world.uri(), "OPTIONS", "/orders", "Origin: https://x.example", "Access-Control-Request-Method: GET");
        assertThat(options.status()).isEqualTo(204);
        assertThat(options.headers())
                .containsEntry("access-control-allow-origin", "*")
                .containsEntry("access-control-allow-methods", "GET, HEAD, OPTIONS");
    }

    @Test
    void compressesWithATagOfItsOwn() throws IOException {
        var plain = page("");
        var gzip = page("", "Accept-Encoding: gzip, br");
        var refused = page("", "Accept-Encoding: gzip;q=0");

        assertThat(gzip.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(gzip.header("Vary")).isEqualTo("Accept-Encoding");
        assertThat(plain.header("Vary")).isEqualTo("Accept-Encoding");
        assertThat(gzip.header("ETag")).isNotEqualTo(plain.header("ETag"));
        assertThat(gzip.body().length).isLessThan(plain.body().length);
        try (var in = new GZIPInputStream(new ByteArrayInputStream(gzip.body()))) {
            assertThat(in.readAllBytes()).isEqualTo(plain.body());
        }
        assertThat(refused.body()).isEqualTo(plain.body());
        assertThat(refused.headers()).doesNotContainKey("content-encoding");
    }

    @Test
    void judgesConditionsOnThePageAsItWouldBeSent() throws IOException {
        var gzip = "Accept-Encoding: gzip";
        var tag = page("", gzip).header("ETag");

        var unmodified = page("", gzip, "If-None-Match: " + tag);
        assertThat(unmodified.status()).isEqualTo(304);
        assertThat(unmodified.body()).isEmpty();
        assertThat(unmodified.headers())
                .containsEntry("etag", tag)
                .containsKey("content-security-policy")
                .doesNotContainKeys("content-type", "content-encoding");
        assertThat(page("", "If-None-Match: " + tag).status()).isEqualTo(200);
        assertThat(page("", gzip, "If-Match: \"other\"").status()).isEqualTo(412);
        assertThat(page("", gzip, "If-Match: " + tag).status()).isEqualTo(200);
        // Dynamic: whoever asks for a range gets the whole.
        assertThat(page("", "Range: bytes=0-1").status()).isEqualTo(200);
    }

    @Test
    void tellsTheReferencesToolsWhatItServes() throws IOException {
        var all =
                Json.mapper().readTree(world.get("/api/diagnostics?compat=ehs").body());
        var one = Json.mapper()
                .readTree(world.get("/orders/api/diagnostics?compat=ehs").body());

        assertThat(all.propertyNames()).containsExactly("buildInfo", "extensions", "serverInfo");
        assertThat(all.get("buildInfo").get("buildVersion").asString()).isNotEmpty();
        assertThat(all.get("extensions")).isEqualTo(one.get("extensions"));
        assertThat(all.get("extensions")).isEqualTo(Json.mapper().readTree("""
                {"orders":{"extensionName":"Contoso_Orders","manageSdpEnabled":true,\
                "config":{"stage1":"1.0","stage4":"2.0","beta":"1.0","gone":"0.9"},\
                "stageDefinition":{"stage1":["centraluseuap"],"stage2":["westcentralus"],"stage3":["southcentralus"],\
                "stage4":["westus"],"stage5":["*"]}}}"""));
        var server = all.get("serverInfo");
        assertThat(server.get("serverId").asString()).isEqualTo("node-westus");
        assertThat(server.get("deploymentId").asString()).isEqualTo("prod/westus");
        assertThat(server.get("uptime").asLong()).isNotNegative();
        assertThat(server.get("nodeVersions").get("java").asString()).isNotEmpty();
        assertThat(server.get("extensionSync").get("totalSyncAllCount").asLong())
                .isEqualTo(1);
    }
}
