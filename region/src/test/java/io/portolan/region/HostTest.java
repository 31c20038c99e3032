package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Which host answers what, and what a node tells about itself. One world for all tests, which change nothing in it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostTest {
    private NodeWorld world;

    @BeforeAll
    void start(@TempDir Path folder) {
        world = new NodeWorld(folder);
        world.publish(
                new Extension("Contoso_Orders", "orders")
                        .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                        .retains(world.server, Release.simple("Contoso_Orders", "0.9"))
                        .stage("stage4", "1.0")
                        .named("beta", "1.0")
                        .gives("1.0"),
                new Extension("Contoso_Maps", "maps")
                        .holds(world.server, Release.simple("Contoso_Maps", "7.0"))
                        .gives("7.0"));
        world.awaitVersion("orders", "1.0");
        world.awaitVersion("maps", "7.0");
    }

    @AfterAll
    void stop() {
        world.close();
    }

    private int status(String host, String target) throws IOException {
        return world.get(target, "Host: " + host).status();
    }

    @Test
    void servesAllRoutesUnderItsOwnAddress() throws IOException {
        for (var host :
                List.of("127.0.0.1:80", "10.1.2.3", "[::1]:7080", "localhost", "LOCALHOST:1", "node.example:7")) {
            assertThat(status(host, "/orders")).as(host).isEqualTo(200);
            assertThat(status(host, "/maps")).as(host).isEqualTo(200);
        }
    }

    @Test
    void servesOneRouteUnderTheHostOfAnExtension() throws IOException {
        assertThat(status("orders.ext.portolan.test", "/orders")).isEqualTo(200);
        assertThat(status("Orders.EXT.portolan.test.:7080", "/orders/Content/1.0/app.js"))
                .isEqualTo(200);
        assertThat(status("orders.ext.portolan.test", "/CDN/orders/Content/1.0/app.js"))
                .isEqualTo(200);
        assertThat(status("orders.ext.portolan.test", "/maps")).isEqualTo(404);
        assertThat(status("orders.ext.portolan.test", "/metrics")).isEqualTo(404);
        assertThat(status("unknown.ext.portolan.test", "/unknown")).isEqualTo(404);
    }

    @Test
    void refusesRequestsForOthers() throws IOException {
        for (var host : List.of(
                "example.com",
                "ext.portolan.test",
                "a.orders.ext.portolan.test",
                "ordersext.portolan.test",
                "orders.ext.portolan.test.example.com")) {
            assertThat(status(host, "/orders")).as(host).isEqualTo(421);
        }
    }

    @Test
    void refusesMissingAndMalformedHosts() throws IOException {
        for (var host :
                List.of("", "a b", "orders.ext.portolan.test, localhost", "localhost:x", "user@localhost", "[::1")) {
            assertThat(status(host, "/orders")).as(host).isEqualTo(400);
        }
        try (var wire = new Wire(world.uri())) {
            assertThat(wire.raw("GET /orders HTTP/1.1\r\n\r\n", false).status()).isEqualTo(400);
        }
        try (var wire = new Wire(world.uri())) {
            var twice = "GET /orders HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n";
            assertThat(wire.raw(twice, false).status()).isEqualTo(400);
        }
        try (var wire = new Wire(world.uri())) {
            // The authority of an absolute target counts, not the header.
            var absolute = "GET http://example.com/orders HTTP/1.1\r\nHost: localhost\r\n\r\n";
            assertThat(wire.raw(absolute, false).status()).isEqualTo(421);
        }
    }

    @Test
    void boundsLinesAndHeaders() throws IOException {
        try (var wire = new Wire(world.uri())) {
            assertThat(wire.ask("GET", "/" + "a".repeat(9_000)).status()).isEqualTo(414);
            assertThat(wire.isClosedByPeer()).isTrue();
        }
        try (var wire = new Wire(world.uri())) {
            assertThat(wire.ask("GET", "/orders", "X-Long: " + "a".repeat(20_000))
                            .status())
                    .isEqualTo(431);
        }
        try (var wire = new Wire(world.uri())) {
            assertThat(wire.raw("nonsense\r\n\r\n", false).status()).isEqualTo(400);
        }
    }

    @Test
    void tellsWhatItHolds() throws IOException {
        var all = Json.mapper().readTree(world.get("/api/diagnostics").body());
        var one = Json.mapper().readTree(world.get("/orders/api/diagnostics").body());

        assertThat(all.get("node").asString()).isEqualTo("node-westus");
        assertThat(all.get("region").asString()).isEqualTo("westus");
        assertThat(all.get("environment").asString()).isEqualTo("prod");
        assertThat(all.get("revision").get("number").asLong()).isEqualTo(1);
        assertThat(all.get("revision").get("digest").asString()).hasSize(64);
        assertThat(all.get("revision").get("appliedAt").asString()).endsWith("Z");
        assertThat(all.get("lastSync").get("ok").asBoolean()).isTrue();
        assertThat(all.get("extensions").propertyNames()).containsExactly("Contoso_Maps", "Contoso_Orders");
        assertThat(one.get("extensions").propertyNames()).containsExactly("Contoso_Orders");
        assertThat(one.get("extensions").get("Contoso_Orders"))
                .isEqualTo(Json.mapper().readTree("""
                {"serving":"1.0","override":"","stages":{"stage4":"1.0"},"names":{"beta":"1.0"},\
                "held":["1.0"],"retained":["0.9"],"lacking":[],"controllers":[],"lastError":""}"""));
    }

    @Test
    void isAliveReadyAndCounts() throws IOException {
        assertThat(world.get("/healthz").status()).isEqualTo(200);
        assertThat(world.get("/readyz").status()).isEqualTo(200);
        assertThat(world.get("/metrics").text())
                .contains("portolan_node_revision_number 1\n")
                .contains("portolan_node_versions_lacking 0\n")
                .contains("portolan_node_ready 1\n")
                .containsPattern("portolan_node_blobs_fetched_total [1-9]")
                .containsPattern("portolan_node_responses_total\\{status=\"2xx\"} [1-9]");
    }

    @Test
    void keepsAConnectionOpen() throws IOException {
        try (var wire = new Wire(world.uri())) {
            for (int i = 0; i < 20; i++) {
                assertThat(wire.ask("GET", i % 2 == 0 ? "/orders" : "/orders/nothing")
                                .status())
                        .isEqualTo(i % 2 == 0 ? 200 : 404);
            }
            assertThat(wire.ask("GET", "/orders", "Connection: close").status()).isEqualTo(200);
            assertThat(wire.isClosedByPeer()).isTrue();
        }
    }
}
