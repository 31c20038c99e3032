package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import io.portolan.testkit.RecordingFailPoints;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How content comes to a node, over real HTTP: held in full before it is shown, refused when it is wrong, kept for ever. */
class FillingTest {
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Release TWO = Release.simple("Contoso_Orders", "2.0");

    private final RecordingFailPoints failPoints = new RecordingFailPoints();

    @TempDir
    private Path folder;

    private NodeWorld world;

    @BeforeEach
    void start() {
        world = new NodeWorld(folder, failPoints);
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private Extension orders(String given) {
        return new Extension("Contoso_Orders", "orders")
                .holds(world.server, ONE)
                .holds(world.server, TWO)
                .gives(given);
    }

    private void serveOne() {
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, ONE)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    private String lastError() throws IOException {
        return Json.mapper()
                .readTree(world.get("/orders/api/diagnostics").body())
                .get("extensions")
                .get("Contoso_Orders")
                .get("lastError")
                .asString();
    }

    /** Status, entity tag and bytes of each. */
    private List<String> answers(List<String> targets) throws IOException {
        var answers = new ArrayList<String>();
        for (var target : targets) {
            var answer = world.get(target);
            answers.add(answer.status() + " " + answer.header("ETag") + " " + Digest.of(answer.body()) + answer.text());
        }
        return answers;
    }

    @Test
    void keepsTheOldVersionUntilItHoldsAllOfTheNew() throws IOException {
        serveOne();
        var two = orders("2.0");
        world.server.blobs().remove(TWO.digest("app.js"));

        world.publish(two);

        var status = world.awaitStatus(s -> s.revision() == 2 && s.lastError().contains("2.0"));
        assertThat(status.lacking()).hasSize(1);
        assertThat(status.lacking().getFirst().extension()).isEqualTo(new ExtensionName("Contoso_Orders"));
        assertThat(status.lacking().getFirst().version()).isEqualTo(new VersionLabel("2.0"));
        assertThat(status.lacking().getFirst().missingBytes()).isPositive();
        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");
        assertThat(world.get("/orders").header("X-Portolan-Revision")).isEqualTo("1.2");
        assertThat(world.get("/readyz").status()).isEqualTo(200);
        assertThat(lastError()).contains(TWO.digest("app.js").value(), "404");

        world.server.blob(TWO.bytes("app.js"));

        world.awaitVersion("orders", "2.0");
        world.awaitStatus(s -> s.lackingCount() == 0 && s.lastError().isEmpty());
        assertThat(lastError()).isEmpty();
        assertThat(failPoints.reached())
                .contains(
                        FailPoint.FETCH_BLOB_WRITTEN,
                        FailPoint.FETCH_BLOB_STORED,
                        FailPoint.FETCH_VERSION_HELD,
                        FailPoint.SWITCH_STATE_BUILT,
                        FailPoint.SWITCH_STATE_SWAPPED);
    }

    @Test
    void isReadyOnlyWhenItHoldsWhatItIsToServe() throws IOException {
        assertThat(world.get("/readyz").status()).isEqualTo(503);
        assertThat(world.get("/orders").status()).isEqualTo(503);
        assertThat(world.get("/healthz").status()).isEqualTo(200);
        var two = orders("2.0");
        world.server.blobs().remove(TWO.digest("app.js"));

        world.publish(two);

        assertThat(world.get("/readyz").status()).isEqualTo(503);
        var waiting = world.get("/orders");
        assertThat(waiting.status()).isEqualTo(503);
        assertThat(waiting.header("Retry-After")).isNotEmpty();

        world.server.blob(TWO.bytes("app.js"));

        world.awaitVersion("orders", "2.0");
        assertThat(world.get("/readyz").status()).isEqualTo(200);
    }

    @Test
    void refusesContentThatFailsItsHashAndGoesOn() throws IOException {
        serveOne();
        var two = orders("2.0");
        var wrong = TWO.bytes("app.js").clone();
        wrong[0] ^= 1;
        world.server.blobs().put(TWO.digest("app.js"), wrong);

        world.publish(two);

        world.awaitStatus(s ->
                s.revision() == 2 && s.lastError().contains(TWO.digest("app.js").value()) && s.lackingCount() == 1);
        assertThat(lastError())
                .contains(
                        "filling Contoso_Orders 2.0",
                        "digest",
                        TWO.digest("app.js").value());
        assertThat(world.blob(TWO.digest("app.js"))).doesNotExist();
        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");
        assertThat(world.get("/orders/Content/2.0/app.js").status()).isEqualTo(503);
        assertThat(world.get("/orders/Content/1.0/app.js").status()).isEqualTo(200);

        world.server.blob(TWO.bytes("app.js"));

        world.awaitVersion("orders", "2.0");
    }

    @Test
    void oneExtensionsFaultStopsNoOther() throws IOException {
        serveOne();
        var badContent = new Release("Contoso_Bad", "1.0").file("index.html", "<p>");
        var bad = new Extension("Contoso_Bad", "bad")
                .holds(world.server, badContent)
                .gives("1.0");
        world.server.blobs().put(badContent.digest("index.html"), "wrong".getBytes(StandardCharsets.UTF_8));
        world.server.put(new Key(Kind.extension, "Contoso_Orders"), "{\"schema\":1,".getBytes(StandardCharsets.UTF_8));
        var maps = Release.simple("Contoso_Maps", "7.0");

        world.publish(
                bad,
                new Extension("Contoso_Maps", "maps").holds(world.server, maps).gives("7.0"));

        world.awaitVersion("maps", "7.0");
        var status = world.awaitStatus(s -> s.revision() == 2 && s.quarantinedCount() == 1);
        assertThat(status.quarantined().getFirst().extension()).isEqualTo(new ExtensionName("Contoso_Orders"));
        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");
        assertThat(lastError()).isNotEmpty();
        assertThat(world.get("/bad").status()).isEqualTo(503);
        assertThat(world.get("/readyz").status()).isEqualTo(200);

        // And back, in the same minute.
        world.publish(new Extension("Contoso_Maps", "maps")
                .holds(world.server, maps)
                .holds(world.server, Release.simple("Contoso_Maps", "6.0"))
                .gives("6.0"));
        world.awaitVersion("maps", "6.0");

        // A start with refused content is a start all the same.
        world.restart();
        await().atMost(NodeWorld.LIMIT).until(() -> world.get("/readyz").status() == 200);
    }

    @Test
    void servesTheSameAfterARestartWithNobodyThere() throws IOException {
        world.publish(orders("2.0"));
        world.awaitVersion("orders", "2.0");
        world.awaitStatus(s -> s.revision() == 1 && s.lackingCount() == 0);
        var targets = List.of(
                "/orders",
                "/orders/1.0",
                "/orders/Content/2.0/app.js",
                "/orders/Content/1.0/app.js",
                "/orders/-/manifest/2.0");
        var before = answers(targets);

        world.server.available(false);
        world.restart();

        assertThat(world.get("/readyz").status()).isEqualTo(200);
        assertThat(before)
                .hasSize(targets.size())
                .allMatch(answer -> answer.startsWith("200 \"") && answer.length() > 100);
        assertThat(answers(targets)).isEqualTo(before);
        assertThat(world.get("/metrics").text()).contains("portolan_node_blobs_fetched_total 0\n");
    }

    @Test
    void goesOnAfterARestartWithWhatItServed() throws IOException {
        serveOne();
        var two = orders("2.0");
        world.server.blobs().remove(TWO.digest("app.js"));
        world.publish(two);

        world.server.available(false);
        world.restart();

        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");
        assertThat(world.get("/orders").header("X-Portolan-Revision")).isEqualTo("1.2");
        assertThat(world.get("/readyz").status()).isEqualTo(200);
    }

    @Test
    void neverServesADamagedBlob() throws IOException {
        serveOne();
        world.stop();
        var file = world.blob(ONE.digest("app.js"));
        var bytes = Files.readAllBytes(file);
        bytes[3] ^= 1;
        Files.write(file, bytes);
        world.server.available(false);
        world.startAgain();

        var damaged = world.get("/orders/Content/1.0/app.js");

        assertThat(damaged.status()).isEqualTo(503);
        assertThat(damaged.header("Retry-After")).isNotEmpty();
        assertThat(file).doesNotExist();
        assertThat(file.resolveSibling(file.getFileName() + ".damaged")).exists();
        // The rest of the version goes on, and the node says what it lacks.
        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");
        await().atMost(NodeWorld.LIMIT)
                .until(() -> world.get("/metrics").text().contains("portolan_node_versions_lacking 1\n"));

        world.server.available(true);

        await().atMost(NodeWorld.LIMIT)
                .until(() -> world.get("/metrics").text().contains("portolan_node_versions_lacking 0\n"));
        assertThat(world.get("/orders/Content/1.0/app.js").body()).isEqualTo(ONE.bytes("app.js"));
    }

    @Test
    void fetchesOneMissingBlobBeforeItGoesBack() throws IOException {
        world.publish(orders("2.0"));
        world.awaitVersion("orders", "2.0");
        var before = world.awaitStatus(s -> s.revision() == 1 && s.lackingCount() == 0);
        Files.delete(world.blob(ONE.digest("app.js")));

        world.publish(orders("1.0"));

        world.awaitVersion("orders", "1.0");
        var after = world.awaitStatus(s -> s.revision() == 2 && s.lackingCount() == 0);
        assertThat(after.blobsFetched() - before.blobsFetched()).isEqualTo(1);
        assertThat(world.get("/orders/Content/1.0/app.js").body()).isEqualTo(ONE.bytes("app.js"));
    }

    @Test
    void goesBackWithoutMovingAByte() {
        world.publish(orders("2.0"));
        world.awaitVersion("orders", "2.0");
        var before = world.awaitStatus(s -> s.revision() == 1 && s.lackingCount() == 0);

        world.publish(orders("1.0"));

        var after = world.awaitStatus(s -> s.revision() == 2);
        assertThat(after.lackingCount()).isZero();
        assertThat(after.blobsFetched()).isEqualTo(before.blobsFetched());
        world.awaitVersion("orders", "1.0");
    }

    @Test
    void answersBusyWhenRetainedContentCannotBeFetched() throws IOException {
        serveOne();
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, ONE)
                .retains(world.server, TWO)
                .gives("1.0"));
        world.server.blobs().remove(TWO.digest("app.js"));

