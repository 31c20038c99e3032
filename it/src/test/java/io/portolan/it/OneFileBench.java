package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What a region fetches when one file of a large bundle changes, by {@code bench/one-file.sh}: no test of anything. */
@EnabledIfSystemProperty(named = "portolan.bench", matches = "one-file")
class OneFileBench {
    private static final int FILES = Integer.getInteger("portolan.bench.files", 1000);
    private static final String REGION = "brazilsouth";

    @TempDir
    Path folder;

    @Test
    void oneOfManyFilesChanges() throws Exception {
        var source = Files.createDirectory(folder.resolve("source"));
        var random = new Random(1);
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        Files.writeString(source.resolve("index.html"), "<!doctype html><head></head><script src=file-0.js></script>");
        for (int i = 0; i < FILES; i++) {
            Files.writeString(source.resolve("file-" + i + ".js"), script(random));
        }
        try (var store = new FaultyStore(REGION);
                var world = new InProcessWorld(folder.resolve("world"), store)) {
            world.rest().register("Contoso_Orders", "orders");
            world.deploy("Contoso_Orders", "1.0", source);
            long all = store.responseBytes();
            long blobs = fetched(world);
            var changed = script(random);
            Files.writeString(source.resolve("file-7.js"), changed);

            world.deploy("Contoso_Orders", "2.0", source);

            assertThat(Pages.version(world.nodeUri(REGION), "orders")).isEqualTo("2.0");
            System.out.printf(
                    "bench: %d files: the first version took %d bytes in %d blobs from the store, a change of one file of %d bytes took"
                            + " %d bytes in %d blobs (the file, what it is compressed to, the list of files)%n",
                    FILES,
                    all,
                    blobs,
                    changed.length(),
                    store.responseBytes() - all,
                    fetched(world) - blobs);
        }
    }

    /** Text that compresses as scripts do. */
    private static String script(Random random) {
        var text = new StringBuilder();
        for (int i = 0; i < 120; i++) {
            text.append("export const value").append(random.nextInt(1000)).append(" = ").append(random.nextInt()).append(";\n");
        }
        return text.toString();
    }

    private static long fetched(InProcessWorld world) throws Exception {
        return world.rest().get("/v1/nodes").body().at("/items").valueStream()
                .filter(node -> node.at("/region").asString().equals(REGION))
                .mapToLong(node -> node.at("/status/blobsFetched").asLong())
                .sum();
    }
}
