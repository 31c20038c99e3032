package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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
}
