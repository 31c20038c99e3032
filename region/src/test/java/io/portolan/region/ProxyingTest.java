package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node that was given a version and cannot serve it passes on from the next region, and what it never does. */
class ProxyingTest {
    private static final RegionName NEAR = Extension.REGION;
    private static final RegionName FAR = new RegionName("eastus");
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");

    private static final ContentSettings WITHOUT_ROOM = new ContentSettings(
            Duration.ofHours(24),
            Duration.ofHours(24),
            1_000,
            4L << 30,
            Duration.ofHours(1),
            Duration.ofHours(1),
            0,
            1L << 50);

    private final RevisionServer server = RevisionServer.start(Samples.PROD);
    private final List<RegionNode> nodes = new ArrayList<>();

    @TempDir
    private Path folder;

    private RegionNode far;

    @BeforeEach
    void start() {
        server.put(Samples.environment());
        far = node(FAR, false);
        names(FAR, far);
        server.put(orders().document());
        server.publish("first");
        awaitVersion(far);
    }

    @AfterEach
    void stop() {
        nodes.forEach(RegionNode::close);
        server.close();
    }

    private Extension orders() {
        return new Extension("Contoso_Orders", "orders")
                .holds(server, ONE)
                .gives(NEAR, "1.0", "stage1")
                .gives(FAR, "1.0", "stage2");
    }

    /** A node without room fetches nothing: what it lacks it goes on lacking. */
    private RegionNode node(RegionName region, boolean full) {
        var replica = new ReplicaSettings(
                "node-" + region,
                "region",
                Samples.PROD,
                region,
                "",
                server.uri(),
                RevisionServer.TOKEN,
                folder.resolve(region.value()),
                Duration.ofSeconds(5),
                Duration.ofMillis(200));
        var settings = RegionSettings.of(replica, "127.0.0.1", 0)
                .withStore(server.uri(), Duration.ofSeconds(2), Duration.ofMillis(200), Duration.ofSeconds(3));
        var node = RegionNode.start(
                full ? settings.withContent(WITHOUT_ROOM) : settings, InstantSource.system(), FailPoints.NONE);
        nodes.add(node);
        return node;
    }

    private void names(RegionName region, RegionNode node) {
        server.put(Samples.region(
                region.value(),
                new GeoPoint(37, -122),
                List.of("127.0.0.1"),
                List.of(node.uri().toString()),
                RegionState.LIVE));
    }

    private static void awaitVersion(RegionNode node) {
        await().atMost(NodeWorld.LIMIT)
                .until(() -> Wire.get(node.uri(), "/orders").header("X-Portolan-Version"), "1.0"::equals);
    }

    private static void awaitApplied(RegionNode node, long number) {
        await().atMost(NodeWorld.LIMIT).until(() -> node.syncState()
                .current()
                .filter(revision -> revision.header().number() == number)
                .isPresent());
    }

