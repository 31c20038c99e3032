package io.portolan.region;

import io.portolan.model.Digest;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Small blobs whose hash was found right, bounded by bytes; when full, all are dropped and come back on first use. Thread-safe. */
final class BlobMemory {
    private final long limitBytes;
    private final ConcurrentHashMap<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final AtomicLong heldBytes = new AtomicLong();

    BlobMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    Optional<byte[]> get(Digest digest) {
        return Optional.ofNullable(blobs.get(digest));
    }

    /** Bytes held. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** Whether so many more bytes drop nothing. */
    boolean hasRoom(long bytes) {
        return heldBytes.get() + bytes <= limitBytes;
    }

    void put(Digest digest, byte[] bytes) {
        if (!hasRoom(bytes.length)) {
            // What was dropped is served from the file, checked as it is.
            blobs.clear();
            heldBytes.set(0);
        }
        if (bytes.length <= limitBytes && blobs.put(digest, bytes) == null) {
            heldBytes.addAndGet(bytes.length);
        }
    }

    void remove(Digest digest) {
        var bytes = blobs.remove(digest);
        if (bytes != null) {
            heldBytes.addAndGet(-bytes.length);
        }
    }
}