        var answer = world.get("/orders/Content/2.0/app.js");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isNotEmpty();
        assertThat(world.awaitStatus(s -> s.revision() == 2).lackingCount()).isZero();

        world.server.blob(TWO.bytes("app.js"));

        assertThat(world.get("/orders/Content/2.0/app.js").body()).isEqualTo(TWO.bytes("app.js"));
    }

    @Test
    void givesUpOnAStoreThatHangsAndTriesAgain() throws IOException {
        var target = new InetSocketAddress("127.0.0.1", world.server.uri().getPort());
        try (var proxy = FaultProxy.start(target, InstantSource.system())) {
            serveOne();
            world.store(proxy.uri());
            world.restart();
            proxy.set(new Fault.Hang());

            world.publish(orders("2.0"));

            world.awaitStatus(s ->
                    s.revision() == 2 && s.lackingCount() == 1 && !s.lastError().isEmpty());
            assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");

            proxy.set(new Fault.Cut(100));
            proxy.set(new Fault.Pass());

            world.awaitVersion("orders", "2.0");
        }
    }

    @Test
    void tellsHowMuchIsMissing() {
        serveOne();
        var large = new Release("Contoso_Orders", "3.0")
                .file("index.html", "<p>")
                .file("large.bin", new byte[100_000])
                .file("other.bin", new byte[50_000]);
        var three = new Extension("Contoso_Orders", "orders")
                .holds(world.server, ONE)
                .holds(world.server, large)
                .gives("3.0");
        world.server.blobs().remove(large.digest("large.bin"));

        world.publish(three);

        var status = world.awaitStatus(s ->
                s.lacking().stream().map(NodeStatus.Lacking::missingBytes).anyMatch(missing -> missing == 100_000));
        assertThat(status.lackingCount()).isEqualTo(1);
    }
}
