package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Pages over real HTTP: whose version, with which configuration and headers. */
class PageTest {
    private static final Pattern CONFIG =
            Pattern.compile("<script type=\"application/json\" id=\"portolan-config\">(.*?)</script>");

    @TempDir
    private Path folder;

    private NodeWorld world;

    @BeforeEach
    void start() {
        world = new NodeWorld(folder);
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private static JsonNode config(Wire.Answer page) {
        var found = CONFIG.matcher(page.text());
        assertThat(found.find()).as(page.text()).isTrue();
        return Json.mapper().readTree(found.group(1));
    }

    private void publishOrders() {
        var orders = new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0.8.31"))
                .holds(world.server, Release.simple("Contoso_Orders", "2.0"))
                .holds(world.server, Release.simple("Contoso_Orders", "3.0-rc"))
                .withdraws(world.server, Release.simple("Contoso_Orders", "0.8"))
                .revokes(world.server, Release.simple("Contoso_Orders", "0.9"))
                .stage("stage1", "2.0")
                .stage("stage4", "1.0.8.31")
                .named("beta", "3.0-rc")
                .named("old", "0.9")
                .gives("1.0.8.31");
        world.publish(orders);
        world.awaitStatus(status -> status.lackingCount() == 0 && status.revision() == 1);
        world.awaitVersion("orders", "1.0.8.31");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/orders", "/orders/", "/orders?trustedAuthority=portal.portolan.test&l=en"})
    void answersTheVersionOfThisRegion(String target) throws IOException {
        publishOrders();

        var page = world.get(target);

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.text())
                .contains("<title>1.0.8.31</title>")
                .contains("<head><base href=\"/orders/Content/1.0.8.31/\"><script type=\"application/json\"")
                .contains("data-extension=\"Contoso_Orders\" data-version=\"1.0.8.31\" data-stage=\"stage4\""
                        + " data-region=\"westus\" data-asset-base=\"/orders/Content/1.0.8.31/\""
                        + " data-api=\"/orders/@1.0.8.31/api\"");
        assertThat(page.headers())
                .containsEntry("content-type", "text/html; charset=utf-8")
                .containsEntry("cache-control", "private, no-cache")
                .containsEntry("x-portolan-version", "1.0.8.31")
                .containsEntry("x-portolan-stage", "stage4")
                .containsEntry("x-portolan-region", "westus")
                .containsEntry("x-portolan-revision", "1.1")
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("content-security-policy", "frame-ancestors 'self' portal.portolan.test")
                .containsKey("server-timing")
                .doesNotContainKey("x-portolan-pin");
    }

    @ParameterizedTest
    @CsvSource({
        "2.0, 2.0, ''",
        "1.0.8.31, 1.0.8.31, ''",
        "stage1, 2.0, stage1",
        "beta, 3.0-rc, ''",
        "1d0d8d31, 1.0.8.31, ''",
        "2d0, 2.0, ''"
    })
    void answersAnAliasInEachForm(String alias, String version, String stage) throws IOException {
        publishOrders();

        var page = world.get("/orders/" + alias);

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("X-Portolan-Version")).isEqualTo(version);
        assertThat(page.header("X-Portolan-Stage")).isEqualTo(stage);
        assertThat(page.text()).contains("<title>" + version + "</title>");
    }

