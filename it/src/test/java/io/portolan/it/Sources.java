package io.portolan.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders of extensions made up for tests. Stateless. */
final class Sources {
    private Sources() {}

    /** A page with a text, a script that has it too, and a stylesheet that is the same in all versions. */
    static Path page(Path folder, String text) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("index.html"),
                "<!doctype html><html><head><title>" + text
                        + "</title><link rel=stylesheet href=style.css><script src=app.js></script></head></html>");
        Files.writeString(folder.resolve("app.js"), "document.body.textContent = '" + text + "';\n");
        Files.writeString(folder.resolve("style.css"), "body { color: navy }\n");
        Files.writeString(folder.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        return folder;
    }
}
