package io.portolan.region;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.EntryPage;
import io.portolan.artifact.ServedManifest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** Files that a version's page asks for by itself: scripts, styles and whatever else stands in an attribute of it. Stateless. */
final class EntryFiles {
    /** Most of them; a page that begins with more is warmed by its first users. */
    static final int MOST = 64;

    private static final Pattern REFERENCE =
            Pattern.compile("\\b(?:src|href)\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)')", Pattern.CASE_INSENSITIVE);

    private EntryFiles() {}

    /**
     * Paths of the files, as they stand in the manifest, in the order in which the page names them.
     *
     * @throws IOException when the page's blob is missing or damaged
     */
    static List<String> of(ServedManifest manifest, BlobStore blobs) throws IOException {
        var page = new String(EntryPage.load(manifest, blobs), StandardCharsets.UTF_8);
        var base = URI.create("http://page/");
        var paths = new LinkedHashSet<String>();
        for (var matcher = REFERENCE.matcher(page); matcher.find() && paths.size() < MOST; ) {
            var reference =
                    Objects.requireNonNullElse(matcher.group(1), Objects.requireNonNullElse(matcher.group(2), ""));
            try {
                var resolved = base.resolve(reference.strip());
                if ("page".equals(resolved.getHost())
                        && resolved.getPath() != null
                        && resolved.getPath().length() > 1) {
                    var path = resolved.getPath().substring(1);
                    manifest.file(path).ifPresent(file -> paths.add(file.path()));
                }
            } catch (IllegalArgumentException e) {
                // No address: the browser asks for nothing either.
            }
        }
        return List.copyOf(paths);
    }
}