    @Test
    void aPageOfAVersionThatCannotBeHeldComesFromTheNextRegion() throws IOException {
        var near = node(NEAR, true);
        awaitApplied(near, 1);

        var page = Wire.get(near.uri(), "/orders?trustedAuthority=portal.portolan.test&l=en&pin=0.9");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("X-Portolan-Version")).isEqualTo("1.0");
        assertThat(page.header("X-Portolan-Region")).isEqualTo(FAR.value());
        assertThat(page.header("X-Portolan-Stage")).isEqualTo("stage1");
        assertThat(page.header("X-Portolan-Pin")).isEqualTo("expired");
        assertThat(page.header("Via")).isEqualTo("1.1 portolan");
        assertThat(page.text())
                .isEqualTo(Wire.get(far.uri(), "/orders/1.0?l=en").text())
                .contains("<base href=\"/orders/Content/1.0/\">");
        assertThat(Wire.get(near.uri(), "/orders", "If-None-Match: " + page.header("ETag"))
                        .status())
                .isEqualTo(304);
        assertThat(Wire.get(near.uri(), "/orders?trustedAuthority=" + "a".repeat(3) + "%20b")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void theAssetsOfSuchAPageComeToo() throws IOException {
        var near = node(NEAR, true);
        awaitApplied(near, 1);

        var asset = Wire.get(near.uri(), "/orders/Content/1.0/app.js");
        var part = Wire.get(near.uri(), "/orders/Content/1.0/app.js", "Range: bytes=7-11");

        assertThat(asset.status()).isEqualTo(200);
        assertThat(asset.body()).isEqualTo(ONE.bytes("app.js"));
        assertThat(asset.header("Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.text()).isEqualTo("const");
        assertThat(Wire.get(near.uri(), "/metrics").text())
                .containsPattern("portolan_node_proxied_total\\{result=\"answered\"} [1-9]");
    }

    @Test
    void whatArrivesProxiedIsNotProxiedOn() throws IOException {
        var near = node(NEAR, true);
        awaitApplied(near, 1);

        assertThat(Wire.get(near.uri(), "/orders", "Via: 1.1 portolan").status())
                .isEqualTo(503);
        assertThat(Wire.get(near.uri(), "/orders/Content/1.0/app.js", "Via: 1.0 cache")
                        .status())
                .isEqualTo(503);
    }

    @Test
    void twoNodesThatBothLackItAskEachOtherOnce() throws IOException {
        var near = node(NEAR, true);
        names(NEAR, near);
        nodes.remove(far);
        far.close();
        try (var paths = Files.walk(folder.resolve(FAR.value()).resolve("blobs"))) {
            for (var path : paths.filter(Files::isRegularFile).toList()) {
                Files.delete(path);
            }
        }
        var alsoFull = node(FAR, true);
        names(FAR, alsoFull);
        server.publish("both");
        awaitApplied(near, 2);
        awaitApplied(alsoFull, 2);

        assertThat(Wire.get(near.uri(), "/orders").status()).isEqualTo(503);
        assertThat(Wire.get(alsoFull.uri(), "/orders").status()).isEqualTo(503);
    }

    @Test
    void contentThatWasLostComesFromTheNextRegion() throws IOException {
        var near = node(NEAR, false);
        awaitVersion(near);
        nodes.remove(near);
        near.close();
        var digest = ONE.digest("index.html").value();
        Files.delete(folder.resolve(NEAR.value())
                .resolve("blobs")
                .resolve(digest.substring(0, 2))
                .resolve(digest));

        var again = node(NEAR, true);

        var page = Wire.get(again.uri(), "/orders");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("X-Portolan-Region")).isEqualTo(FAR.value());
    }

    @Test
    void aQuarantineWithNothingBeforeItIsPassedOnToo() throws IOException {
        server.put(
                new Key(Kind.extension, "Contoso_Orders"),
                "{\"schema\":1,\"broken\":".getBytes(StandardCharsets.UTF_8));
        server.publish("broken");
        awaitApplied(far, 2);
        var near = node(NEAR, false);
        awaitApplied(near, 2);

        // The far one has the document before it.
        var page = Wire.get(near.uri(), "/orders");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("X-Portolan-Region")).isEqualTo(FAR.value());
        assertThat(Wire.get(near.uri(), "/nobody").status()).isEqualTo(404);
        assertThat(Wire.get(near.uri(), "/orders", "Via: 1.1 portolan").status())
                .isEqualTo(404);
    }

    @Test
    void rg21_whatIsFencedInIsAskedOfNobodyOutsideTheFence() throws IOException {
        var asked = new ConcurrentLinkedQueue<String>();
        var outside = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        outside.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        outside.start();
        try {
            // It is nearer than the one inside.
            server.put(region(
                    new RegionName("southeastasia"),
                    URI.create("http://127.0.0.1:" + outside.getAddress().getPort()),
                    37,
                    "sg"));
            server.put(region(FAR, far.uri(), 60, "eu"));
            server.put(region(NEAR, URI.create("http://127.0.0.1:1"), 36, "eu"));
            server.put(orders().document().fencedIn(List.of("eu")));
            server.publish("fenced");
            var near = node(NEAR, true);
            awaitApplied(near, 2);
            awaitApplied(far, 2);

            var page = Wire.get(near.uri(), "/orders");
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.header("X-Portolan-Region")).isEqualTo(FAR.value());
            assertThat(asked).noneMatch(path -> path.startsWith("/orders"));

            nodes.remove(far);
            far.close();
            assertThat(Wire.get(near.uri(), "/orders").status()).isEqualTo(503);
            assertThat(asked).noneMatch(path -> path.startsWith("/orders"));

            // A node outside has no such extension, whatever its document says.
            server.put(region(NEAR, URI.create("http://127.0.0.1:1"), 36, "us"));
            server.publish("moved");
            awaitApplied(near, 3);
            assertThat(Wire.get(near.uri(), "/orders").status()).isEqualTo(404);
            assertThat(Wire.get(near.uri(), "/orders/1.0").status()).isEqualTo(404);
        } finally {
            outside.stop(0);
        }
    }

    private static RegionDocument region(RegionName name, URI url, double latitude, String residency) {
        return Samples.region(
                        name.value(),
                        new GeoPoint(latitude, -122),
                        List.of("127.0.0.1"),
                        List.of(url.toString()),
                        RegionState.LIVE)
                .withResidency(residency);
    }
}
