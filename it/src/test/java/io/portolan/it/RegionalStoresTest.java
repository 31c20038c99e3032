package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegionalStoresTest {
    /** As the row says. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    @Test
    void row_5_5_whatIsWrittenOnceIsReadableInEveryRegionWithinTenSecondsAndRightByItsHash() throws Exception {
        var source = Files.createDirectory(folder.resolve("source"));
        var content = new byte[700_000];
        new Random(5).nextBytes(content);
        Files.writeString(source.resolve("index.html"), "<!doctype html><head></head>");
        Files.write(source.resolve("large.bin"), content);
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        try (var world = new InProcessWorld(folder.resolve("world"))) {
            world.rest().register("Contoso_Orders", "orders");
            assertThat(world.publish("Contoso_Orders", "1.0", source).status()).isLessThan(300);

            // From here on the version is held: every region gets it before any of them shows it.
            world.rest().start("Contoso_Orders", "1.0");

            for (var region : InProcessWorld.REGIONS) {
                await().atMost(LIMIT).untilAsserted(() -> {
                    var stored = Blobs.file(world.nodeFolder(region).resolve("blobs"), content);
                    assertThat(stored).exists();
                    assertThat(Digest.of(Files.readAllBytes(stored))).isEqualTo(Digest.of(content));
                    assertThat(get(world.nodeUri(region).resolve("/orders/Content/1.0/large.bin")))
                            .isEqualTo(content);
                });
            }
        }
    }

    private static byte[] get(URI uri) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray())
                .body();
    }
}
