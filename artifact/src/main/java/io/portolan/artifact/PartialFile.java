package io.portolan.artifact;

import io.portolan.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** A file that grows until it is a whole blob. Stateless. */
final class PartialFile {
    private static final int BUFFER_BYTES = 64 * 1024;

    private PartialFile() {}

    /** The content broke off; what came of it is worth keeping. */
    static final class Interrupted extends IOException {
        private final IOException reason;

        Interrupted(IOException reason) {
            super(reason);
            this.reason = reason;
        }

        IOException reason() {
            return reason;
        }
    }

    /**
     * Adds what the file lacks, and syncs it.
     *
     * @throws Interrupted when the content broke off
     * @throws DigestMismatch when the whole has another digest
     */
    static void complete(Path name, Digest expected, FolderBlobStore.Resumable content) throws IOException {
        var hash = Digest.sha256();
        try (var file =
                FileChannel.open(name, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            hashExisting(file, hash);
            append(file, hash, content);
            file.force(true);
        }
        var actual = Digest.from(hash);
        if (!actual.equals(expected)) {
            throw new DigestMismatch("storing blob", expected, actual);
        }
    }

    private static void hashExisting(FileChannel file, MessageDigest hash) throws IOException {
        var buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (file.read(buffer) >= 0) {
            hash.update(buffer.flip());
            buffer.clear();
        }
    }

    private static void append(FileChannel file, MessageDigest hash, FolderBlobStore.Resumable content)
            throws IOException {
        var buffer = new byte[BUFFER_BYTES];
        try (var in = opened(file, content)) {
            for (int read = read(in, buffer); read >= 0; read = read(in, buffer)) {
                hash.update(buffer, 0, read);
                // A disk that fails is no interruption: on a full one what came would only be in the way.
                for (var bytes = ByteBuffer.wrap(buffer, 0, read); bytes.hasRemaining(); ) {
                    file.write(bytes);
                }
            }
        }
    }

    private static InputStream opened(FileChannel file, FolderBlobStore.Resumable content) throws IOException {
        long offset = file.position();
        try {
            return content.from(offset);
        } catch (IOException e) {
            throw new Interrupted(e);
        }
    }

    private static int read(InputStream in, byte[] buffer) throws IOException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw new Interrupted(e);
        }
    }
}
