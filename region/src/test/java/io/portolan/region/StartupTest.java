package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.VersionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does at its start with a thousand versions on its disk. */
class StartupTest {
    private static final int EXTENSIONS = 10;
    private static final int VERSIONS = 100;

    @TempDir
    private Path folder;

    private Digest place(byte[] bytes) throws IOException {
        var digest = Digest.of(bytes);
        var file =
                folder.resolve("blobs").resolve(digest.value().substring(0, 2)).resolve(digest.value());
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        return digest;
    }

    private Extension extension(int number) throws IOException {
        var extension = new Extension("Contoso_" + number, "route" + number);
        for (int i = 0; i < VERSIONS; i++) {
            var release = Release.simple("Contoso_" + number, "1." + i);
            for (var path : new String[] {"index.html", "app.js", "img/logo é.svg"}) {
                place(release.bytes(path));
            }
            extension.version(release, place(release.manifest().toJson()), VersionState.PUBLISHED, false, true);
        }
        return extension.gives("1.0");
    }

    @Test
    void aThousandVersionsOnDiskAreFoundWithoutReadingThemAgain() throws IOException {
        var extensions = new Extension[EXTENSIONS];
        for (int i = 0; i < EXTENSIONS; i++) {
            extensions[i] = extension(i);
        }
        try (var world = new NodeWorld(folder)) {
            world.publish(extensions);
            world.awaitVersion("route0", "1.0");
            world.server.close();
            world.restart();

            // Ready once it has looked for controllers, with nobody to ask; not one blob was hashed, nor any fetched.
            await().atMost(NodeWorld.LIMIT).until(world.node()::isReady);
            assertThat(metric(world, "versions_lacking")).isZero();
            assertThat(metric(world, "blobs_hashed_total")).isZero();
            assertThat(metric(world, "blobs_fetched_total")).isZero();
            assertThat(world.get("/route9/Content/1.99/app.js").text()).contains("1.99");
            assertThat(metric(world, "blobs_hashed_total")).isEqualTo(1);
        }
    }

    private static long metric(NodeWorld world, String name) throws IOException {
        return world.get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith("portolan_node_" + name + " "))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
