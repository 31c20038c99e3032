package io.portolan.artifact;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The HTML that a version starts with: its entry, or the page made for an entry that is a module. Stateless. */
public final class EntryPage {
    private EntryPage() {}

    /** Whether an entry is a module, so that its page is generated. */
    public static boolean isModule(String entry) {
        return entry.endsWith(".js") || entry.endsWith(".mjs");
    }

    /**
     * The page of a version, UTF-8, nothing injected yet.
     *
     * @throws IOException when its blob is missing or damaged
     */
    public static byte[] load(ServedManifest manifest, BlobStore blobs) throws IOException {
        var file = manifest.file(manifest.entry())
                .orElseThrow(() -> new IOException("reading the page of " + manifest.extension() + " "
                        + manifest.version() + ": " + manifest.entry() + " is not among its files"));
        return isModule(manifest.entry())
                ? generated(manifest.entry(), file.sri())
                : blobs.read(file.hash(), PackageLimits.DEFAULT.pageBytes());
    }

    /** The page made for a module: an element with the id {@code root} and the module, loaded relative to the base. */
    static byte[] generated(String entry, String sri) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title></title>
                </head>
                <body>
                <div id="root"></div>
                <script type="module" src="%s" integrity="%s"></script>
                </body>
                </html>
                """.formatted(reference(entry), sri).getBytes(StandardCharsets.UTF_8);
    }

    /** A path as a relative URL reference inside an attribute: percent-encoded, so that no character can end either. */
    private static String reference(String path) {
        var text = new StringBuilder("./");
        for (byte each : path.getBytes(StandardCharsets.UTF_8)) {
            char character = (char) (each & 0xff);
            if (character < 0x80 && (Character.isLetterOrDigit(character) || "/-._~".indexOf(character) >= 0)) {
                text.append(character);
            } else {
                text.append('%').append("%02X".formatted((int) character));
            }
        }
        return text.toString();
    }
}
