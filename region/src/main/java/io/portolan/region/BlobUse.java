package io.portolan.region;

import io.portolan.model.Digest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** When blobs were last used by this process, to the minute. Thread-safe. */
final class BlobUse {
    /** Uses within this time are one. */
    private static final long GRAIN_MILLIS = 60_000;

    private final InstantSource clock;
    private final ConcurrentHashMap<Digest, Long> used = new ConcurrentHashMap<>();

    BlobUse(InstantSource clock) {
        this.clock = clock;
    }

    void touch(Digest digest) {
        long now = clock.millis();
        var before = used.get(digest);
        if (before == null || now - before > GRAIN_MILLIS) {
            used.put(digest, now);
        }
    }

    Optional<Instant> last(Digest digest) {
        var at = used.get(digest);
        return at == null ? Optional.empty() : Optional.of(Instant.ofEpochMilli(at));
    }

    void forget(Digest digest) {
        used.remove(digest);
    }
}
