package io.portolan.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;

/**
 * A small application with what real ones have: modules that import each other, a style sheet with an image, chunks that are loaded
 * later, a module worker, a file that is asked for in parts, and a policy that allows the page's own origin and nothing else. Its chunks
 * are large enough that a connection can break inside one.
 */
final class ProbeExtension {
    static final String NAME = "Contoso_Probe";
    static final String ROUTE = "probe";
    static final int CHUNKS = 8;

    /** The chunk whose file lies in a folder named {@code api}. */
    static final int BELOW_API = 7;

    /** True once the page has started. */
    static final String STARTED = "(document.getElementById('state')?.textContent ?? '').startsWith('started')"
            + " && getComputedStyle(document.body).backgroundColor === 'rgb(1, 2, 3)'";

    private static final long SEED = 20_261_127L;
    private static final int FILLER_BYTES = 30_000;

    private ProbeExtension() {}

    /** Writes the folder to publish; versions differ in one file, {@code part.js}. */
    static Path write(Path folder, String version) throws IOException {
        var random = new Random(SEED);
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        Files.writeString(folder.resolve("index.html"), """
                <!doctype html>
                <html lang="en">
                <head>
                  <meta charset="utf-8">
                  <meta http-equiv="Content-Security-Policy" content="default-src 'self'; img-src 'self' data:">
                  <title>Probe</title>
                  <link rel="icon" href="data:,">
                  <link rel="stylesheet" href="style.css">
                </head>
                <body>
                  <p id="state">starting</p>
                  <p><a id="link" href="#there">there</a></p>
                  <script type="module" src="app.js"></script>
                </body>
                </html>
                """);
        Files.writeString(
                folder.resolve("style.css"),
                "body { background: rgb(1, 2, 3) url(dot.svg); color: #fff }\n/* " + filler(random) + " */\n");
        Files.writeString(
                folder.resolve("dot.svg"),
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"><rect width=\"1\" height=\"1\"/></svg>");
        Files.writeString(folder.resolve("part.js"), "export const name = 'version " + version + "';\n");
        Files.writeString(folder.resolve("app.js"), """
                import { name } from './part.js';
                window.lazy = async (number) => (await import(number === %d ? './parts/api/lazy%d.js' : `./lazy${number}.js`)).value;
                window.inWorker = () => new Promise((resolve, reject) => {
                  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
                  worker.onmessage = (event) => resolve(event.data);
                  worker.onerror = () => reject(new Error('worker'));
                });
                window.part = async (range) => {
                  const response = await fetch(new URL('./data.bin', import.meta.url), { headers: { Range: range } });
                  return `${response.status} ${response.headers.get('Content-Range')} ${(await response.arrayBuffer()).byteLength}`;
                };
                window.moduleUrl = import.meta.url;
                document.getElementById('state').textContent = `started ${name}`;
                // %s
                """.formatted(BELOW_API, BELOW_API, filler(random)));
        Files.writeString(
                folder.resolve("worker.js"),
                "import { name } from './part.js';\npostMessage(name);\n// " + filler(random) + "\n");
        for (int i = 1; i <= CHUNKS; i++) {
            // As far as a careless pattern can tell, that is where calls to controllers go.
            var file = Files.createDirectories(i == BELOW_API ? folder.resolve("parts/api") : folder)
                    .resolve("lazy" + i + ".js");
            Files.writeString(
                    file,
                    "import { name } from '" + (i == BELOW_API ? "../../" : "./")
                            + "part.js';\nexport const value = `chunk " + i + " of ${name}`;\n// " + filler(random)
                            + "\n");
        }
        var data = new byte[50_000];
        random.nextBytes(data);
        Files.write(folder.resolve("data.bin"), data);
        return folder;
    }

    private static String filler(Random random) {
        var bytes = new byte[FILLER_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
