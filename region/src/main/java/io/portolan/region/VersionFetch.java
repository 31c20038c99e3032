package io.portolan.region;

import io.portolan.model.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The missing blobs of one version on their way. Thread-safe. */
final class VersionFetch {
    private final ServedVersion version;
    private final Consumer<VersionFetch> whenEnded;
    private final AtomicLong left;
    private final Set<Digest> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    private final AtomicBoolean unreachable = new AtomicBoolean();
    private final AtomicBoolean givenUp = new AtomicBoolean();
    /** Parts under way, and one for whoever adds them. */
    private final AtomicInteger open = new AtomicInteger(1);

    /** {@code whenEnded} is told once, when nothing of it is under way any more; it must return at once. */
    VersionFetch(ServedVersion version, List<Holdings.Part> parts, Consumer<VersionFetch> whenEnded) {
        this.version = version;
        this.whenEnded = whenEnded;
        this.left = new AtomicLong(
                parts.stream().mapToLong(Holdings.Part::sizeBytes).sum());
    }

    ServedVersion version() {
        return version;
    }

    /** Bytes of parts that are not there in full. */
    long leftBytes() {
        return left.get();
    }

    /** Bytes that have not come yet. */
    long missingBytes(NodeBlobs blobs) {
        return left.get() - underWay.stream().mapToLong(blobs::underWayBytes).sum();
    }

    /** Whether other parts are not worth asking for: nobody could be reached for one. */
    boolean isHopeless() {
        return unreachable.get();
    }

    /** A part is being fetched. */
    void begun(Holdings.Part part) {
        open.incrementAndGet();
        underWay.add(part.digest());
    }

    /** A part is there. */
    void came(Holdings.Part part) {
        underWay.remove(part.digest());
        left.addAndGet(-part.sizeBytes());
        closed();
    }

    /** A part did not come. */
    void failed(Holdings.Part part, IOException reason) {
        underWay.remove(part.digest());
        failure.accumulateAndGet(reason, VersionFetch::worse);
        // Content that is wrong says nothing about the others; a store that is away does.
        unreachable.compareAndSet(false, !ContentCache.isRefusal(reason));
        closed();
    }

    /** No part is added any more, though not all were: something else is wanted first. */
    void giveUp() {
        givenUp.set(true);
        closed();
    }

    /** All parts were added, or adding more is hopeless. */
    void allBegun() {
        closed();
    }

    private void closed() {
        if (open.decrementAndGet() == 0) {
            whenEnded.accept(this);
        }
    }

    /** Whether all parts came; for an ended one. */
    boolean isWhole() {
        return failure.get() == null && !givenUp.get();
    }

    /** Why a part did not come; for an ended one. */
    Optional<IOException> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Of two reasons the one to tell: refused content before a store that is away. */
    private static IOException worse(@Nullable IOException known, IOException other) {
        return known != null && (ContentCache.isRefusal(known) || !ContentCache.isRefusal(other)) ? known : other;
    }
}
