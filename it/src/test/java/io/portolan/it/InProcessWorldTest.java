package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class InProcessWorldTest {
    @TempDir
    Path folder;

    @Test
    void row_1_1_aRolledOutVersionIsServedByteForByteInEveryRegion() throws Exception {
        var source = Files.createDirectory(folder.resolve("source"));
        Files.writeString(source.resolve("index.html"), "<!doctype html><head></head><script src=app.js></script>");
        Files.writeString(source.resolve("app.js"), "document.title = 'one'");
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            world.rest().register("Contoso_Orders", "orders");

            world.deploy("Contoso_Orders", "1.0", source);

            var http = HttpClient.newHttpClient();
            for (var region : InProcessWorld.REGIONS) {
                var page = http.send(
                        HttpRequest.newBuilder(world.nodeUri(region).resolve("/orders"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(page.statusCode()).isEqualTo(200);
                assertThat(page.headers().firstValue("X-Portolan-Version")).contains("1.0");
                assertThat(page.headers().firstValue("X-Portolan-Region")).contains(region);
                var asset = http.send(
                        HttpRequest.newBuilder(world.nodeUri(region).resolve("/orders/Content/1.0/app.js"))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
                assertThat(asset.body()).isEqualTo(Files.readAllBytes(source.resolve("app.js")));
            }
        }
    }

    @Test
    void row_1_5_aStageMoveToAVersionThatIsStoredUploadsAndBuildsNothing() throws Exception {
        var random = new Random(20261123);
        var one = Release.write(folder, "1.0", random, 4, 20_000);
        var two = Release.write(folder, "2.0", random, 4, 20_000);
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            var rest = world.rest();
            rest.register("Contoso_Orders", "orders");
            world.deploy("Contoso_Orders", "1.0", one.folder());
            // Stored and held in every region, as a friendly name does it, and served by none.
            assertThat(world.publish("Contoso_Orders", "2.0", two.folder()).status())
                    .isEqualTo(201);
            var named =
                    rest.put("/v1/extensions/Contoso_Orders/environments/prod/names/next", Map.of("version", "2.0"));
            assertThat(named.status()).isEqualTo(200);
            var held = new ArrayList<>(two.assets().values());
            held.add(Files.readAllBytes(two.folder().resolve("index.html")));
            awaitHeld(world, "next", "2.0", held);
            var before = stored(world);
            var fetched = fetched(world);
            assertThat(before).isNotEmpty();
            assertThat(fetched).hasSize(InProcessWorld.REGIONS.size());

            rest.awaitSucceeded(rest.start("Contoso_Orders", "2.0"));

            assertThat(stored(world)).isEqualTo(before);
            assertThat(fetched(world)).isEqualTo(fetched);
            for (var region : InProcessWorld.REGIONS) {
                assertThat(Pages.version(world.nodeUri(region), "orders")).isEqualTo("2.0");
            }
        }
    }

    /** Waits until every node has these contents on its disk and has told so. */
    private static void awaitHeld(InProcessWorld world, String alias, String version, List<byte[]> contents) {
        await().atMost(Duration.ofSeconds(120)).untilAsserted(() -> {
            for (var region : InProcessWorld.REGIONS) {
                assertThat(Pages.version(world.nodeUri(region), "orders/" + alias))
                        .isEqualTo(version);
                for (var content : contents) {
                    assertThat(Blobs.file(world.nodeFolder(region).resolve("blobs"), content))
                            .exists();
                }
            }
            for (var node : nodes(world)) {
                assertThat(node.at("/status/lackingCount").asInt(-1)).isZero();
                // Two manifests, two pages, and the assets of both releases, which share none.
                assertThat(node.at("/status/blobsFetched").asLong()).isGreaterThanOrEqualTo(2 + 2 * contents.size());
            }
        });
    }

    private static JsonNode nodes(InProcessWorld world) throws Exception {
        return world.rest().get("/v1/nodes").body().at("/items");
    }

    /** Blobs that each node has fetched. */
    private static Map<String, Long> fetched(InProcessWorld world) throws Exception {
        var fetched = new TreeMap<String, Long>();
        nodes(world)
                .forEach(node -> fetched.put(
                        node.at("/id").asString(),
                        node.at("/status/blobsFetched").asLong()));
        return fetched;
    }

    /** Every file of the store and of the nodes' content, and when it was written. */
    private static Map<String, FileTime> stored(InProcessWorld world) throws IOException {
        var stored = new TreeMap<String, FileTime>();
        var roots = new ArrayList<Path>();
        roots.add(world.folder().resolve("store"));
        InProcessWorld.REGIONS.forEach(
                region -> roots.add(world.nodeFolder(region).resolve("blobs")));
        for (var root : roots) {
            try (var files = Files.walk(root)) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    stored.put(file.toString(), Files.getLastModifiedTime(file));
                }
            }
        }
        return stored;
    }
}
