package io.portolan.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A package for tests: a page whose title is its version, and assets of random bytes under the same names in every release.
 *
 * @param folder its files, ready to pack
 * @param assets bytes by path, without the page; not to be changed
 */
record Release(String version, Path folder, Map<String, byte[]> assets) {
    /** Writes a release below a folder. */
    static Release write(Path parent, String version, RandomGenerator random, int assetCount, int assetBytes)
            throws IOException {
        var folder = Files.createDirectories(parent.resolve("release-" + version));
        var assets = new LinkedHashMap<String, byte[]>();
        var page = new StringBuilder("<!doctype html><html><head><title>" + version + "</title></head><body>");
        for (int i = 0; i < assetCount; i++) {
            var bytes = new byte[assetBytes];
            random.nextBytes(bytes);
            var path = "asset-" + i + ".js";
            assets.put(path, bytes);
            Files.write(folder.resolve(path), bytes);
            page.append("<script src=").append(path).append("></script>");
        }
        Files.writeString(folder.resolve("index.html"), page.append("</body></html>"));
        Files.writeString(folder.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        return new Release(version, folder, assets);
    }

    /** Bytes of an asset. */
    byte[] asset(String path) {
        return Optional.ofNullable(assets.get(path)).orElseThrow();
    }

    /** What its page contains and no other release's. */
    byte[] mark() {
        return ("<title>" + version + "</title>").getBytes(StandardCharsets.UTF_8);
    }
}
