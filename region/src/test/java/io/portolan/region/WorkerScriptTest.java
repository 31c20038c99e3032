package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.GeoPoint;
import io.portolan.model.document.Delivery;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service worker as a node serves it, over real HTTP. */
class WorkerScriptTest {
    private static final Delivery.Cdn EDGE = new Delivery.Cdn("edge", "https://cdn.example.net/CDN");

    private NodeWorld world;

    @BeforeEach
    void start(@TempDir Path folder) {
        world = new NodeWorld(folder);
        world.server.put(region("centralus", 41.59, -93.6, "http://127.0.9.1:7080"));
        world.server.put(region("westeurope", 52.37, 4.9, "http://127.0.9.2:7080"));
        world.server.put(region("eastus", 37.37, -79.8, "http://127.0.9.3:7080"));
        world.server.put(region("southeastasia", 1.28, 103.83, "http://127.0.9.4:7080"));
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private static io.portolan.model.document.RegionDocument region(
            String name, double latitude, double longitude, String url) {
        return Samples.region(name, new GeoPoint(latitude, longitude), "127.0.9.9", url);
    }

    private Wire.Answer worker(String... headers) throws IOException {
        return world.get("/-/worker.js", headers);
    }

    private void deliver(List<Delivery.Cdn> cdns, Delivery.Worker worker, Delivery.FirstVisit firstVisit) {
        world.server.put(Samples.environment().with(new Delivery(cdns, worker, firstVisit)));
        world.publish();
    }

    @Test
    void isServedToEveryOriginForAllOfIt() throws IOException {
        for (var host : List.of("127.0.0.1", "orders.ext.portolan.test")) {
            var answer = worker("Host: " + host);

            assertThat(answer.status()).as(host).isEqualTo(200);
            assertThat(answer.header("Service-Worker-Allowed")).isEqualTo("/");
            assertThat(answer.header("Content-Type")).isEqualTo("text/javascript; charset=utf-8");
            assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
            assertThat(answer.text()).contains("skipWaiting");
        }
        assertThat(worker("Host: elsewhere.example").status()).isEqualTo(421);
    }

    @Test
    void namesTheNearestOtherRegionsAndMayConnectToNothingElse() throws IOException {
        var answer = worker();

        assertThat(answer.text())
                .startsWith("self.portolanSources={\"cdns\":[],\"shares\":[],\"regions\":[\"http://127.0.9.1:7080\","
                        + "\"http://127.0.9.3:7080\",\"http://127.0.9.2:7080\"]};\n");
        assertThat(answer.header("Content-Security-Policy"))
                .isEqualTo("default-src 'none'; connect-src 'self' http://127.0.9.1:7080 http://127.0.9.3:7080"
                        + " http://127.0.9.2:7080");
    }

    @Test
    void isAnotherScriptWhenTheCdnsAreOthers() throws IOException {
        var before = worker();

        deliver(List.of(EDGE), Delivery.Worker.ON, Delivery.FirstVisit.GO);

        var after = worker("If-None-Match: " + before.header("ETag"));
        assertThat(after.status()).isEqualTo(200);
        assertThat(after.text())
                .startsWith("self.portolanSources={\"cdns\":[\"https://cdn.example.net/CDN\"],\"shares\":[100],");
        assertThat(after.header("Content-Security-Policy")).contains("connect-src 'self' https://cdn.example.net http");
        assertThat(worker("If-None-Match: " + after.header("ETag")).status()).isEqualTo(304);
    }

    @Test
    void aTrippedCdnIsOutOfScriptAndPolicyAndComesBackByAShare() throws IOException {
        var both = new Delivery(
                List.of(EDGE, new Delivery.Cdn("other", "https://other.example.net")),
                Delivery.Worker.ON,
                Delivery.FirstVisit.GO);
        world.server.put(Samples.environment().with(both.withShares(Map.of("edge", 0))));
        world.publish();

        assertThat(worker().text())
                .startsWith("self.portolanSources={\"cdns\":[\"https://other.example.net\"],\"shares\":[100],");
        assertThat(worker().header("Content-Security-Policy"))
                .contains("other.example.net")
                .doesNotContain("cdn.example.net");

        world.server.put(Samples.environment().with(both.withShares(Map.of("edge", 25))));
        world.publish();

        assertThat(worker().text())
                .startsWith("self.portolanSources={\"cdns\":[\"https://cdn.example.net/CDN\","
                        + "\"https://other.example.net\"],\"shares\":[25,100],");
        assertThat(worker().header("Content-Security-Policy")).contains("https://cdn.example.net");
    }

    @Test
    void isSmallOnTheWire() throws IOException {
        var answer = worker("Accept-Encoding: gzip");

        assertThat(answer.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(answer.body().length).isLessThan(8 * 1024);
    }

    @Test
    void isReplacedByOneThatTakesItselfAwayWhenARevisionSaysSo() throws IOException {
        deliver(List.of(EDGE), Delivery.Worker.OFF, Delivery.FirstVisit.WAIT);

        assertThat(worker().text()).contains("unregister").doesNotContain("portolanSources");
        await().atMost(NodeWorld.LIMIT)
                .untilAsserted(() -> assertThat(world.get("/orders").text())
                        .contains("data-worker=\"off\"")
                        .contains("data-first-visit=\"wait\""));
    }

    @Test
    void pagesNameTheirManifest() throws IOException {
        var page = world.get("/orders");
        var manifest = page.header("X-Portolan-Manifest");

        assertThat(page.text())
                .contains("data-manifest=\"" + manifest + "\"")
                .contains("data-worker=\"on\"")
                .contains("data-first-visit=\"go\"");
        assertThat(world.get("/orders/-/manifest/1.0").header("ETag")).isEqualTo("\"" + manifest + "\"");
    }
}
