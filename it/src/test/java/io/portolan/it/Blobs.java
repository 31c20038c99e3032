package io.portolan.it;

import io.portolan.model.Digest;
import java.nio.file.Path;

/** Where blobs lie. Pure. */
final class Blobs {
    private Blobs() {}

    /** File of the blob with this content below a blob folder. */
    static Path file(Path blobs, byte[] content) {
        var digest = Digest.of(content).value();
        return blobs.resolve(digest.substring(0, 2)).resolve(digest);
    }
}
