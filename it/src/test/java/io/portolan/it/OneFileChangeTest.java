package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a region fetches when one file of a bundle changes; {@code bench/one-file.sh} does the same with a large bundle
 * ({@code portolan.bench.files}).
 */
class OneFileChangeTest {
    private static final int FILES = Integer.getInteger("portolan.bench.files", 100);
    private static final String REGION = "brazilsouth";
    /** More than the head of an answer to a request for a blob takes. */
    private static final int HEAD = 1024;

    @TempDir
    private Path folder;

    @Test
    void aRegionFetchesOnlyWhatChanged() throws Exception {
        var source = Files.createDirectory(folder.resolve("source"));
        var random = new Random(1);
        long bundle = 0;
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        Files.writeString(source.resolve("index.html"), "<!doctype html><head></head><script src=file-0.js></script>");
        for (int i = 0; i < FILES; i++) {
            var script = script(random);
            bundle += script.length();
            Files.writeString(source.resolve("file-" + i + ".js"), script);
        }
        try (var proxy = new FaultyStore(REGION);
                var world = new InProcessWorld(folder.resolve("world"), proxy)) {
            world.rest().register("Contoso_Orders", "orders");
            world.deploy("Contoso_Orders", "1.0", source);
            long first = proxy.responseBytes();
            long firstBlobs = fetched(world);
            var stored = stored(world);
            var changed = script(random);
            Files.writeString(source.resolve("file-7.js"), changed);

            world.deploy("Contoso_Orders", "2.0", source);

            assertThat(Pages.version(world.nodeUri(REGION), "orders")).isEqualTo("2.0");
            var added = stored(world);
            added.keySet().removeAll(stored.keySet());
            long bytes = proxy.responseBytes() - first;
            long blobs = fetched(world) - firstBlobs;
            System.out.printf(
                    "bench: %d files, %d bytes: the first version took %d bytes in %d blobs from the store, a change of one file of %d"
                            + " bytes took %d bytes in %d blobs%n",
                    FILES, bundle, first, firstBlobs, changed.length(), bytes, blobs);
            // The file, what it is compressed to, the list of files, portolan.json with its version: what is new, each
            // once.
            assertThat(added.size()).isBetween(2, 5);
            assertThat(blobs).isEqualTo(added.size());
            long size = added.values().stream().mapToLong(Long::longValue).sum();
            assertThat(size).isGreaterThan(changed.length());
            assertThat(bytes).isBetween(size, size + (long) added.size() * HEAD);
            assertThat(bytes).isLessThan(first / 5);
        }
    }

    /** Text that compresses as scripts do. */
    private static String script(Random random) {
        var text = new StringBuilder();
        for (int i = 0; i < 120; i++) {
            text.append("export const value")
                    .append(random.nextInt(1000))
                    .append(" = ")
                    .append(random.nextInt())
                    .append(";\n");
        }
        return text.toString();
    }

    private static long fetched(InProcessWorld world) throws Exception {
        return world.rest()
                .get("/v1/nodes")
                .body()
                .at("/items")
                .valueStream()
                .filter(node -> node.at("/region").asString().equals(REGION))
                .mapToLong(node -> node.at("/status/blobsFetched").asLong())
                .sum();
    }

    /** Sizes of the files in the store, by path. */
    private static Map<String, Long> stored(InProcessWorld world) throws IOException {
        var stored = new TreeMap<String, Long>();
        try (var files = Files.walk(world.folder().resolve("store").resolve("sha256"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                stored.put(file.toString(), Files.size(file));
            }
        }
        return stored;
    }
}
