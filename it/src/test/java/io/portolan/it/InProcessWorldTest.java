package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
