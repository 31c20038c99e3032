package io.portolan.region;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue of records that are made once: many writers, which never wait, and one reader.
 *
 * <p>Each place has a number that says whose turn it is: {@code n} for the writer of the n-th record, {@code n + 1} for its reader,
 * and {@code n + size} for the writer of the next round. See D. Vyukov, "Bounded MPMC queue".
 */
final class AccessRing {
    private final AccessRecord[] records;
    private final AtomicLongArray turns;
    private final int mask;
    private final AtomicLong next = new AtomicLong();
    private long reading;

    /** Of at least so many places. */
    AccessRing(int places) {
        int size = Integer.highestOneBit(Math.max(2, places - 1)) << 1;
        records = new AccessRecord[size];
        turns = new AtomicLongArray(size);
        mask = size - 1;
        for (int i = 0; i < size; i++) {
            records[i] = new AccessRecord();
            turns.set(i, i);
        }
    }

    /** Number of a place to be filled and then {@linkplain #filled given}; -1 when all are taken. */
    long claim() {
        long position = next.get();
        while (true) {
            long turn = turns.getAcquire((int) (position & mask));
            if (turn == position) {
                if (next.compareAndSet(position, position + 1)) {
                    return position;
                }
            } else if (turn < position) {
                return -1;
            }
            position = next.get();
        }
    }

    AccessRecord at(long position) {
        return records[(int) (position & mask)];
    }

    void filled(long position) {
        turns.setRelease((int) (position & mask), position + 1);
    }

    /** The oldest record, null for none; the reader's until {@link #read}. */
    @Nullable
    AccessRecord peek() {
        return turns.getAcquire((int) (reading & mask)) == reading + 1 ? at(reading) : null;
    }

    /** Gives back what {@link #peek} gave. */
    void read() {
        at(reading).clear();
        turns.setRelease((int) (reading & mask), reading + mask + 1);
        reading++;
    }
}
