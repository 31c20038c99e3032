package io.portolan.runtime;

import io.portolan.model.Digest;
import java.io.IOException;
import java.io.InputStream;

/** Where the content of files is had from. Thread-safe. */
@FunctionalInterface
public interface ContentSource {
    /**
     * Opens content; whoever reads it compares it with its digest.
     *
     * @throws IOException when it is not here now
     */
    InputStream open(Digest digest) throws IOException;
}
