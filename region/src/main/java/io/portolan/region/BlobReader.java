package io.portolan.region;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.DigestMismatch;
import io.portolan.artifact.FolderBlobStore;
import io.portolan.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.OptionalLong;

/** The blobs of a node for readers of the artifact module; opening one waits for it. Storing is refused. Thread-safe. */
final class BlobReader implements BlobStore {
    private final FolderBlobStore folder;
    private final NodeBlobs blobs;

    BlobReader(FolderBlobStore folder, NodeBlobs blobs) {
        this.folder = folder;
        this.blobs = blobs;
    }

    @Override
    public boolean has(Digest digest) {
        return folder.has(digest);
    }

    @Override
    public OptionalLong size(Digest digest) {
        return folder.size(digest);
    }

    @Override
    public byte[] read(Digest digest, int maxBytes) throws IOException {
        try {
            return BlobStore.super.read(digest, maxBytes);
        } catch (DigestMismatch damaged) {
            blobs.suspect(digest, "read for a page");
            return BlobStore.super.read(digest, maxBytes);
        }
    }

    @Override
    public InputStream open(Digest digest) throws IOException {
        blobs.await(digest, NodeBlobs.SIZE_UNKNOWN);
        try {
            return folder.open(digest);
        } catch (NoSuchFileException vanished) {
            blobs.suspect(digest, "not on disk any more");
            throw vanished;
        }
    }

    @Override
    public void put(Digest digest, InputStream content) {
        throw new UnsupportedOperationException("storing a blob in a view for readers");
    }

    @Override
    public Digest put(InputStream content) {
        throw new UncheckedIOException(new IOException("storing a blob in a view for readers"));
    }
}
