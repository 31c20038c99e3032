package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.sync.PeerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Content and revisions that come from other nodes when store and control plane do not give them, over real HTTP. */
class PeerTest {
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Release TWO = Release.simple("Contoso_Orders", "2.0");

    @TempDir
    private Path folder;

    private PeerWorld world;

    @BeforeEach
    void start() {
        world = new PeerWorld(folder);
    }

    @AfterEach
    void stop() {
        world.close();
    }

    /** Row 5.3. */
    @Test
    void row53ContentThatThisNodeNeverHadComesFromAPeer() throws IOException {
        var holder = world.holder(ONE);

        var other = world.node("other", PeerWorld.NOWHERE);

        PeerWorld.awaitServing(other, "1.0");
        assertThat(Wire.get(other.uri(), "/orders/Content/1.0/app.js").body()).isEqualTo(ONE.bytes("app.js"));
        await().atMost(NodeWorld.LIMIT).until(() -> world.server
                .lastStatus("node-other")
                .filter(status -> status.revision() == 1 && status.lackingCount() == 0)
                .isPresent());
        assertThat(PeerWorld.source(other, holder.uri()).get("blobs").asLong()).isEqualTo(4);
        assertThat(PeerWorld.source(other, PeerWorld.NOWHERE).get("failures").asLong())
                .isPositive();
        assertThat(PeerWorld.metric(other, "portolan_node_fetched_blobs_total{source=\"peer\"}"))
                .isEqualTo(4);
        assertThat(PeerWorld.metric(other, "portolan_node_fetched_blobs_total{source=\"store\"}"))
                .isZero();
        assertThat(PeerWorld.metric(
                        other, "portolan_node_fetch_failures_total{source=\"store\",reason=\"broken-off\"}"))
                .isPositive();
    }

    /** Rule F7: store and control plane are gone, the disk is empty, and a peer is up. */
    @Test
    void f7AColdNodeStartsFromItsPeers() throws IOException {
        var holder = world.holder(ONE);
        var page = Wire.get(holder.uri(), "/orders");
        var key = world.server.signer().publicKeyText();
        world.server.close();

        var cold =
                world.node("cold", PeerWorld.NOWHERE, PeerWorld.NOWHERE, new PeerSettings(List.of(holder.uri()), key));

        PeerWorld.awaitServing(cold, "1.0");
        await().atMost(NodeWorld.LIMIT)
                .until(() -> Wire.get(cold.uri(), "/readyz").status() == 200);
        assertThat(Wire.get(cold.uri(), "/orders").body()).isEqualTo(page.body());
        for (var path : List.of("app.js", "img/logo%20%C3%A9.svg")) {
            var url = "/orders/Content/1.0/" + path;
            assertThat(Wire.get(cold.uri(), url).body())
                    .isEqualTo(Wire.get(holder.uri(), url).body());
        }
        assertThat(PeerWorld.diagnostics(cold).at("/revision/number").asLong()).isEqualTo(1);
        assertThat(PeerWorld.diagnostics(cold).at("/lastSync/ok").asBoolean()).isFalse();

        // And again without anybody.
        world.stop(cold);
        world.stop(holder);
        var alone = world.node("cold", PeerWorld.NOWHERE, PeerWorld.NOWHERE, PeerSettings.NONE);
        PeerWorld.awaitServing(alone, "1.0");
    }

    @Test
    void aColdNodeThatKnowsNoKeyServesNothingAndSaysWhy() throws IOException {
        var holder = world.holder(ONE);
        world.server.close();

        var cold =
                world.node("cold", PeerWorld.NOWHERE, PeerWorld.NOWHERE, new PeerSettings(List.of(holder.uri()), ""));

        await().atMost(NodeWorld.LIMIT).until(() -> PeerWorld.diagnostics(cold)
                .at("/lastSync/error")
                .asString()
                .contains("no key is trusted yet"));
        assertThat(Wire.get(cold.uri(), "/readyz").status()).isEqualTo(503);
    }

    @Test
    void aPeerThatLiesIsRefusedTheNextIsUsedAndDiagnosticsSaySo() throws IOException {
        var holder = world.holder(ONE);
        try (var liar = new BlobServer(digest -> new byte[ONE.bytes("app.js").length])) {
            world.names(liar.uri(), holder.uri());
            world.server.publish("second");

            var other = world.node("other", PeerWorld.NOWHERE);

            PeerWorld.awaitServing(other, "1.0");
            assertThat(Wire.get(other.uri(), "/orders/Content/1.0/app.js").body())
                    .isEqualTo(ONE.bytes("app.js"));
            assertThat(PeerWorld.source(other, liar.uri()).get("refused").asLong())
                    .isPositive();
            assertThat(PeerWorld.source(other, liar.uri()).get("lastError").asString())
                    .contains("digest", "expected");
            assertThat(PeerWorld.source(other, holder.uri()).get("refused").asLong())
                    .isZero();
            assertThat(PeerWorld.metric(
                            other, "portolan_node_fetch_failures_total{source=\"peer\",reason=\"refused\"}"))
                    .isPositive();
        }
    }

