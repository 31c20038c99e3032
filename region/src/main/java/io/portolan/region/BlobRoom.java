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

    /** Whether these parts have room beside so many other bytes that are still to come; true where the disk cannot be asked. */
    boolean fits(List<Holdings.Part> parts, long otherBytes) {
        try {
            reserve.check("", bytes(parts) + otherBytes);
            return true;
        } catch (DiskReserve.Short full) {
            return false;
        } catch (IOException unknown) {
            return true;
        }
    }

    private static long bytes(List<Holdings.Part> parts) {
        return parts.stream()
                .mapToLong(part -> DiskReserve.onDisk(part.sizeBytes()))
                .sum();
    }

    /** Refuses parts that do not all have room. */
    void require(List<Holdings.Part> parts) throws IOException {
        try {
            reserve.check("storing " + parts.size() + " blobs", bytes(parts));
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
