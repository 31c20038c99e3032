package io.portolan.artifact;

import io.portolan.model.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;

/** Immutable contents by their SHA-256. Thread-safe. What is stored is whole and durable when a {@code put} returns. */
public interface BlobStore {
    /** Whether the content is stored. */
    boolean has(Digest digest);

    /** Length in bytes, if the content is stored. */
    OptionalLong size(Digest digest);

    /**
     * The content; the caller closes it.
     *
     * @throws java.nio.file.NoSuchFileException when it is not stored
     */
    InputStream open(Digest digest) throws IOException;

    /**
     * Stores content under the digest that it must have; nothing happens when it is already stored. The stream is not closed.
     *
     * @throws DigestMismatch when the content has another digest; nothing is kept
     */
    void put(Digest digest, InputStream content) throws IOException;

    /** Stores content and tells its digest. The stream is not closed. */
    Digest put(InputStream content) throws IOException;

    /** Stores content that is in memory and tells its digest. */
    default Digest put(byte[] content) throws IOException {
        var digest = Digest.of(content);
        put(digest, new ByteArrayInputStream(content));
        return digest;
    }

    /**
     * The content in memory, for small things such as manifests and pages.
     *
     * @throws IOException when it is longer than {@code maxBytes}, or its digest is not the one asked for
     */
    default byte[] read(Digest digest, int maxBytes) throws IOException {
        try (var content = open(digest)) {
            var bytes = content.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new IOException("reading blob " + digest + ": longer than " + maxBytes + " bytes");
            }
            var actual = Digest.of(bytes);
            if (!actual.equals(digest)) {
                throw new DigestMismatch("reading blob", digest, actual);
            }
            return bytes;
        }
    }
}
