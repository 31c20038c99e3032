package io.portolan.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts everything that happens (commits, status of nodes), so that waiting costs nothing. Thread-safe. */
final class Changes {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();

    @GuardedBy("lock")
    private long count;

    @GuardedBy("lock")
    private boolean closed;

    /** Something happened. */
    void signal() {
        lock.lock();
        try {
            count++;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Everybody stops waiting, for good. */
    void close() {
        lock.lock();
        try {
            closed = true;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** The count now. */
    long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the count differs from the one seen, at most this long; gives the count then. */
    long await(long seen, Duration atMost) throws InterruptedException {
        long nanos = Math.max(0, atMost.toNanos());
        lock.lockInterruptibly();
        try {
            while (count == seen && !closed && nanos > 0) {
                nanos = more.awaitNanos(nanos);
            }
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Pauses for a moment without regard to signals; used to let changes share a revision. */
    static void rest(Duration pause) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    }
}