    @Test
    void refusesWhatItDoesNotHave() throws IOException {
        publishOrders();
        var unknown = List.of(
                "/orders/nothing",
                "/orders/Beta",
                "/orders/Content",
                "/orders/@2.0",
                "/orders/-x",
                "/orders/2.0/more",
                "/orders/%zz",
                "/unknown",
                "/",
                "/orders/Content/7/",
                "/orders/Content/7/app.js",
                "/CDN/orders");
        var revoked = List.of(
                "/orders/0.9",
                "/orders/old",
                "/orders/Content/0.9/",
                "/orders/Content/0.9/app.js",
                "/orders/-/manifest/0.9");

        for (var target : unknown) {
            assertRefused(target, 404);
        }
        for (var call : List.of("/orders/api/things", "/orders/@2.0/api/things")) {
            // Scripts ask for these, and nobody reads a page of theirs.
            var refused = world.get(call);
            assertThat(refused.status()).as(call).isEqualTo(404);
            assertThat(refused.header("Content-Type")).as(call).isEqualTo("application/problem+json");
        }
        for (var target : revoked) {
            assertRefused(target, 410);
        }
        assertThat(Wire.send(world.uri(), "POST", "/orders/telemetry").status())
                .as("an empty beacon")
                .isEqualTo(400);
        assertThat(Wire.send(world.uri(), "POST", "/orders/api/x").status()).isEqualTo(404);
        var posted = Wire.send(world.uri(), "POST", "/orders");
        assertThat(posted.status()).isEqualTo(405);
        assertThat(posted.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
        assertThat(Wire.send(world.uri(), "OPTIONS", "/orders").status()).isEqualTo(204);
    }

    private void assertRefused(String target, int status) throws IOException {
        var page = world.get(target);
        var problem = world.get(target, "Accept: application/problem+json");

        assertThat(page.status()).as(target).isEqualTo(status);
        assertThat(page.header("Content-Type")).as(target).startsWith("text/html");
        assertThat(page.header("Cache-Control")).as(target).isEqualTo("no-store");
        assertThat(problem.status()).as(target).isEqualTo(status);
        assertThat(problem.header("Content-Type")).as(target).isEqualTo("application/problem+json");
        assertThat(Json.mapper().readTree(problem.body()).get("status").asInt())
                .as(target)
                .isEqualTo(status);
    }

    @Test
    void answersANavigationToTheBaseWithThePageOfThatVersion() throws IOException {
        publishOrders();

        var page = world.get("/orders/Content/2.0/");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("X-Portolan-Version")).isEqualTo("2.0");
        assertThat(page.header("Cache-Control")).isEqualTo("private, no-cache");
    }

    @Test
    void keepsASessionOnItsPin() throws IOException {
        publishOrders();

        var kept = world.get("/orders?pin=2.0");
        var revoked = world.get("/orders?pin=0.9");
        var unknown = world.get("/orders?pin=9%2F..");

        assertThat(List.of(kept.header("X-Portolan-Version"), kept.header("X-Portolan-Pin")))
                .containsExactly("2.0", "kept");
        assertThat(List.of(revoked.header("X-Portolan-Version"), revoked.header("X-Portolan-Pin")))
                .containsExactly("1.0.8.31", "expired");
        assertThat(List.of(unknown.header("X-Portolan-Version"), unknown.header("X-Portolan-Pin")))
                .containsExactly("1.0.8.31", "expired");
    }

    @Test
    void letsNobodyKeepAWithdrawnVersion() throws IOException {
        publishOrders();

        assertThat(world.get("/orders?pin=0.8").header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void followsThePageVersionRuleOnRequest() throws IOException {
        publishOrders();

        assertThat(world.get("/orders?pageVersion=1.0.8.31").header("Cache-Control"))
                .isEqualTo("private, max-age=31536000");
        assertThat(world.get("/orders?pageVersion=1.0").header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void answersNotModifiedToTheSameTag() throws IOException {
        publishOrders();

        var tag = world.get("/orders").header("ETag");
        var again = world.get("/orders", "If-None-Match: \"x\", W/" + tag);
        var head = Wire.send(world.uri(), "HEAD", "/orders");

        assertThat(tag).matches("\"[0-9a-f]{32}\"");
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.header("ETag")).isEqualTo(tag);
        assertThat(again.header("X-Portolan-Revision")).isEqualTo("1.1");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("ETag")).isEqualTo(tag);
        assertThat(head.header("Content-Length"))
                .isEqualTo(String.valueOf(world.get("/orders").body().length));
        assertThat(world.get("/orders/2.0").header("ETag")).isNotEqualTo(tag);
        assertThat(world.get("/orders/1.0.8.31").header("ETag")).isNotEqualTo(tag);
    }

    @Test
    void row_1_11_mergesTheConfigurationOfThePortalHost() throws IOException {
        world.server.put(
                NodeWorld.environment(List.of("portal.example", "other.example"), List.of("http://127.0.0.1:7070")));
        world.server.put(NodeWorld.region("https://westus.api.example"));
        var release = Release.simple("Contoso_Orders", "1.0")
                .portals()
                .file("Content/Config/default.json", "{\"a\":\"default\",\"b\":\"default\",\"nest\":{\"x\":1,\"y\":2}}")
                .file(
                        "Content/Config/portal.example.json",
                        "{\"b\":\"portal\",\"nest\":{\"x\":3},\"t\":\"</script><!--\"}")
                .file(
                        "Content/Config/ms.portal.example.json",
                        "{\"b\":\"ms\",\"controllerEndpoint\":\"https://own.example\"}");
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives("1.0"));
        world.awaitStatus(status -> status.lackingCount() == 0 && status.revision() == 1);

        var portal = world.get("/orders?trustedAuthority=https%3A%2F%2Fportal.example%3A443");
        var ms = world.get("/orders?trustedAuthority=MS.portal.example:");
        var below = world.get("/orders?trustedAuthority=df.portal.example:8443");
        var unknown = world.get("/orders?trustedAuthority=portal.elsewhere");
        var missing = world.get("/orders");
        var malformed = world.get("/orders?trustedAuthority=a%20b");

        assertThat(config(portal)).isEqualTo(Json.mapper().readTree("""
                {"a":"default","b":"portal","nest":{"x":3},"t":"</script><!--",\
                "controllerEndpoint":"/orders/@1.0/api","resourceApiEndpoint":"https://westus.api.example"}"""));
        assertThat(config(ms).get("b").asString()).isEqualTo("ms");
        assertThat(config(ms).get("controllerEndpoint").asString()).isEqualTo("https://own.example");
        assertThat(config(below)).isEqualTo(config(portal));
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.text()).contains("portal.elsewhere", "portal.example", "ms.portal.example");
        assertThat(missing.status()).isEqualTo(400);
        assertThat(missing.text()).contains("trustedAuthority", "other.example");
        assertThat(malformed.status()).isEqualTo(400);
        assertThat(portal.header("Content-Security-Policy"))
                .isEqualTo("frame-ancestors 'self' portal.example other.example http://127.0.0.1:7070");
    }

