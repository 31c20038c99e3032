package io.portolan.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The modules of monaco-editor built by Vite into an application, as who uses the package does: entry module, a chunk that is loaded
 * later with its style sheet, and two module workers by {@code new URL(…, import.meta.url)}. Ours in {@code bundles/vmonaco} is what imports them.
 * Stateless.
 */
final class MonacoByVite {
    static final String NAME = "Contoso_Sketch";
    static final String ROUTE = "vmonaco";

    private static final Path SOURCE =
            Path.of("src", "test", "resources", "bundles", ROUTE).toAbsolutePath();

    /** A development dependency of the loader, whose build has installed it. */
    private static final Path VITE =
            Path.of("..", "loader", "node_modules", "vite").toAbsolutePath().normalize();

    private MonacoByVite() {}

    /** The folder to publish; it is built by the first run. */
    static Path built() throws IOException, InterruptedException {
        var target = Bundle.CACHE.resolve(ROUTE + "-" + Bundle.MONACO.version());
        if (!Files.isDirectory(target)) {
            var monaco = Bundle.MONACO.unpacked();
            var work = Files.createTempDirectory(Bundle.CACHE, "building");
            Bundle.run(
                    work,
                    "node",
                    SOURCE.resolve("build.mjs").toString(),
                    VITE.toString(),
                    monaco.toString(),
                    work.resolve("built").toString());
            Files.move(work.resolve("built"), target, StandardCopyOption.ATOMIC_MOVE);
        }
        return target;
    }
}
