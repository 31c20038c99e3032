package io.portolan.region;

import io.portolan.artifact.DiskReserve;
import io.portolan.model.Digest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Room for blobs beside the {@link DiskReserve}, and how often there was none. Thread-safe. */
final class BlobRoom {
    private final DiskReserve reserve;
    private final AtomicLong refused = new AtomicLong();

    BlobRoom(DiskReserve reserve) {
        this.reserve = reserve;
    }

    DiskReserve reserve() {
        return reserve;
    }

    /** Refusals so far. */
    long refusedCount() {
        return refused.get();
    }

    /** Refuses parts that do not all have room. */
    void require(List<Holdings.Part> parts) throws IOException {
        try {
            reserve.check(
                    "storing " + parts.size() + " blobs",
                    parts.stream()
                            .mapToLong(part -> DiskReserve.onDisk(part.sizeBytes()))
                            .sum());
        } catch (DiskReserve.Short full) {
            refused.incrementAndGet();
            throw full;
        }
    }

    /** Room for one blob, until the claim is closed; one that takes the place of a damaged one may use half of the reserve. */
    DiskReserve.Claim claim(Digest digest, long sizeBytes, boolean repair) throws IOException {
        var what = "storing blob " + digest;
        long needed = DiskReserve.onDisk(sizeBytes);
        try {
            return repair ? reserve.claimForRepair(what, needed) : reserve.claim(what, needed);
        } catch (DiskReserve.Short full) {
            refused.incrementAndGet();
            throw full;
        }
    }
}