    @Test
    void row_8_8_anAbsoluteControllerEndpointOfThePackageIsHonoured() throws IOException {
        var release = Release.simple("Contoso_Orders", "1.0")
                .file("Content/Config/default.json", "{\"controllerEndpoint\":\"https://central.example/api\"}");
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");

        assertThat(config(world.get("/orders")).get("controllerEndpoint").asString())
                .isEqualTo("https://central.example/api");
    }

    @Test
    void pagesAndDiagnosticsNameTheResourceApiOfAnotherRegionWhereTheirOwnHasNone() throws IOException {
        var own = NodeWorld.region("https://northeurope.api.example");
        world.server.put(new RegionDocument(
                own.schema(),
                own.name(),
                own.environment(),
                own.displayName(),
                own.location(),
                own.pairs(),
                own.addresses(),
                own.probeUrls(),
                own.state(),
                own.capacity(),
                own.resourceApiEndpoint(),
                own.ramp(),
                "northeurope",
                own.residency()));
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");

        assertThat(config(world.get("/orders")).get("resourceApiEndpoint").asString())
                .isEqualTo("https://northeurope.api.example");
        assertThat(Json.mapper().readTree(world.get("/api/diagnostics").body()).get("resourceApi"))
                .isEqualTo(Json.mapper().readTree("""
                        {"endpoint":"https://northeurope.api.example","region":"northeurope","leavesRegion":true}"""));
        assertThat(world.get("/metrics").text()).contains("portolan_node_resource_api_leaves_region 1\n");
    }

    @Test
    void makesAPageForAModule() throws IOException {
        var release = new Release("Contoso_Orders", "1.0").entry("src/main.mjs").file("src/main.mjs", "1;");
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");

        assertThat(world.get("/orders").text())
                .contains("<script type=\"module\" src=\"./src/main.mjs\"")
                .contains("<base href=\"/orders/Content/1.0/\">");
    }

    @Test
    void servesAPageOfManyBytesAsItIs() throws IOException {
        var body = "<html><body>" + "é<".repeat(200_000) + "</body></html>";
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, new Release("Contoso_Orders", "1.0").file("index.html", body))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");

        var page = world.get("/orders");

        assertThat(new String(page.body(), StandardCharsets.UTF_8)).endsWith(body.substring("<html>".length()));
    }

    @Test
    void answersARegionWithoutVersionWithNotFound() throws IOException {
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                .stage("stage1", "1.0"));

        assertThat(world.get("/orders").status()).isEqualTo(404);
        assertThat(world.get("/orders/stage1").status()).isEqualTo(200);
    }
}