    @Test
    void aDamagedBlobIsRepairedFromAPeer() throws IOException {
        world.holder(ONE);
        var first = world.node("other", PeerWorld.NOWHERE);
        PeerWorld.awaitServing(first, "1.0");
        world.stop(first);
        var hash = ONE.digest("app.js").value();
        var file = world.folder("other")
                .resolve("blobs")
                .resolve(hash.substring(0, 2))
                .resolve(hash);
        Files.write(file, new byte[ONE.bytes("app.js").length]);

        var again = world.node("other", PeerWorld.NOWHERE);

        await().atMost(NodeWorld.LIMIT)
                .until(() -> Wire.get(again.uri(), "/orders/Content/1.0/app.js").status() == 200);
        assertThat(Wire.get(again.uri(), "/orders/Content/1.0/app.js").body()).isEqualTo(ONE.bytes("app.js"));
    }

    @Test
    void followsAPeerToANewVersionWhileControlPlaneAndStoreAreAway() {
        var holder = world.holder(ONE);
        var joined = world.node("other", world.server.uri());
        PeerWorld.awaitServing(joined, "1.0");
        world.stop(joined);
        world.orders(ONE, TWO);
        world.server.publish("second");
        PeerWorld.awaitServing(holder, "2.0");

        // Its trust.json is there: it needs no key, and the revision names the peers.
        var alone = world.node("other", PeerWorld.NOWHERE, PeerWorld.NOWHERE, PeerSettings.NONE);

        PeerWorld.awaitServing(alone, "2.0");
    }

    @Test
    void aNodeGivesWhatItHoldsAndFetchesNothingForAnother() throws IOException {
        var holder = world.holder(ONE);
        var bytes = ONE.bytes("app.js");
        var path = "/-/blobs/" + ONE.digest("app.js");

        var whole = Wire.get(holder.uri(), path);
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(bytes);
        assertThat(whole.header("Cache-Control")).contains("immutable");
        var rest = Wire.get(holder.uri(), path, "Range: bytes=5-");
        assertThat(rest.status()).isEqualTo(206);
        assertThat(rest.header("Content-Range")).isEqualTo("bytes 5-" + (bytes.length - 1) + "/" + bytes.length);
        assertThat(rest.body()).isEqualTo(Arrays.copyOfRange(bytes, 5, bytes.length));
        assertThat(Wire.get(holder.uri(), path, "Range: bytes=" + bytes.length + "-")
                        .status())
                .isEqualTo(416);

        var unheld = world.server.blob(new byte[] {1, 2, 3});
        world.server.forgetRequests();
        assertThat(Wire.get(holder.uri(), "/-/blobs/" + unheld).status()).isEqualTo(404);
        assertThat(Wire.get(holder.uri(), "/-/blobs/../node.key").status()).isNotEqualTo(200);
        assertThat(Wire.get(holder.uri(), "/-/objects/" + unheld).status()).isEqualTo(404);
        assertThat(world.server.requests()).noneMatch(request -> request.contains(unheld.value()));
    }

    @Test
    void aNodeGivesItsRevisionAsItWasSigned() throws IOException {
        var holder = world.holder(ONE);
        var served = world.server.served().orElseThrow();

        var answer = Wire.get(holder.uri(), "/-/revision");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(io.portolan.protocol.Json.bytes(served.envelope()));
        assertThat(answer.header("ETag")).isEqualTo("\"" + served.digest() + "\"");
        assertThat(Wire.get(holder.uri(), "/-/revision", "If-None-Match: " + answer.header("ETag"))
                        .status())
                .isEqualTo(304);
        var root = served.header().root();
        assertThat(Wire.get(holder.uri(), "/-/objects/" + root).body())
                .isEqualTo(world.server.objects().get(root));
    }

    @Test
    void whatIsForPeersIsGivenUnderTheNodesOwnAddressOnly() throws IOException {
        var holder = world.holder(ONE);

        for (var path : List.of("/-/revision", "/-/blobs/" + ONE.digest("app.js"))) {
            assertThat(Wire.get(holder.uri(), path, "Host: orders.ext.portolan.test")
                            .status())
                    .isEqualTo(404);
            assertThat(Wire.get(holder.uri(), path, "Host: somewhere.example").status())
                    .isEqualTo(421);
            assertThat(Wire.send(holder.uri(), "POST", path).status()).isEqualTo(405);
        }
    }

    @Test
    void aOneFileChangeInABundleOfAThousandFilesMovesOneFile() {
        var random = new Random(5);
        var before = new Release("Contoso_Orders", "1.0").file("index.html", "<!doctype html><html></html>");
        var after = new Release("Contoso_Orders", "2.0").file("index.html", "<!doctype html><html></html>");
        for (int i = 0; i < 999; i++) {
            var bytes = new byte[64];
            random.nextBytes(bytes);
            before.file("js/" + i + ".js", bytes);
            after.file("js/" + i + ".js", i == 500 ? new byte[] {1, 2, 3} : bytes);
        }
        var holder = world.holder(before);
        world.server.forgetRequests();

        world.orders(before, after);
        world.server.publish("second");
        PeerWorld.awaitServing(holder, "2.0");

        var manifest = io.portolan.model.Digest.of(after.manifest().toJson());
        assertThat(world.server.requests().stream().filter(request -> request.startsWith("GET /v1/blobs/")))
                .containsExactlyInAnyOrder("GET /v1/blobs/" + manifest, "GET /v1/blobs/" + after.digest("js/500.js"));
    }
}
