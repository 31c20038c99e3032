package io.portolan.artifact;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The part of a disk that content leaves free, so that what must go on (revisions, records, repairs) never meets a full one.
 * Thread-safe.
 *
 * <p>New content is refused before the reserve is touched; putting damaged content right may use half of it; the other half is
 * for what is small and must be stored. Nothing is remembered of a refusal: who asks again when space was freed is let through.
 */
public final class DiskReserve {
    /** Setting that names the reserve, as refusals call it. */
    public static final String SETTING = "disk-reserve";

    /** Reserve that is made of the size of the disk. */
    public static final long AUTOMATIC = 0;

    private static final long AUTOMATIC_LEAST_BYTES = 64L << 20;
    private static final long AUTOMATIC_MOST_BYTES = 2L << 30;
    /** Files take whole blocks. */
    private static final long BLOCK_BYTES = 4096;

    private final Path folder;
    private final FileStore disk;
    private final long reserveBytes;
    private final AtomicLong promised = new AtomicLong();

    /**
     * The reserve of the disk that a folder lies on.
     *
     * @param reserveBytes bytes that stay free; {@link #AUTOMATIC} for a twentieth of the disk, at least 64 MiB and at most 2 GiB,
     *     and never more than a quarter of it
     */
    public DiskReserve(Path folder, long reserveBytes) throws IOException {
        if (reserveBytes < 0) {
            throw new IllegalArgumentException(SETTING + ": " + reserveBytes + " (expected: 0 or more)");
        }
        this.folder = folder;
        this.disk = Files.getFileStore(folder);
        this.reserveBytes = reserveBytes == AUTOMATIC ? automatic(disk.getTotalSpace()) : reserveBytes;
    }

    /** The reserve of a disk of that size. */
    static long automatic(long totalBytes) {
        long wanted = Math.clamp(totalBytes / 20, AUTOMATIC_LEAST_BYTES, AUTOMATIC_MOST_BYTES);
        return Math.min(wanted, totalBytes / 4);
    }

    /** New content is refused: storing it would touch the reserve. */
    public static final class Short extends IOException {
        Short(String message) {
            super(message);
        }
    }

    /** Bytes that were promised; closing gives them back, once they are used or not needed any more. */
    public interface Claim extends AutoCloseable {
        @Override
        void close();
    }

    /** Bytes that stay free. */
    public long reserveBytes() {
        return reserveBytes;
    }

    /** Bytes that are free now. */
    public long freeBytes() throws IOException {
        return disk.getUsableSpace();
    }

    /** Whether it is time to make room: less is free than twice the reserve. */
    public boolean isNear() throws IOException {
        return freeBytes() < 2 * reserveBytes;
    }

    /** What a file of that size takes. */
    public static long onDisk(long sizeBytes) {
        return (sizeBytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    }

    /**
     * Says whether new content has room.
     *
     * @param what what would be stored, for the refusal
     * @throws Short when it would touch the reserve
     */
    public void check(String what, long neededBytes) throws IOException {
        require(what, neededBytes, promised.get(), reserveBytes);
    }

    /** {@link #check}, and nobody else gets that room until the claim is closed. */
    public Claim claim(String what, long neededBytes) throws IOException {
        return claim(what, neededBytes, reserveBytes);
    }

    /** A claim for content that takes the place of what was damaged: it may use half of the reserve. */
    public Claim claimForRepair(String what, long neededBytes) throws IOException {
        return claim(what, neededBytes, reserveBytes / 2);
    }

    private Claim claim(String what, long neededBytes, long staysFree) throws IOException {
        long before = promised.getAndAdd(neededBytes);
        try {
            require(what, neededBytes, before, staysFree);
        } catch (IOException e) {
            promised.addAndGet(-neededBytes);
            throw e;
        }
        return () -> promised.addAndGet(-neededBytes);
    }

    private void require(String what, long neededBytes, long promisedBytes, long staysFree) throws IOException {
        long free = freeBytes();
        if (free - promisedBytes - neededBytes < staysFree) {
            throw new Short(what + ": disk of " + folder + ": " + size(free) + " free, " + size(neededBytes)
                    + " needed (expected: " + SETTING + " of " + size(staysFree)
                    + " stays free; free space there, give it a larger disk, or lower " + SETTING + ")");
        }
    }

    private static String size(long bytes) {
        return bytes < 1 << 20
                ? (bytes + 1023) / 1024 + " KiB"
                : String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }
}
